"""Signing in: sessions of accounts, and the wait that guessing costs."""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from suostumus.server.accounts import Accounts, Role, hashed

IDLE_SECONDS = 8 * 3600
LONGEST_SECONDS = 7 * 24 * 3600
FREE_FAILURES = 4  # of one name, before waiting begins
LONGEST_WAIT_SECONDS = 300
MOST_NAMES_WATCHED = 10_000


class TooManyFailures(Exception):  # noqa: N818 -- the name is what happened, and reads so where it is caught
    """Signing in has to wait, `seconds` long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} seconds")
        self.seconds = seconds


@dataclass(frozen=True)
class Session:
    """Somebody signed in. `token` is the cookie's value; only its hash is stored."""

    token: str
    name: str
    role: Role

    @property
    def form_token(self) -> str:
        """What a form has to carry so that it is known to come from a page of this session."""
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest()

    def owns_form(self, form_token: str) -> bool:
        """Whether a form came from a page of this session."""
        return hmac.compare_digest(self.form_token.encode(), form_token.encode())


class Sessions:
    """Who is signed in. Signing in blocks for as long as a password hash takes."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._guesses = _Guesses(accounts.clock)

    def sign_in(self, name: str, password: str) -> Session | None:
        """A new session, None for a wrong name or password, which takes as long. Raises TooManyFailures."""
        name = name.strip()
        self._guesses.begin(name)
        account = self._accounts.verified(name, password)
        if not account:
            return None
        self._guesses.forget(name)
        session = Session(secrets.token_urlsafe(32), account.name, account.role)
        now = self._now()
        with self._accounts.transaction() as database:
            database.execute("DELETE FROM sessions WHERE seen <= ? OR begun <= ?", _ended(now))
            database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)", (hashed(session.token), account.name, now, now)
            )
        return session

    def session(self, token: str) -> Session | None:
        """The session of a cookie, None when it ended or never was. Being asked for keeps it from idling."""
        now = self._now()
        with self._accounts.transaction() as database:
            row = database.execute(
                """SELECT name, role, seen FROM sessions JOIN accounts USING (name)
                WHERE token = ? AND seen > ? AND begun > ?""",
                (hashed(token), *_ended(now)),
            ).fetchone()
            if row and row[2] < now - 60:  # a write a minute is exact enough for hours
                database.execute("UPDATE sessions SET seen = ? WHERE token = ?", (now, hashed(token)))
        return Session(token, row[0], Role(row[1])) if row else None

    def sign_out(self, session: Session) -> None:
        """End a session."""
        with self._accounts.transaction() as database:
            database.execute("DELETE FROM sessions WHERE token = ?", (hashed(session.token),))

    def _now(self) -> int:
        return int(self._accounts.clock())


def _ended(now: int) -> tuple[int, int]:
    """Sessions last seen, or begun, at or before these moments are over."""
    return now - IDLE_SECONDS, now - LONGEST_SECONDS


class _Guesses:
    """Attempts by name, in memory: after a few without success, each one doubles the wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._attempts: OrderedDict[str, tuple[int, float]] = OrderedDict()  # hashed name: how many, when the last
        self._lock = threading.Lock()

    def begin(self, name: str) -> None:
        """Count an attempt before it is checked, so that attempts at the same time count too."""
        key = hashed(name.casefold())
        with self._lock:
            count, last = self._attempts.get(key, (0, 0.0))
            wait = min(2.0 ** (count - FREE_FAILURES), LONGEST_WAIT_SECONDS) if count >= FREE_FAILURES else 0
            left = last + wait - self._clock()
            if left > 0:
                raise TooManyFailures(max(1, round(left)))
            self._attempts[key] = (min(count + 1, 60), self._clock())
            self._attempts.move_to_end(key)
            if len(self._attempts) > MOST_NAMES_WATCHED:
                self._attempts.popitem(last=False)

    def forget(self, name: str) -> None:
        """The right password clears the name."""
        with self._lock:
            self._attempts.pop(hashed(name.casefold()), None)
