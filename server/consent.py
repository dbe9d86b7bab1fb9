"""The consent gate: which token is a consent in force, and for which purposes."""

from dataclasses import dataclass

from suostumus.server.clock import Clock, seconds
from suostumus.server.events import GPC_PURPOSES, DropReason, Purpose
from suostumus.server.notice import Notice
from suostumus.server.settings import Site
from suostumus.server.state import State
from suostumus.server.token import KeyRing, Token, TokenError

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

    def authenticate(self, text: str | None, site: Site) -> Token:
        """The token, if it is ours and this site's, in force or not: good for withdrawing. Raises ConsentRefused."""
        if not text:
            raise ConsentRefused(DropReason.NO_TOKEN)
        try:
            token = self._keys.read(text)
        except TokenError as error:
            raise ConsentRefused(error.reason) from error
        if token.site != site.key:
            raise ConsentRefused(DropReason.WRONG_SITE)
        return token

    def check(self, text: str | None, site: Site) -> Token:
        """The token, if it is a consent in force. Raises ConsentRefused, or LedgerError when nothing can decide.

        The spool asks the state once more, in the transaction that stores.
        """
        token = self.authenticate(text, site)
        if token.epoch != self._state.epoch:
            raise ConsentRefused(DropReason.OLD_EPOCH)
        now = seconds(self._clock())
        if token.expires <= self._state.forgotten_until:
            raise ConsentRefused(DropReason.EXPIRED)
        if not token.issued - CLOCK_STEP_SECONDS <= now < token.expires:
            raise ConsentRefused(DropReason.EXPIRED)
        if not self._standing(token, site):
            raise ConsentRefused(DropReason.OLD_NOTICE)
        standing = self._state.standing(token.visitor)
        if standing.withdrawn:
            raise ConsentRefused(DropReason.WITHDRAWN)
        if token.generation < standing.generation:
            raise ConsentRefused(DropReason.SUPERSEDED)
        return token

    def grant(self, text: str | None, site: Site, *, gpc: bool) -> Grant:
        """What may be stored on this token. Raises ConsentRefused, or LedgerError."""
        token = self.check(text, site)
        taken = GPC_PURPOSES if gpc and not token.gpc_conflict else frozenset[str]()
        purposes = self._standing(token, site) - taken
        if Purpose.STATISTICS not in purposes:
            raise ConsentRefused(DropReason.NO_PURPOSE)
        return Grant(token, self._state.hash_visitor(token.visitor), purposes)

    def _standing(self, token: Token, site: Site) -> frozenset[str]:
        """The purposes of a token that the present notice has not changed since."""
        return frozenset(token.purposes) & frozenset(self._notices[site.key].standing(token.notice))
