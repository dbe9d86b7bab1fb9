"""Accounts of the internal pages and their sessions, in one small SQLite file."""

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

IDLE_SECONDS = 8 * 3600
LONGEST_SECONDS = 7 * 24 * 3600
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 512  # characters; a longer one would only cost time
LONGEST_NAME = 64
FREE_FAILURES = 4  # of one name, before waiting begins
LONGEST_WAIT_SECONDS = 300
MOST_NAMES_WATCHED = 10_000

_TABLES = (
    """CREATE TABLE IF NOT EXISTS accounts
    (name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, password TEXT NOT NULL,
    created INTEGER NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS sessions
    (token TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE REFERENCES accounts (name) ON DELETE CASCADE,
    begun INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT""",
    "CREATE TABLE IF NOT EXISTS setup (token TEXT PRIMARY KEY) STRICT",
)


class Role(StrEnum):
    """What an account may do."""

    VIEWER = "viewer"  # aggregates only
    ANALYST = "analyst"  # and profiles
    OFFICER = "officer"  # and subject requests
    ADMINISTRATOR = "administrator"


class AccountError(Exception):
    """A name, password or link that cannot be taken. The message names the field and the rule."""


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


class Accounts:
    """Accounts and sessions. Every method may block for as long as a password hash takes."""

    def __init__(self, data_path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = data_path / "accounts.sqlite"
        self._clock = clock
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._guesses = _Guesses(clock)
        data_path.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self._path.chmod(0o600)
        with self._transaction() as database:
            for statement in _TABLES:
                database.execute(statement)

    def setup_link(self, base_url: str) -> str | None:
        """A new link that creates the first administrator; None when there is an account. Earlier links end."""
        token = secrets.token_urlsafe(32)
        with self._transaction() as database:
            database.execute("DELETE FROM setup")
            if database.execute("SELECT 1 FROM accounts").fetchone():
                return None
            database.execute("INSERT INTO setup VALUES (?)", (_hashed(token),))
        return f"{base_url}/setup/{token}"

    def setup_open(self, token: str) -> bool:
        """Whether this set-up link still creates an account."""
        with self._transaction() as database:
            return bool(database.execute("SELECT 1 FROM setup WHERE token = ?", (_hashed(token),)).fetchone())

    def set_up(self, token: str, name: str, password: str, repeated: str) -> None:
        """Create the first administrator and end the link. Raises AccountError; the link then stays."""
        _check(name, password)
        if password != repeated:
            raise AccountError("repeated: the two passwords differ")
        secret = self._hasher.hash(password)
        with self._transaction() as database:
            if not database.execute("DELETE FROM setup WHERE token = ?", (_hashed(token),)).rowcount:
                raise AccountError("link: it was used or replaced by a newer one")
            self._insert(database, name, secret, Role.ADMINISTRATOR)

    def add(self, name: str, password: str, role: Role) -> None:
        """Create an account. Raises AccountError."""
        _check(name, password)
        secret = self._hasher.hash(password)
        with self._transaction() as database:
            self._insert(database, name, secret, role)

    def sign_in(self, name: str, password: str) -> Session | None:
        """A new session, None for a wrong name or password, which takes as long. Raises TooManyFailures."""
        name = name.strip()
        self._guesses.begin(name)
        with self._transaction() as database:
            row = database.execute("SELECT name, role, password FROM accounts WHERE name = ?", (name,)).fetchone()
        right = self._matches(row[2] if row else self._nobody, password[: LONGEST_PASSWORD + 1])
        if not row or not right:
            return None
        self._guesses.forget(name)
        session = Session(secrets.token_urlsafe(32), row[0], Role(row[1]))
        now = int(self._clock())
        with self._transaction() as database:
            database.execute("DELETE FROM sessions WHERE seen <= ? OR begun <= ?", self._ended(now))
            database.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_hashed(session.token), row[0], now, now))
        return session

    def session(self, token: str) -> Session | None:
        """The session of a cookie, None when it ended or never was. Being asked for keeps it from idling."""
        now = int(self._clock())
        with self._transaction() as database:
            row = database.execute(
                """SELECT name, role, seen FROM sessions JOIN accounts USING (name)
                WHERE token = ? AND seen > ? AND begun > ?""",
                (_hashed(token), *self._ended(now)),
            ).fetchone()
            if row and row[2] < now - 60:  # a write a minute is exact enough for hours
                database.execute("UPDATE sessions SET seen = ? WHERE token = ?", (now, _hashed(token)))
        return Session(token, row[0], Role(row[1])) if row else None

    def sign_out(self, session: Session) -> None:
        """End a session."""
        with self._transaction() as database:
            database.execute("DELETE FROM sessions WHERE token = ?", (_hashed(session.token),))

    def _insert(self, database: sqlite3.Connection, name: str, secret: str, role: Role) -> None:
        try:
            database.execute(
                "INSERT INTO accounts VALUES (?, ?, ?, ?)", (name.strip(), role, secret, int(self._clock()))
            )
        except sqlite3.IntegrityError as error:
            raise AccountError("name: there is an account with this name") from error

    def _matches(self, secret: str, password: str) -> bool:
        try:
            return self._hasher.verify(secret, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    @staticmethod
    def _ended(now: int) -> tuple[int, int]:
        """Sessions last seen, or begun, at or before these moments are over."""
        return now - IDLE_SECONDS, now - LONGEST_SECONDS

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")


class _Guesses:
    """Attempts by name, in memory: after a few without success, each one doubles the wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._attempts: OrderedDict[str, tuple[int, float]] = OrderedDict()  # hashed name: how many, when the last
        self._lock = threading.Lock()

    def begin(self, name: str) -> None:
        """Count an attempt before it is checked, so that attempts at the same time count too."""
        key = _hashed(name.casefold())
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
            self._attempts.pop(_hashed(name.casefold()), None)


def _check(name: str, password: str) -> None:
    name = name.strip()
    if not name:
        raise AccountError("name: missing")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountError(f"name: not at most {LONGEST_NAME} printable characters")
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"password: shorter than {SHORTEST_PASSWORD} characters")
    if len(password) > LONGEST_PASSWORD:
        raise AccountError(f"password: longer than {LONGEST_PASSWORD} characters")
    if password.casefold() == name.casefold():
        raise AccountError("password: the same as the name")


def _hashed(token: str) -> str:
    """Random tokens need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
