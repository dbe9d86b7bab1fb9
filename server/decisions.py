"""Records what visitors decide: gives, changes and ends consents, each in one transaction."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec

from suostumus.server.clock import Clock, add_months, seconds
from suostumus.server.consent import ConsentGate, ConsentRefused
from suostumus.server.counters import count
from suostumus.server.erasures import (
    Erasure,
    Withdrawal,
    begin_erasure,
    end_decided,
    find_full,
    standing_until,
)
from suostumus.server.events import GPC_PURPOSES, Purpose
from suostumus.server.ledger import Ledger
from suostumus.server.limits import Retention
from suostumus.server.messages import Action, MessageError
from suostumus.server.notice import Notice
from suostumus.server.records import Decision, Outcome, count_key, kind_of, recall, record_of, remember_outcome
from suostumus.server.settings import Settings
from suostumus.server.spool import NOBODY, append_consent
from suostumus.server.standings import Standing, read_standing, write_standing
from suostumus.server.state import State
from suostumus.server.token import KeyRing, Token


class Decisions:
    """The only place where consents begin, change and end."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        state: State,
        keys: KeyRing,
        gate: ConsentGate,
        notices: dict[str, Notice],
        clock: Clock,
    ) -> None:
        self._retention = settings.retention
        self._repeat = timedelta(seconds=settings.limits.repeat_seconds)
        self._ledger = ledger
        self._state = state
        self._keys = keys
        self._gate = gate
        self._notices = notices
        self._clock = clock

    def decide(self, decision: Decision) -> Outcome:
        """Record a decision durably; repeated with the same id it decides nothing new.

        Raises MessageError, which names the field, or LedgerError, and then nothing was decided.
        """
        granted = self._granted(decision)
        prior = self._prior(decision)
        decision = self._without_unknown(decision)
        now = self._clock()
        decision_hash = self._state.hash_seen(decision.site.key, decision.id)

        def work(connection: sqlite3.Connection) -> Outcome:
            self._state.refresh(connection)
            earlier = recall(connection, decision_hash)
            if earlier:
                return earlier
            if granted:
                visitor_hash, outcome = self._give(connection, decision, granted, prior, now)
            elif prior:
                visitor_hash, outcome = b"", self._withdraw(connection, decision, prior, now)
            else:
                visitor_hash, outcome = b"", Outcome(notice=decision.notice)
                count(connection, count_key(decision, "refused", now))
            remember_outcome(connection, decision_hash, visitor_hash, outcome, now + self._repeat)
            return outcome

        outcome = self._ledger.write(work)
        self._state.write_mark()
        return outcome

    def _granted(self, decision: Decision) -> tuple[str, ...]:
        """The purposes that the action grants, in the site's order."""
        is_save_of_nothing = decision.action is Action.SAVE and not decision.purposes
        if decision.action in {Action.WITHDRAW, Action.REJECT} or is_save_of_nothing:
            return ()
        notice = self._notices[decision.site.key]
        if not notice.standing(decision.notice):
            raise MessageError("notice: not the present version, nor one that it leaves in force")
        if decision.shown and not notice.knows_shown(
            decision.notice, decision.language, decision.layout, decision.shown
        ):
            raise MessageError("shown: not what this language and layout show")
        if set(decision.purposes) - set(decision.site.purposes):
            raise MessageError("purposes: not all of them are the site's")
        if decision.action is Action.ACCEPT:
            taken = GPC_PURPOSES if decision.gpc else frozenset[str]()
            return tuple(purpose for purpose in decision.site.purposes if purpose not in taken)
        return tuple(purpose for purpose in decision.site.purposes if purpose in decision.purposes)

    def _without_unknown(self, decision: Decision) -> Decision:
        """A refusal or withdrawal is never turned away for what it says was shown; what is not ours is not kept."""
        notice = self._notices[decision.site.key]
        known = notice.knows_shown(decision.notice, decision.language, decision.layout, decision.shown)
        return replace(
            decision,
            notice=decision.notice if notice.standing(decision.notice) else "",
            language=decision.language if decision.language in notice.wordings else "",
            shown=decision.shown if known else "",
            arm=notice.arm(decision.language, decision.layout, decision.shown) if known else "",
        )

    def _prior(self, decision: Decision) -> Token | None:
        """The token that the browser held if it is one of ours: in force or not, it can be withdrawn."""
        try:
            return self._gate.authenticate(decision.token, decision.site)
        except ConsentRefused:
            return None

    def _give(
        self,
        connection: sqlite3.Connection,
        decision: Decision,
        granted: tuple[str, ...],
        prior: Token | None,
        now: datetime,
    ) -> tuple[bytes, Outcome]:
        """Give or change a consent; return the visitor's hash and what to answer."""
        previous = self._in_use(connection, decision, prior, now)
        if previous:
            erasure = self._supersede(connection, decision, granted, previous, now)
        else:
            erasure = self._leave(connection, decision, granted, prior, now)
        continued = previous if previous and not _ends_statistics(previous, granted) else None
        token = self._token(decision, granted, continued, now)
        visitor_hash = self._state.hash_visitor(token.visitor)
        row = record_of(decision, token, "changed" if continued else "given", now)
        append_consent(connection, row, visitor_hash)
        kind = "changed" if previous else kind_of(decision, granted)
        count(connection, count_key(decision, kind, now))
        return visitor_hash, Outcome(
            purposes=granted,
            receipt=row.record_id,
            token=self._keys.sign(token),
            expires=datetime.fromtimestamp(token.expires, UTC),
            erasure=erasure.receipt if erasure else "",
            notice=decision.notice,
        )

    def _withdraw(self, connection: sqlite3.Connection, decision: Decision, prior: Token, now: datetime) -> Outcome:
        """End a consent and everything collected on it; about nobody is what stays as proof."""
        earlier = find_full(connection, self._state.hash_visitor(prior.visitor))
        if earlier:
            return Outcome(receipt=earlier.receipt, erasure=earlier.receipt, notice=decision.notice)
        erasure = self._begin_erasure(connection, decision, prior, (), now)
        nobody = msgspec.structs.replace(prior, visitor=NOBODY, purposes=[], issued=seconds(now), expires=seconds(now))
        row = record_of(decision, nobody, "withdrawn", now)
        append_consent(connection, row, b"")
        count(connection, count_key(decision, "withdrawn", now))
        return Outcome(receipt=erasure.receipt, erasure=erasure.receipt, notice=decision.notice)

    def _in_use(
        self, connection: sqlite3.Connection, decision: Decision, prior: Token | None, now: datetime
    ) -> Token | None:
        """The prior token if its visitor can go on: of this epoch, neither withdrawn nor too old.

        A superseded one, as after a lost answer, stands for the newest decision, whatever that granted.
        """
        if prior is None or prior.epoch != self._state.epoch or _visitor_ends(prior, self._retention) <= now:
            return None
        known = read_standing(connection, self._state.hash_visitor(prior.visitor))
        if known.withdrawn:
            return None
        if prior.generation >= known.generation:
            return prior
        purposes = list(decision.site.purposes)
        return msgspec.structs.replace(prior, generation=known.generation, purposes=purposes)

    def _supersede(
        self,
        connection: sqlite3.Connection,
        decision: Decision,
        granted: tuple[str, ...],
        previous: Token,
        now: datetime,
    ) -> Erasure | None:
        """End the previous consent, and begin to erase what is no longer granted."""
        if _ends_statistics(previous, granted):
            return self._begin_erasure(connection, decision, previous, (), now)
        removed = tuple(purpose for purpose in previous.purposes if purpose not in granted)
        if removed:
            return self._begin_erasure(connection, decision, previous, removed, now)
        visitor_hash = self._state.hash_visitor(previous.visitor)
        write_standing(connection, visitor_hash, Standing(previous.generation + 1), standing_until(now))
        end_decided(connection, visitor_hash)
        return None

    def _leave(
        self,
        connection: sqlite3.Connection,
        decision: Decision,
        granted: tuple[str, ...],
        prior: Token | None,
        now: datetime,
    ) -> Erasure | None:
        """A visitor whom nobody can name any more goes, if what was granted has ended or its state was lost."""
        if prior is None or read_standing(connection, self._state.hash_visitor(prior.visitor)).withdrawn:
            return None
        if prior.epoch == self._state.epoch and set(prior.purposes) <= set(granted):
            return None
        return self._begin_erasure(connection, decision, prior, (), now)

    def _begin_erasure(
        self,
        connection: sqlite3.Connection,
        decision: Decision,
        prior: Token,
        purposes: tuple[str, ...],
        now: datetime,
    ) -> Erasure:
        withdrawal = Withdrawal(
            site=decision.site.key,
            visitor=prior.visitor,
            visitor_hash=self._state.hash_visitor(prior.visitor),
            receipt=str(uuid4()),
            purposes=purposes,
            generation=prior.generation,
        )
        return begin_erasure(connection, withdrawal, now)

    def _token(self, decision: Decision, granted: tuple[str, ...], continued: Token | None, now: datetime) -> Token:
        born = continued.born if continued else seconds(now)
        token = Token(
            site=decision.site.key,
            epoch=self._state.epoch,
            visitor=continued.visitor if continued else str(uuid4()),
            generation=continued.generation + 1 if continued else 1,
            purposes=list(granted),
            notice=decision.notice,
            born=born,
            issued=seconds(now),
            expires=0,
            gpc_conflict=decision.gpc and bool(GPC_PURPOSES & set(granted)),
        )
        ends = min(add_months(now, self._retention.consent_months), _visitor_ends(token, self._retention))
        return msgspec.structs.replace(token, expires=seconds(ends))


def _ends_statistics(previous: Token, granted: tuple[str, ...]) -> bool:
    """Whether the rows themselves must go: no event row without statistics."""
    return Purpose.STATISTICS in previous.purposes and Purpose.STATISTICS not in granted


def _visitor_ends(token: Token, retention: Retention) -> datetime:
    return add_months(datetime.fromtimestamp(token.born, UTC), retention.visitor_months)
