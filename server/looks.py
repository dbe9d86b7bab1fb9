"""The log of looks: who of the shop's own people looked at which visitor's sessions, when and why.

A visitor is kept as the state's keyed hash only, and a full withdrawal takes even that away: what stays says
that somebody looked at somebody.
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from suostumus.server.clock import iso
from suostumus.server.ledger import Ledger
from suostumus.server.redaction import redact
from suostumus.server.standings import withdrawn_among
from suostumus.server.state import State

SHORTEST_REASON = 5
LONGEST_REASON = 200


class Looked(StrEnum):
    """What was seen of a visitor."""

    LISTED = "listed"  # one line of a list of sessions
    OPENED = "opened"  # every event of one session


class ReasonError(Exception):
    """A reason that cannot be taken. The message names the field and the rule."""


@dataclass(frozen=True)
class Look:
    """One account's look at one visitor. `visitor` is empty once the visitor has withdrawn."""

    time: str  # ISO 8601, UTC
    site: str
    account: str
    looked: Looked
    reason: str
    visitor: bytes  # keyed hash


class LookLog:
    """The looks of one installation, in its ledger."""

    def __init__(self, ledger: Ledger, state: State) -> None:
        self._ledger = ledger
        self._state = state

    def note(
        self, now: datetime, site: str, account: str, looked: Looked, reason: str, visitors: Collection[str]
    ) -> None:
        """Note a look at each of these visitors, on disk before this returns. Raises LedgerError.

        Whoever withdrew everything while they were looked at is nobody in the log.
        """
        hashes = [self._state.hash_visitor(visitor) for visitor in dict.fromkeys(visitors)]

        def work(connection: sqlite3.Connection) -> None:
            gone = withdrawn_among(connection, hashes)
            known = [b"" if one in gone else one for one in hashes]
            connection.executemany(_INSERT, [(iso(now), site, account, str(looked), reason, one) for one in known])

        self._ledger.write(work)

    def newest(self, most: int) -> list[Look]:
        """The newest looks first. Raises LedgerError."""
        rows = self._ledger.read(lambda connection: connection.execute(_NEWEST, (most,)).fetchall())
        return [
            Look(time, site, account, Looked(looked), reason, visitor)
            for time, site, account, looked, reason, visitor in rows
        ]

    def forget_before(self, moment: datetime) -> None:
        """Drop looks that are older than what was looked at may be."""
        self._ledger.write(
            lambda connection: connection.execute("DELETE FROM looks WHERE time < ?", (iso(moment),)).rowcount
        )


_INSERT = "INSERT INTO looks (time, site, account, looked, reason, visitor) VALUES (?, ?, ?, ?, ?, ?)"
_NEWEST = "SELECT time, site, account, looked, reason, visitor FROM looks ORDER BY number DESC LIMIT ?"


def forget_looked_at(connection: sqlite3.Connection, visitor_hash: bytes) -> None:
    """Nothing in the log leads to this visitor any more; part of the transaction of a full withdrawal."""
    connection.execute("UPDATE looks SET visitor = x'' WHERE visitor = ?", (visitor_hash,))


def checked_reason(text: str) -> str:
    """A reason as it may be kept: addresses and numbers of people are taken out. Raises ReasonError."""
    reason = " ".join(redact(text)[0].split())
    if len(reason) < SHORTEST_REASON:
        raise ReasonError(f"reason: shorter than {SHORTEST_REASON} characters")
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise ReasonError(f"reason: not at most {LONGEST_REASON} printable characters")
    return reason
