"""The consent gate: which token is a consent in force, and for which purposes."""

from dataclasses import dataclass, replace
from functools import lru_cache

from suostumus.server.clock import Clock, seconds
from suostumus.server.events import GPC_PURPOSES, DropReason, Purpose
from suostumus.server.notice import Notice
from suostumus.server.settings import Site
from suostumus.server.state import State
from suostumus.server.token import KeyRing, Token, TokenError

CLAIMS_REMEMBERED = 8_192  # of authentic tokens, in memory only: 12 MB
CLOCK_STEP_SECONDS = 60  # a clock set back by less does not end a consent just given


class ConsentRefused(Exception):  # noqa: N818 -- an answer, not a fault
    """No consent in force. `reason` says why."""

    def __init__(self, reason: DropReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Grant:
    """A consent in force: the only thing on which an event may be stored."""

    token: Token
    visitor_hash: bytes  # by which the state knows the visitor
    purposes: frozenset[str]  # granted and unchanged since, less what Global Privacy Control takes away


class ConsentGate:
    """Decides on tokens. Touches nothing of the visitor but the token itself."""

    def __init__(self, keys: KeyRing, state: State, notices: dict[str, Notice], clock: Clock) -> None:
        self._keys = keys
        self._state = state
        self._notices = notices
        self._clock = clock
        self._read = lru_cache(CLAIMS_REMEMBERED)(self._read_claim)

    def authenticate(self, text: str | None, site: Site) -> Token:
        """The token, if it is ours and this site's, in force or not: good for withdrawing. Raises ConsentRefused."""
        return self._claim(text, site).token

    def check(self, text: str | None, site: Site) -> Token:
        """The token, if it is a consent in force. Raises ConsentRefused, or LedgerError when nothing can decide.

        The spool asks the state once more, in the transaction that stores.
        """
        claim = self._claim(text, site)
        self._check(claim)
        return claim.token

    def grant(self, text: str | None, site: Site, *, gpc: bool) -> Grant:
        """What may be stored on this token. Raises ConsentRefused, or LedgerError."""
        claim = self._claim(text, site)
        self._check(claim)
        if gpc and not claim.token.gpc_conflict:
            claim = replace(claim, purposes=claim.purposes - GPC_PURPOSES)
        if Purpose.STATISTICS not in claim.purposes:
            raise ConsentRefused(DropReason.NO_PURPOSE)
        return claim

    def _claim(self, text: str | None, site: Site) -> Grant:
        """What an authentic token of this site claims. Raises ConsentRefused."""
        if not text:
            raise ConsentRefused(DropReason.NO_TOKEN)
        claim = self._read(text)
        if claim.token.site != site.key:
            raise ConsentRefused(DropReason.WRONG_SITE)
        return claim

    def _check(self, claim: Grant) -> None:
        """Raises ConsentRefused unless the consent is in force now, or LedgerError."""
        token = claim.token
        if token.epoch != self._state.epoch:
            raise ConsentRefused(DropReason.OLD_EPOCH)
        now = seconds(self._clock())
        if token.expires <= self._state.forgotten_until:
            raise ConsentRefused(DropReason.EXPIRED)
        if not token.issued - CLOCK_STEP_SECONDS <= now < token.expires:
            raise ConsentRefused(DropReason.EXPIRED)
        if not claim.purposes:
            raise ConsentRefused(DropReason.OLD_NOTICE)
        standing = self._state.standing(claim.visitor_hash)
        if standing.withdrawn:
            raise ConsentRefused(DropReason.WITHDRAWN)
        if token.generation < standing.generation:
            raise ConsentRefused(DropReason.SUPERSEDED)

    def _read_claim(self, text: str) -> Grant:
        """Authenticate a token, and hold it against the notice of its site. Raises ConsentRefused."""
        try:
            token = self._keys.read(text)
        except TokenError as error:
            raise ConsentRefused(error.reason) from error
        notice = self._notices.get(token.site)
        unchanged = notice.standing(token.notice) if notice else ()
        return Grant(token, self._state.hash_visitor(token.visitor), frozenset(token.purposes) & frozenset(unchanged))
