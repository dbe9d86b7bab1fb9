"""The machine's durable queue of rows on their way to ClickHouse."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

import msgspec

from suostumus.server import bundles, poison
from suostumus.server.appender import Appender, Place
from suostumus.server.bundles import (
    OWNER_BYTES,
    Depth,
    QueuedRow,
    append_rows,
    generation_of,
    owner_of,
    rewrite_waiting,
    visitor_of,
)
from suostumus.server.clock import Clock, seconds
from suostumus.server.events import ConsentRow, columns_of
from suostumus.server.ledger import Ledger
from suostumus.server.room import Room
from suostumus.server.standings import EVERY_GENERATION, withdrawn_among
from suostumus.server.state import State

BLOCK_BYTES = 32 * 1024 * 1024

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The visitor of a row that is about nobody any more."""


@dataclass(frozen=True)
class Batch:
    """Rows of one table and partition, taken by the writer and inserted under one id."""

    id: str
    target: str
    lines: list[bytes]


@dataclass(frozen=True)
class Scope:
    """What a withdrawal touches: a visitor's rows up to a generation, wholly or in the columns of some purposes."""

    visitor_hash: bytes
    generation: int
    purposes: tuple[str, ...] = ()  # empty: everything


Change = Callable[[bytes], bytes | None]
"""What becomes of a line; None: it goes."""

Scopes = Callable[[sqlite3.Connection], Sequence[Scope]]
"""Asks for what the withdrawals touch that are not verified yet."""


class Spool:
    """Appends events with the last word of the state, and hands batches to the writer."""

    def __init__(
        self, ledger: Ledger, state: State, clock: Clock, room: Room, repeat_seconds: int, place: Place
    ) -> None:
        self._ledger = ledger
        self._state = state
        self._clock = clock
        self.room = room
        self.append = Appender(ledger, state, clock, room, repeat_seconds, place).append

    def newest(self) -> int:
        """The number of what was queued last."""
        return self._ledger.read(bundles.newest)

    def take_batch(self, limit: int, last: int) -> Batch | None:
        """Register the oldest waiting rows of one table and partition as a batch; None when nothing waits up to `last`.

        Consents go first, so that no event is in ClickHouse before the consent it needs.
        """
        batch_id = str(uuid4())

        def work(connection: sqlite3.Connection) -> Batch | None:
            while found := bundles.first_waiting(connection, last):
                first, target, month = found
                taken = _within_block(bundles.waiting_between(connection, first, last, target, month), limit)
                if target == "events" and _drop_withdrawn(connection, taken):
                    continue  # what is left of them is taken
                row = batch_id, target, month, first, taken[-1][0]
                connection.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?)", row)
                return Batch(batch_id, target, bundles.lines_between(connection, *row[1:]))
            return None

        return self._ledger.write(work)

    def open_batches(self) -> list[Batch]:
        """Batches whose outcome was never learnt, as after a crash."""

        def work(connection: sqlite3.Connection) -> list[Batch]:
            found = connection.execute("SELECT id, target, month, first, last FROM batches ORDER BY first").fetchall()
            return [Batch(row[0], row[1], bundles.lines_between(connection, *row[1:])) for row in found]

        return self._ledger.read(work)

    def confirm(self, batch_id: str) -> None:
        """The batch is in ClickHouse: its rows leave the queue."""
        self._ledger.write(lambda connection: bundles.drop_batch(connection, batch_id))

    def release(self, batch_id: str, scopes: "Scopes") -> None:
        """The batch is not in ClickHouse: its rows wait again, less what was withdrawn meanwhile.

        `scopes` is asked inside the transaction, so that no withdrawal comes between.
        """

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM batches WHERE id = ?", (batch_id,))
            for scope in scopes(connection):
                cleanse(connection, scope)

        self._ledger.write(work)

    def again(self, batch: Batch, scopes: "Scopes") -> Batch:
        """The same batch less what was withdrawn meanwhile; as it was, where nothing would be left of it.

        Nothing leaves the queue: until the batch is decided, an erasure waits for whoever has rows in it.
        """

        def work(connection: sqlite3.Connection) -> list[bytes]:
            rows = bundles.rows_of_batch(connection, batch.id)
            for scope in scopes(connection):
                change = _changes_of(scope).get(batch.target)
                if change:
                    rows = [changed for row in rows if (changed := _touched(row, scope, change))]
            return [row.line for row in rows]

        return Batch(batch.id, batch.target, self._ledger.read(work) or batch.lines)

    def set_aside(self, batch: Batch, reasons: Mapping[int, str], scopes: "Scopes") -> None:
        """Keep a batch's refused rows aside, by their places; the others wait again, less what was withdrawn."""
        now = seconds(self._clock())

        def work(connection: sqlite3.Connection) -> None:
            rows = bundles.rows_of_batch(connection, batch.id)
            bundles.drop_batch(connection, batch.id)
            refused = [poison.Refused(rows[place], reason) for place, reason in reasons.items()]
            poison.set_aside(connection, batch.target, refused, now)
            append_rows(connection, batch.target, [row for place, row in enumerate(rows) if place not in reasons], now)
            for scope in scopes(connection):
                cleanse(connection, scope)

        self._ledger.write(work)

    def aside(self) -> list[poison.Kept]:
        """What is kept aside, by reason."""
        return self._ledger.read(poison.kept)

    def retry_aside(self) -> int:
        """What is kept aside waits again; how many rows."""
        now = seconds(self._clock())

        def work(connection: sqlite3.Connection) -> int:
            taken = poison.take_all(connection)
            for target in sorted({target for target, _ in taken}):
                append_rows(connection, target, [row for one, row in taken if one == target], now)
            return len(taken)

        return self._ledger.write(work)

    def drop_aside(self) -> int:
        """What is kept aside is deleted; how many rows."""
        return len(self._ledger.write(poison.take_all))

    def is_in_flight(self, visitor_hash: bytes) -> bool:
        """Whether a batch of unknown outcome holds rows of this visitor."""
        return self._ledger.read(lambda connection: bundles.is_in_batch(connection, visitor_hash))

    def depth(self) -> Depth:
        """Rows and bytes waiting or in flight, and since when."""
        return self._ledger.read(bundles.depth)

    def lines_of(self, visitor: str, target: str) -> list[bytes]:
        """A visitor's rows that are not in ClickHouse yet."""
        visitor_hash = self._state.hash_visitor(visitor)
        return self._ledger.read(
            lambda connection: [
                *bundles.lines_of(connection, visitor_hash, target),
                *poison.lines_of(connection, visitor_hash, target),
            ]
        )


def append_consent(connection: sqlite3.Connection, row: ConsentRow, visitor_hash: bytes) -> None:
    """Queue the record of a decision, inside the decision's own transaction."""
    queued = QueuedRow(row.event_time[:7], owner_of(visitor_hash, row.generation), msgspec.json.encode(row))
    append_rows(connection, "consents", [queued], seconds(datetime.fromisoformat(row.event_time)))


def cleanse(connection: sqlite3.Connection, scope: Scope) -> None:
    """Take what a withdrawal touches out of the rows that wait or are kept aside; those in flight are the eraser's."""
    for target, change in _changes_of(scope).items():
        for rewrite in (rewrite_waiting, poison.rewrite):
            rewrite(connection, scope.visitor_hash, scope.generation, target, change)


def _changes_of(scope: Scope) -> dict[str, Change]:
    """What a withdrawal does to a line of each table it touches."""
    if scope.purposes:
        emptied = {column: "" for purpose in scope.purposes for column in columns_of(purpose)}
        return {"events": partial(_changed, changes=emptied)}
    return {"events": lambda _: None, "consents": partial(_changed, changes={"visitor": NOBODY})}


def _touched(row: QueuedRow, scope: Scope, change: Change) -> QueuedRow | None:
    """A row after a withdrawal, None when it goes."""
    if visitor_of(row.owner) != scope.visitor_hash or generation_of(row.owner) > scope.generation:
        return row
    line = change(row.line)
    return msgspec.structs.replace(row, line=line) if line is not None else None


def _changed(line: bytes, changes: dict[str, str]) -> bytes | None:
    """The line with other values; one that cannot be read goes."""
    try:
        return msgspec.json.encode(msgspec.json.decode(line) | changes)
    except msgspec.MsgspecError:
        return None


def _drop_withdrawn(connection: sqlite3.Connection, taken: Iterable[tuple[int, int, int, bytes]]) -> bool:
    """The writer's own look at the tombstones, where a batch is registered; whether any row had to go."""
    visitors = {owners[place : place + 16] for _, _, _, owners in taken for place in range(0, len(owners), OWNER_BYTES)}
    withdrawn = withdrawn_among(connection, visitors)
    for visitor in withdrawn:
        cleanse(connection, Scope(visitor, EVERY_GENERATION))
    return bool(withdrawn)


def _within_block(waiting: Iterable[tuple[int, int, int, bytes]], limit: int) -> list[tuple[int, int, int, bytes]]:
    """As many bundles as ClickHouse surely inserts as one block, so as a whole or not at all."""
    taken: list[tuple[int, int, int, bytes]] = []
    rows_taken = bytes_taken = 0
    for bundle in waiting:
        rows_taken += bundle[1]
        bytes_taken += bundle[2]
        if taken and (rows_taken > limit or bytes_taken > BLOCK_BYTES):
            break
        taken.append(bundle)
    return taken
