"""The machine's durable queue of rows on their way to ClickHouse."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import uuid4

import msgspec

from suostumus.server.clock import Clock
from suostumus.server.events import ConsentRow, DropReason, EventRow, columns_of
from suostumus.server.ledger import Ledger
from suostumus.server.state import CountKey, State, count, read_standing, remember

BLOCK_BYTES = 32 * 1024 * 1024

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The visitor of a row that is about nobody any more."""


class SpoolFullError(Exception):
    """The queue has reached its limit; the sender should come back later."""


class Result(StrEnum):
    """What became of an event."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the sender is told of one event."""

    id: str
    result: Result
    reason: str = ""  # DropReason
    error: str = ""  # names the field


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


Scopes = Callable[[sqlite3.Connection], Sequence[Scope]]
"""Asks for what the withdrawals touch that are not verified yet."""


class Spool:
    """Appends events with the last word of the state, and hands batches to the writer."""

    def __init__(self, ledger: Ledger, state: State, clock: Clock, limit: int, repeat_seconds: int) -> None:
        self._ledger = ledger
        self._state = state
        self._clock = clock
        self._limit = limit
        self._repeat = timedelta(seconds=repeat_seconds)
        self.accepts = True  # false while the disk is nearly full: erasures need what is left

    def append(self, rows: Sequence[EventRow], day: str) -> "Future[list[Answer]]":
        """Store one visitor's events; the future is done when they are on disk.

        In one transaction: the visitor is checked against the state, ids already seen are told apart, the rest is
        appended. `day` is today in the site's time zone, for the counters. Raises SpoolFullError through the future.
        """
        now = self._clock()
        first = rows[0]
        visitor_hash = self._state.hash_visitor(first.visitor)
        seen = [self._state.hash_seen(row.visitor, row.event) for row in rows]
        lines = [msgspec.json.encode(row) for row in rows]

        def work(connection: sqlite3.Connection) -> list[Answer]:
            refused = refusal(connection, visitor_hash, first.generation)
            if refused:
                count(connection, CountKey(first.site, day, "dropped", refused), len(rows))
                return [Answer(row.event, Result.DROPPED, refused) for row in rows]
            if not self.accepts or _depth(connection) + len(rows) > self._limit:
                raise SpoolFullError
            answers = []
            for row, seen_hash, line in zip(rows, seen, lines, strict=True):
                fresh = remember(connection, seen_hash, now + self._repeat)
                if fresh:
                    append_line(connection, "events", row.time, visitor_hash, row.generation, line)
                answers.append(Answer(row.event, Result.STORED if fresh else Result.DUPLICATE))
            stored = sum(answer.result is Result.STORED for answer in answers)
            count(connection, CountKey(first.site, day, "stored"), stored)
            return answers

        return self._ledger.submit(work)

    def take_batch(self, limit: int) -> Batch | None:
        """Register the oldest waiting rows of one table and partition as a batch; None when nothing waits.

        Consents go first, so that no event is in ClickHouse before the consent it needs.
        """
        batch_id = str(uuid4())

        def work(connection: sqlite3.Connection) -> Batch | None:
            _drop_withdrawn(connection)
            oldest = connection.execute(
                "SELECT target, month FROM spool WHERE batch IS NULL ORDER BY target, number LIMIT 1"
            ).fetchone()
            if oldest is None:
                return None
            waiting = connection.execute(
                "SELECT number, line FROM spool WHERE batch IS NULL AND target = ? AND month = ?"
                " ORDER BY number LIMIT ?",
                (*oldest, limit),
            )
            rows = _within_block(waiting)
            connection.executemany(
                "UPDATE spool SET batch = ? WHERE number = ?", [(batch_id, number) for number, _ in rows]
            )
            return Batch(batch_id, oldest[0], [line for _, line in rows])

        return self._ledger.write(work)

    def open_batches(self) -> list[Batch]:
        """Batches whose outcome was never learnt, as after a crash."""

        def work(connection: sqlite3.Connection) -> list[Batch]:
            found: dict[tuple[str, str], list[bytes]] = {}
            for batch_id, target, line in connection.execute(
                "SELECT batch, target, line FROM spool WHERE batch IS NOT NULL ORDER BY number"
            ):
                found.setdefault((batch_id, target), []).append(line)
            return [Batch(batch_id, target, lines) for (batch_id, target), lines in found.items()]

        return self._ledger.read(work)

    def confirm(self, batch_id: str) -> None:
        """The batch is in ClickHouse: its rows leave the queue."""
        self._ledger.write(lambda connection: connection.execute("DELETE FROM spool WHERE batch = ?", (batch_id,)))

    def release(self, batch_id: str, scopes: "Scopes") -> None:
        """The batch is not in ClickHouse: its rows wait again, less what was withdrawn meanwhile.

        `scopes` is asked inside the transaction, so that no withdrawal comes between.
        """

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE spool SET batch = NULL WHERE batch = ?", (batch_id,))
            for scope in scopes(connection):
                cleanse(connection, scope)

        self._ledger.write(work)

    def is_in_flight(self, visitor_hash: bytes) -> bool:
        """Whether a batch of unknown outcome holds rows of this visitor."""
        found = self._ledger.read(
            lambda connection: connection.execute(
                "SELECT 1 FROM spool WHERE visitor = ? AND batch IS NOT NULL LIMIT 1", (visitor_hash,)
            ).fetchone()
        )
        return found is not None

    def depth(self) -> int:
        """Rows waiting or in flight, at most; gaps of rows already gone may be counted."""
        return self._ledger.read(_depth)

    def oldest(self) -> str:
        """When the oldest row that waits or is in flight was received, ISO 8601; "" when none is."""
        found = self._ledger.read(
            lambda connection: connection.execute("SELECT line FROM spool ORDER BY number LIMIT 1").fetchone()
        )
        if not found:
            return ""
        row = msgspec.json.decode(found[0])
        return str(row.get("received") or row.get("event_time") or "")

    def lines_of(self, visitor: str, target: str) -> list[bytes]:
        """A visitor's rows that are not in ClickHouse yet."""
        visitor_hash = self._state.hash_visitor(visitor)
        rows = self._ledger.read(
            lambda connection: connection.execute(
                "SELECT line FROM spool WHERE visitor = ? AND target = ? ORDER BY number", (visitor_hash, target)
            ).fetchall()
        )
        return [line for (line,) in rows]


def refusal(connection: sqlite3.Connection, visitor_hash: bytes, generation: int) -> DropReason | None:
    """Why the state refuses a visitor's token of this generation, None when it does not."""
    standing = read_standing(connection, visitor_hash)
    if standing.withdrawn:
        return DropReason.WITHDRAWN
    return DropReason.SUPERSEDED if generation < standing.generation else None


def append_consent(connection: sqlite3.Connection, row: ConsentRow, visitor_hash: bytes) -> None:
    """Queue the record of a decision, inside the decision's own transaction."""
    append_line(connection, "consents", row.event_time, visitor_hash, row.generation, msgspec.json.encode(row))


def append_line(
    connection: sqlite3.Connection, target: str, time: str, visitor_hash: bytes, generation: int, line: bytes
) -> None:
    """Queue one row; `time` (ISO 8601) decides the partition."""
    connection.execute(
        "INSERT INTO spool (target, month, visitor, generation, line) VALUES (?, ?, ?, ?, ?)",
        (target, time[:7], visitor_hash, generation, line),
    )


def cleanse(connection: sqlite3.Connection, scope: Scope) -> None:
    """Take what a withdrawal touches out of the rows that still wait; those in flight are the eraser's."""
    waiting = "visitor = ? AND generation <= ? AND batch IS NULL AND target = ?"
    if not scope.purposes:
        connection.execute(f"DELETE FROM spool WHERE {waiting}", (scope.visitor_hash, scope.generation, "events"))  # noqa: S608 -- fixed text
        _rewrite(connection, waiting, (scope.visitor_hash, scope.generation, "consents"), {"visitor": NOBODY})
        return
    emptied = {column: "" for purpose in scope.purposes for column in columns_of(purpose)}
    _rewrite(connection, waiting, (scope.visitor_hash, scope.generation, "events"), emptied)


def _drop_withdrawn(connection: sqlite3.Connection) -> None:
    """The writer's own look at the tombstones, in the critical section that registers a batch."""
    connection.execute(
        "DELETE FROM spool WHERE batch IS NULL AND target = 'events'"
        " AND visitor IN (SELECT visitor FROM standings WHERE withdrawn = 1)"
    )


def _within_block(rows: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """As many rows as ClickHouse surely inserts as one block, so as a whole or not at all."""
    taken: list[tuple[int, bytes]] = []
    size = 0
    for row in rows:
        size += len(row[1])
        if taken and size > BLOCK_BYTES:
            break
        taken.append(row)
    return taken


def _rewrite(
    connection: sqlite3.Connection, where: str, parameters: tuple[bytes, int, str], changes: dict[str, str]
) -> None:
    rows = connection.execute(f"SELECT number, line FROM spool WHERE {where}", parameters).fetchall()  # noqa: S608 -- fixed text
    for number, line in rows:
        changed = msgspec.json.encode(msgspec.json.decode(line) | changes)
        connection.execute("UPDATE spool SET line = ? WHERE number = ?", (changed, number))


def _depth(connection: sqlite3.Connection) -> int:
    # Each on its own is a look at one end of the table; both in one query would read all of it.
    first, last = connection.execute(
        "SELECT (SELECT min(number) FROM spool), (SELECT max(number) FROM spool)"
    ).fetchone()
    return last - first + 1 if first is not None else 0
