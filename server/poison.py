"""Rows that ClickHouse refuses for what they hold: kept aside for the operator, and within a withdrawal's reach."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from suostumus.server.bundles import QueuedRow, generation_of, visitor_of
from suostumus.server.client_address import parse_address, store_form


@dataclass(frozen=True)
class Refused:
    """A row, and ClickHouse's name for what is wrong with it."""

    row: QueuedRow
    reason: str


class Kept(msgspec.Struct, frozen=True):
    """What is kept aside for one reason. Nothing in it is about a person."""

    target: str  # the table in ClickHouse
    month: str
    reason: str  # ClickHouse's name of the error
    rows: int
    since: int  # seconds since 1970, of the oldest


def set_aside(connection: sqlite3.Connection, target: str, refused: Iterable[Refused], now: int) -> None:
    """Keep rows of one table aside."""
    connection.executemany(
        "INSERT INTO poison (target, month, owner, reason, since, line) VALUES (?, ?, ?, ?, ?, ?)",
        [(target, one.row.month, one.row.owner, one.reason, now, one.row.line) for one in refused],
    )


def kept(connection: sqlite3.Connection) -> list[Kept]:
    """What is kept aside, the most first."""
    found = connection.execute(
        "SELECT target, month, reason, count(*), min(since) FROM poison GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
    )
    return [Kept(*row) for row in found]


def take_all(connection: sqlite3.Connection) -> list[tuple[str, QueuedRow]]:
    """Every row that is kept aside, with its table; none is afterwards."""
    found = connection.execute("SELECT target, month, owner, line FROM poison ORDER BY number").fetchall()
    connection.execute("DELETE FROM poison")
    return [(target, QueuedRow(month, owner, line)) for target, month, owner, line in found]


def drop_before(connection: sqlite3.Connection, month: str) -> int:
    """Give up rows of months before one, `YYYY-MM`; how many."""
    return connection.execute("DELETE FROM poison WHERE month < ?", (month,)).rowcount


def shorten_addresses(connection: sqlite3.Connection, before: int) -> int:
    """Full addresses become networks in rows kept aside before a moment, in seconds since 1970; how many."""
    found = connection.execute("SELECT number, line FROM poison WHERE target = 'events' AND since < ?", (before,))
    shortened = []
    for number, line in found.fetchall():
        row = msgspec.json.decode(line)
        address = parse_address(str(row.get("ip", "")))
        network = store_form(address, "truncated") if address else ""
        if network != row.get("ip", ""):
            shortened.append((msgspec.json.encode(row | {"ip": network}), number))
    connection.executemany("UPDATE poison SET line = ? WHERE number = ?", shortened)
    return len(shortened)


def lines_of(connection: sqlite3.Connection, visitor_hash: bytes, target: str) -> list[bytes]:
    """A visitor's rows of one table."""
    return [line for _, line in _rows_of(connection, visitor_hash, target, generation=None)]


def rewrite(
    connection: sqlite3.Connection,
    visitor_hash: bytes,
    generation: int,
    target: str,
    change: Callable[[bytes], bytes | None],
) -> None:
    """Change a visitor's lines up to a generation; None takes the row out."""
    for number, line in _rows_of(connection, visitor_hash, target, generation):
        changed = change(line)
        if changed is None:
            connection.execute("DELETE FROM poison WHERE number = ?", (number,))
        else:
            connection.execute("UPDATE poison SET line = ? WHERE number = ?", (changed, number))


def _rows_of(
    connection: sqlite3.Connection, visitor_hash: bytes, target: str, generation: int | None
) -> list[tuple[int, bytes]]:
    found = connection.execute("SELECT number, owner, line FROM poison WHERE target = ? ORDER BY number", (target,))
    return [
        (number, line)
        for number, owner, line in found
        if visitor_of(owner) == visitor_hash and (generation is None or generation_of(owner) <= generation)
    ]
