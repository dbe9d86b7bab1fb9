"""The ledger's list of withdrawals, from the request to the receipt."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from suostumus.server.clock import add_months, iso
from suostumus.server.limits import LONGEST_VISITOR_MONTHS
from suostumus.server.looks import forget_looked_at
from suostumus.server.orderbook import forget_orders_of
from suostumus.server.spool import Scope, cleanse
from suostumus.server.standings import EVERY_GENERATION, Standing, write_standing


@dataclass(frozen=True)
class Withdrawal:
    """What a visitor withdraws: everything, or some purposes of what was collected up to a generation."""

    site: str
    visitor: str  # UUID
    visitor_hash: bytes
    receipt: str  # UUID
    purposes: tuple[str, ...]  # empty: everything
    generation: int  # the last one that a partial withdrawal touches


@dataclass(frozen=True)
class Erasure:
    """A withdrawal on its way. Times are ISO 8601, empty until the step is confirmed."""

    number: int
    receipt: str
    site: str
    visitor: str  # empty once the rows are gone
    visitor_hash: bytes
    generation: int
    purposes: tuple[str, ...]
    revision: int
    requested: str
    hidden: str
    erased: str

    @property
    def scope(self) -> Scope:
        """The rows it touches."""
        return Scope(self.visitor_hash, self.generation, self.purposes)


def begin_erasure(
    connection: sqlite3.Connection,
    withdrawal: Withdrawal,
    now: datetime,
    number: int | None = None,
) -> Erasure:
    """Refuse the visitor's tokens from here on, empty the queue, and list the erasure: one transaction.

    The number is the next free one unless given.
    """
    full = not withdrawal.purposes
    standing = Standing(EVERY_GENERATION, withdrawn=True) if full else Standing(withdrawal.generation + 1)
    revision = write_standing(connection, withdrawal.visitor_hash, standing, standing_until(now))
    generation = EVERY_GENERATION if full else withdrawal.generation
    cleanse(connection, Scope(withdrawal.visitor_hash, generation, withdrawal.purposes))
    end_decided(connection, withdrawal.visitor_hash)
    if full:
        forget_looked_at(connection, withdrawal.visitor_hash)
        forget_orders_of(connection, withdrawal.visitor_hash)
    connection.execute(
        "INSERT INTO erasures"
        " (number, receipt, site, visitor, visitor_hash, generation, purposes, revision, requested)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            withdrawal.receipt,
            withdrawal.site,
            withdrawal.visitor,
            withdrawal.visitor_hash,
            generation,
            msgspec.json.encode(withdrawal.purposes).decode(),
            revision,
            iso(now),
        ),
    )
    found = find_by_receipt(connection, withdrawal.receipt)
    assert found is not None  # noqa: S101 -- inserted above, in this transaction
    return found


def standing_until(now: datetime) -> datetime:
    """A moment at which every token that a visitor may hold has expired, whatever the settings were."""
    return add_months(now, LONGEST_VISITOR_MONTHS + 1)


def end_decided(connection: sqlite3.Connection, visitor_hash: bytes) -> None:
    """A late repeat of a visitor's earlier click decides nothing: what it would be told is forgotten."""
    ended = msgspec.json.encode({"overtaken": True})
    connection.execute(
        "UPDATE decided SET visitor = x'', outcome = ? WHERE visitor = ? AND visitor != x''", (ended, visitor_hash)
    )


def find_by_receipt(connection: sqlite3.Connection, receipt: str) -> Erasure | None:
    """The erasure with this receipt."""
    return _first(connection, "receipt = ?", receipt)


def find_full(connection: sqlite3.Connection, visitor_hash: bytes) -> Erasure | None:
    """The full withdrawal of this visitor."""
    return _first(connection, "visitor_hash = ? AND purposes = '[]'", visitor_hash)


def open_scopes(connection: sqlite3.Connection) -> list[Scope]:
    """What the withdrawals touch that are not verified yet."""
    return [erasure.scope for erasure in unfinished(connection)]


def unfinished(connection: sqlite3.Connection) -> list[Erasure]:
    """Erasures that are not verified yet, oldest first."""
    return _select(connection, "erased IS NULL")


def unhidden(connection: sqlite3.Connection) -> list[Erasure]:
    """Erasures whose visitors may still be seen by queries, oldest first."""
    return _select(connection, "erased IS NULL AND hidden IS NULL")


def finished_partial(connection: sqlite3.Connection) -> list[Erasure]:
    """Verified erasures of some purposes, oldest first."""
    return _select(connection, "erased IS NOT NULL AND purposes != '[]'")


def newest_number(connection: sqlite3.Connection) -> int:
    """The largest number given so far, 0 when there is none."""
    number: int = connection.execute("SELECT coalesce(max(number), 0) FROM erasures").fetchone()[0]
    return number


def set_hidden(connection: sqlite3.Connection, number: int, now: datetime) -> None:
    """Note that no query shows the visitor any more."""
    connection.execute("UPDATE erasures SET hidden = ? WHERE number = ? AND hidden IS NULL", (iso(now), number))


def forget_visitor(connection: sqlite3.Connection, number: int) -> None:
    """Drop the id itself: the rows are gone, the keyed hash stays as the tombstone's."""
    connection.execute("UPDATE erasures SET visitor = NULL WHERE number = ?", (number,))


def set_erased(connection: sqlite3.Connection, number: int, now: datetime) -> None:
    """Complete the receipt."""
    connection.execute("UPDATE erasures SET erased = ? WHERE number = ?", (iso(now), number))


def pending_line(machine: str, erasure: Erasure) -> bytes:
    """The row of `pending` by which no query shows the visitor, and by which another life of the state finishes it."""
    return msgspec.json.encode(
        {
            "machine": machine,
            "number": erasure.number,
            "visitor": erasure.visitor,
            "generation": erasure.generation,
            "purposes": erasure.purposes,
            "receipt": erasure.receipt,
            "site": erasure.site,
            "revision": erasure.revision,
        }
    )


def receipt_line(machine: str, erasure: Erasure) -> bytes:
    """The row of `erasures`, about nobody; a completed one is newer than the same one under way."""
    return msgspec.json.encode(
        {
            "machine": machine,
            "number": erasure.number,
            "receipt": erasure.receipt,
            "site": erasure.site,
            "purposes": erasure.purposes,
            "revision": erasure.revision,
            "requested": erasure.requested,
            "hidden": erasure.hidden or None,
            "erased": erasure.erased or None,
            "version": erasure.revision * 2 + bool(erasure.erased),
        }
    )


def _first(connection: sqlite3.Connection, where: str, value: str | bytes) -> Erasure | None:
    return next(iter(_select(connection, where, value)), None)


def _select(connection: sqlite3.Connection, where: str, *values: str | bytes | int) -> list[Erasure]:
    cursor = connection.execute(f"SELECT * FROM erasures WHERE {where} ORDER BY number", values)  # noqa: S608 -- fixed text
    names = [column[0] for column in cursor.description]
    return [_erasure(dict(zip(names, row, strict=True))) for row in cursor]


def _erasure(row: dict[str, Any]) -> Erasure:
    texts = {name: row[name] or "" for name in ("visitor", "hidden", "erased")}
    return Erasure(**row | texts | {"purposes": tuple(msgspec.json.decode(row["purposes"]))})
