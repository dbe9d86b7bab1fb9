"""Requests with events on their way into the ledger: many share one commit."""

import asyncio
import contextlib
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

import msgspec

from suostumus.server import bundles
from suostumus.server.bundles import QueuedRow, append_rows, owner_of
from suostumus.server.clock import Clock, seconds
from suostumus.server.counters import CountKey, count
from suostumus.server.events import DropReason, EventRow
from suostumus.server.ledger import Ledger
from suostumus.server.orderbook import Placed
from suostumus.server.room import Room
from suostumus.server.standings import Standing, read_standings
from suostumus.server.state import State, remember

HANDED_OVER_REQUESTS = 5_000  # in memory, on their way to the ledger's thread
NOTHING_PLACED: Mapping[int, Placed] = MappingProxyType({})

Place = Callable[[sqlite3.Connection, bytes, Placed, datetime], list[QueuedRow]]
"""Notes whose order a number is; rows of what waited for it."""


class SpoolFullError(Exception):
    """The queue has reached a limit, which the message names; the sender should come back later."""


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


@dataclass(slots=True)
class _Request:
    """One visitor's events, on their way into the next commit."""

    visitor_hash: bytes
    generation: int
    epoch: str  # in which the token was found in force
    moment: datetime
    site: str
    day: str
    ids: list[str]
    seen: list[bytes]  # keyed hashes of the ids
    rows: list[QueuedRow]
    placed: Mapping[int, Placed]
    told: "asyncio.Future[list[Answer]]"
    answers: list[Answer] = field(default_factory=list)


class Appender:
    """Appends events with the last word of the state."""

    def __init__(
        self, ledger: Ledger, state: State, clock: Clock, room: Room, repeat_seconds: int, place: Place
    ) -> None:
        self._ledger = ledger
        self._place = place
        self._state = state
        self._clock = clock
        self._room = room
        self._repeat = timedelta(seconds=repeat_seconds)
        self._waiting: deque[_Request] = deque()
        self._is_handed_over = False

    async def append(
        self, rows: Sequence[EventRow], visitor_hash: bytes, day: str, placed: Mapping[int, Placed] = NOTHING_PLACED
    ) -> list[Answer]:
        """Store one visitor's events; answers once they are on disk.

        In one transaction, shared with the requests that come meanwhile: each visitor is checked against the state,
        ids already seen are told apart, the rest is appended. `day` is today in the site's time zone, for the
        counters; `placed` says, by places of rows, whose orders their numbers are. Raises LedgerError or
        SpoolFullError, and then nothing was stored.
        """
        first = rows[0]
        owner = owner_of(visitor_hash, first.generation)
        if len(self._waiting) > HANDED_OVER_REQUESTS:
            raise SpoolFullError("memory")
        ids = [row.event for row in rows]
        request = _Request(
            visitor_hash=visitor_hash,
            generation=first.generation,
            epoch=self._state.epoch,
            moment=self._clock(),
            site=first.site,
            day=day,
            ids=ids,
            seen=self._state.hash_events(first.visitor, ids),
            rows=[QueuedRow(row.time[:7], owner, msgspec.json.encode(row)) for row in rows],
            placed=placed,
            told=asyncio.get_running_loop().create_future(),
        )
        self._waiting.append(request)
        if not self._is_handed_over:
            self._is_handed_over = True
            self._hand_over()
        return await request.told

    def _hand_over(self) -> None:
        """Have the ledger append, in its next commit, what waits by then."""
        taken: list[_Request] = []

        def work(connection: sqlite3.Connection) -> None:
            taken.extend(self._take())
            if taken:
                self._append_all(connection, taken)

        def settle(done: "Future[None]") -> None:
            failure = done.exception()
            if failure:
                taken.extend(self._take())  # the work may never have begun
            _tell_all(taken, failure)

        self._ledger.submit(work).add_done_callback(settle)

    def _take(self) -> list[_Request]:
        """Everything that waits. Whoever comes after the first line hands over anew."""
        self._is_handed_over = False
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _append_all(self, connection: sqlite3.Connection, requests: Sequence[_Request]) -> None:
        """Append what the state allows, and note the answers. Raises SpoolFullError."""
        now = max(request.moment for request in requests)
        if full := self._room.lacks(bundles.depth(connection), sum(len(one.rows) for one in requests)):
            raise SpoolFullError(full)
        self._state.refresh(connection)  # another process may have begun an epoch
        counts: Counter[CountKey] = Counter()
        standings = read_standings(connection, {request.visitor_hash for request in requests})
        allowed = [request for request in requests if not self._refuse(request, standings, counts)]
        fresh = iter(remember(connection, [one for request in allowed for one in request.seen], now + self._repeat))
        stored: list[QueuedRow] = []
        for request in allowed:
            results = [Result.STORED if next(fresh) else Result.DUPLICATE for _ in request.ids]
            request.answers = [Answer(one, result) for one, result in zip(request.ids, results, strict=True)]
            kept = [row for row, result in zip(request.rows, results, strict=True) if result is Result.STORED]
            counts[CountKey(request.site, request.day, "stored")] += len(kept)
            stored += kept
            for place, order in request.placed.items():
                if results[place] is Result.STORED:
                    stored += self._place(connection, request.visitor_hash, order, request.moment)
        append_rows(connection, "events", stored, seconds(now))
        for key, amount in counts.items():
            count(connection, key, amount)

    def _refuse(self, request: _Request, standings: dict[bytes, Standing], counts: Counter[CountKey]) -> bool:
        """Whether the state refuses the visitor; then every event is answered so."""
        refused = refusal(standings.get(request.visitor_hash, Standing()), request.generation)
        if request.epoch != self._state.epoch:
            refused = DropReason.OLD_EPOCH
        if refused is None:
            return False
        counts[CountKey(request.site, request.day, "dropped", refused)] += len(request.ids)
        request.answers = [Answer(one, Result.DROPPED, refused) for one in request.ids]
        return True


def refusal(standing: Standing, generation: int) -> DropReason | None:
    """Why the state refuses a visitor's token of this generation, None when it does not."""
    if standing.withdrawn:
        return DropReason.WITHDRAWN
    return DropReason.SUPERSEDED if generation < standing.generation else None


def _tell_all(requests: Sequence[_Request], failure: BaseException | None) -> None:
    """Hand the answers to the loops that wait for them: one call for each loop."""
    waiting: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
    for request in requests:
        waiting.setdefault(request.told.get_loop(), []).append(request)
    for loop, ours in waiting.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_tell, ours, failure)


def _tell(requests: Sequence[_Request], failure: BaseException | None) -> None:
    for request in requests:
        if request.told.done():  # the sender went away
            continue
        if failure is None:
            request.told.set_result(request.answers)
        else:
            request.told.set_exception(failure)
