"""Orders in the ledger: what sessions told of them, and what shops' servers told that waits for a session."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from suostumus.server.orders import OrderMessage


class Placed(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """An order as the session told it in which it was placed, and on which consent."""

    site: str
    visitor: str  # UUID
    generation: int
    born: str  # ISO 8601, UTC: when the visitor's id was made
    session: str  # UUID
    notice: str  # version of the notice consented to
    expires: int  # seconds since 1970: the end of the consent
    time: str  # ISO 8601, UTC, milliseconds
    order: str  # the shop's order number
    currency: str  # ISO 4217
    value: str  # decimal
    is_purchase: bool  # else a step before it, which may tell the number too
    is_confirmed: bool = False  # the shop's server told it


class Told(msgspec.Struct, frozen=True, array_like=True):
    """An order or a refund as the shop's server told it."""

    site: str
    day: str  # of the order, in the site's time zone
    order: OrderMessage


@dataclass(frozen=True)
class Waiting:
    """Something told that waits for the session which it belongs to."""

    number: int
    told: Told


def place(connection: sqlite3.Connection, order: bytes, visitor: bytes, placed: Placed, expires: int) -> None:
    """Note whose order a number is: a purchase's own words count, before these the newest step's.

    `order` is the keyed hash of the number, `visitor` that of the visitor, `expires` in seconds since 1970.
    """
    known = next((known for owner, known in tellers(connection, order) if owner == visitor), None)
    if known is None or not known.is_purchase:
        confirmed = known is not None and known.is_confirmed
        content = msgspec.msgpack.encode(msgspec.structs.replace(placed, is_confirmed=confirmed))
        connection.execute(
            "INSERT INTO placed VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET content = excluded.content, expires = max(expires, excluded.expires)",
            (order, visitor, content, expires),
        )


def set_confirmed(connection: sqlite3.Connection, order: bytes, visitor: bytes, placed: Placed, expires: int) -> None:
    """Note that the shop's server told the visitor's order."""
    content = msgspec.msgpack.encode(msgspec.structs.replace(placed, is_confirmed=True))
    connection.execute(
        "UPDATE placed SET content = ?, expires = ? WHERE id = ? AND visitor = ?", (content, expires, order, visitor)
    )


def tellers(connection: sqlite3.Connection, order: bytes) -> list[tuple[bytes, Placed]]:
    """The visitors who told a number, and what each told."""
    found = connection.execute("SELECT visitor, content FROM placed WHERE id = ?", (order,))
    return [(visitor, msgspec.msgpack.decode(content, type=Placed)) for visitor, content in found.fetchall()]


def note_confirmation(connection: sqlite3.Connection, confirmation: bytes, expires: int) -> bool:
    """Remember what a server told; whether it was not remembered already."""
    inserted = connection.execute("INSERT OR IGNORE INTO confirmed VALUES (?, ?)", (confirmation, expires))
    return inserted.rowcount == 1


def await_session(connection: sqlite3.Connection, order: bytes, told: Told, expires: int) -> None:
    """Keep what a server told until a session tells the same number."""
    content = msgspec.json.encode(told)
    connection.execute("INSERT INTO waiting (id, content, expires) VALUES (?, ?, ?)", (order, content, expires))


def waiting_for(connection: sqlite3.Connection, order: bytes) -> Sequence[Waiting]:
    """What waits for a session with this number, in the order in which it was told."""
    found = connection.execute("SELECT number, content FROM waiting WHERE id = ? ORDER BY number", (order,))
    return [Waiting(number, msgspec.json.decode(content, type=Told)) for number, content in found.fetchall()]


def drop_waiting(connection: sqlite3.Connection, number: int) -> None:
    """It waits no longer."""
    connection.execute("DELETE FROM waiting WHERE number = ?", (number,))


def forget_orders_of(connection: sqlite3.Connection, visitor: bytes) -> None:
    """No order is this visitor's any more, so that nothing told later can come back to it."""
    connection.execute("DELETE FROM placed WHERE visitor = ?", (visitor,))


def forget_expired(connection: sqlite3.Connection, now: int) -> int:
    """Drop what has had its time, in seconds since 1970; how many orders waited in vain."""
    for table in ("placed", "confirmed"):
        connection.execute(f"DELETE FROM {table} WHERE expires < ?", (now,))  # noqa: S608 -- fixed names
    return connection.execute("DELETE FROM waiting WHERE expires < ?", (now,)).rowcount
