"""Accounts of the internal pages, their roles and the one-time links that set passwords, in one small SQLite file."""

import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 512  # characters; a longer one would only cost time
LONGEST_NAME = 64
LINK_SECONDS = 24 * 3600  # of a link to an account; the first administrator's has no end

_TABLES = (
    """CREATE TABLE IF NOT EXISTS accounts
    (name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, password TEXT NOT NULL,
    created INTEGER NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS sessions
    (token TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE REFERENCES accounts (name) ON DELETE CASCADE,
    begun INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT""",
    "CREATE TABLE IF NOT EXISTS setup (token TEXT PRIMARY KEY) STRICT",
    """CREATE TABLE IF NOT EXISTS links
    (token TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE REFERENCES accounts (name) ON DELETE CASCADE,
    expires INTEGER NOT NULL) STRICT""",
)


class Role(StrEnum):
    """What an account may do: each role also what the ones before it may."""

    VIEWER = "viewer"  # aggregates only
    ANALYST = "analyst"  # and the sessions of single visitors, each look noted
    OFFICER = "officer"  # and subject requests, and who looked at whom
    ADMINISTRATOR = "administrator"  # and accounts

    def includes(self, needed: "Role") -> bool:
        """Whether an account with this role may do what `needed` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


class AccountError(Exception):
    """A name, role, password or link that cannot be taken. The message names the field and the rule."""


def parse_role(text: str) -> Role:
    """The role with this name. Raises AccountError."""
    try:
        return Role(text)
    except ValueError as error:
        raise AccountError(f"role: none of {', '.join(Role)}") from error


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in."""

    name: str
    role: Role
    created: int  # seconds since 1970
    has_password: bool  # False until the one-time link was followed


class Accounts:
    """Who may sign in, and as what. Methods that hash a password block for as long as that takes."""

    def __init__(self, data_path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = data_path / "accounts.sqlite"
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self.clock = clock
        data_path.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self._path.chmod(0o600)
        with self.transaction() as database:
            for statement in _TABLES:
                database.execute(statement)

    def setup_link(self, base_url: str) -> str | None:
        """A new link that creates the first administrator; None when there is an account. Earlier links end."""
        token = secrets.token_urlsafe(32)
        with self.transaction() as database:
            database.execute("DELETE FROM setup")
            if database.execute("SELECT 1 FROM accounts").fetchone():
                return None
            database.execute("INSERT INTO setup VALUES (?)", (hashed(token),))
        return f"{base_url}/setup/{token}"

    def link_owner(self, token: str) -> str | None:
        """Whose password this link sets: an account's, or "" for the first administrator's; None when it has ended."""
        with self.transaction() as database:
            return self._owner(database, token)

    def set_up(self, token: str, name: str, password: str, repeated: str) -> None:
        """Set the password of the link's account, or create the first administrator with it, and end the link.

        Raises AccountError; the link then stays. `name` is the first administrator's.
        """
        name = self.link_owner(token) or name.strip()
        _check_name(name)
        _check_password(name, password)
        if password != repeated:
            raise AccountError("repeated: the two passwords differ")
        secret = self._hasher.hash(password)
        with self.transaction() as database:
            owner = self._owner(database, token)
            if owner is None:
                raise AccountError("link: it was used or replaced by a newer one")
            database.execute("DELETE FROM setup WHERE token = ?", (hashed(token),))
            database.execute("DELETE FROM links WHERE name = ?", (name,))
            if not owner:
                self._insert(database, name, secret, Role.ADMINISTRATOR)
            database.execute("UPDATE accounts SET password = ? WHERE name = ?", (secret, name))

    def list(self) -> list[Account]:
        """Every account, by name."""
        with self.transaction() as database:
            rows = database.execute("SELECT name, role, created, password FROM accounts ORDER BY name").fetchall()
        return [Account(name, Role(role), created, bool(password)) for name, role, created, password in rows]

    def add(self, name: str, role: Role) -> None:
        """Create an account; nobody can sign in with it until a link has set its password. Raises AccountError."""
        name = name.strip()
        _check_name(name)
        with self.transaction() as database:
            self._insert(database, name, "", role)

    def link(self, name: str, base_url: str) -> str:
        """A new one-time link that sets an account's password; earlier links end. Raises AccountError."""
        token = secrets.token_urlsafe(32)
        with self.transaction() as database:
            self._role(database, name)
            database.execute("DELETE FROM links WHERE name = ?", (name,))
            expires = int(self.clock()) + LINK_SECONDS
            database.execute("INSERT INTO links VALUES (?, ?, ?)", (hashed(token), name.strip(), expires))
        return f"{base_url}/setup/{token}"

    def reset(self, name: str, base_url: str) -> str:
        """End an account's password and sessions, and give a link that sets a new one. Raises AccountError."""
        with self.transaction() as database:
            self._role(database, name)
            database.execute("UPDATE accounts SET password = '' WHERE name = ?", (name,))
            database.execute("DELETE FROM sessions WHERE name = ?", (name,))
        return self.link(name, base_url)

    def set_role(self, name: str, role: Role) -> None:
        """Change what an account may do, at once. Raises AccountError, also for the last administrator."""
        with self.transaction() as database:
            if self._role(database, name) is Role.ADMINISTRATOR and role is not Role.ADMINISTRATOR:
                self._keep_one_administrator(database)
            database.execute("UPDATE accounts SET role = ? WHERE name = ?", (str(role), name))

    def remove(self, name: str) -> None:
        """Delete an account; its sessions end. Raises AccountError, also for the last administrator."""
        with self.transaction() as database:
            if self._role(database, name) is Role.ADMINISTRATOR:
                self._keep_one_administrator(database)
            database.execute("DELETE FROM accounts WHERE name = ?", (name,))

    def verified(self, name: str, password: str) -> Account | None:
        """The account, None for a wrong name or password, which takes as long."""
        with self.transaction() as database:
            row = database.execute(
                "SELECT name, role, created, password FROM accounts WHERE name = ?", (name,)
            ).fetchone()
        secret = row[3] if row and row[3] else self._nobody
        right = self._matches(secret, password[: LONGEST_PASSWORD + 1])
        return Account(row[0], Role(row[1]), row[2], has_password=True) if row and right else None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The file, for one transaction that is undone when the work raises."""
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    def _owner(self, database: sqlite3.Connection, token: str) -> str | None:
        if database.execute("SELECT 1 FROM setup WHERE token = ?", (hashed(token),)).fetchone():
            return ""
        found = database.execute(
            "SELECT accounts.name FROM links JOIN accounts USING (name) WHERE token = ? AND expires > ?",
            (hashed(token), int(self.clock())),
        ).fetchone()
        return str(found[0]) if found else None

    def _insert(self, database: sqlite3.Connection, name: str, secret: str, role: Role) -> None:
        try:
            database.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", (name, role, secret, int(self.clock())))
        except sqlite3.IntegrityError as error:
            raise AccountError("name: there is an account with this name") from error

    @staticmethod
    def _role(database: sqlite3.Connection, name: str) -> Role:
        row = database.execute("SELECT role FROM accounts WHERE name = ?", (name,)).fetchone()
        if not row:
            raise AccountError("name: there is no account with this name")
        return Role(row[0])

    @staticmethod
    def _keep_one_administrator(database: sqlite3.Connection) -> None:
        counting = "SELECT count(*) FROM accounts WHERE role = ? AND password != ''"
        if database.execute(counting, (str(Role.ADMINISTRATOR),)).fetchone()[0] < 2:
            raise AccountError("role: the last administrator who can sign in stays one")

    def _matches(self, secret: str, password: str) -> bool:
        try:
            return self._hasher.verify(secret, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


def hashed(token: str) -> str:
    """How the file keeps a random token, which needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _check_name(name: str) -> None:
    if not name:
        raise AccountError("name: missing")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountError(f"name: not at most {LONGEST_NAME} printable characters")


def _check_password(name: str, password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"password: shorter than {SHORTEST_PASSWORD} characters")
    if len(password) > LONGEST_PASSWORD:
        raise AccountError(f"password: longer than {LONGEST_PASSWORD} characters")
    if password.casefold() == name.casefold():
        raise AccountError("password: the same as the name")
