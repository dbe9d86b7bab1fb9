"""Puts together, once, the sessions of days that are over, and again when events came late."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import uuid4

import msgspec

from suostumus.dashboards.hiding import show_all
from suostumus.dashboards.rollup import FOLLOWED_DAYS, Day, around, definition, read_days, roll_query
from suostumus.server.clock import Clock
from suostumus.server.store import Connection, Row, Store, query

GRACE = timedelta(hours=2)  # after midnight, UTC: events may be an hour late
MOST_DAYS = 7  # that are rolled up at a time: so long an erasure may have to wait
RUN_SECONDS = 60.0  # of one run, at most; the rest is left to the next

ALL_DAYS = (date(1970, 1, 1), date(2149, 6, 6))  # that ClickHouse's Date can hold


class Rollup:
    """Derives `rolled_sessions` from `events`. What is done by half counts for nothing, and is done again.

    It and the eraser take turns: no row of a visitor whose events are being deleted is put down meanwhile.
    """

    def __init__(self, sites: Sequence[str], machine: str, store: Store, clock: Clock) -> None:
        self._sites = sites
        self._store = store
        self._clock = clock
        self._connection: Connection | None = None
        self._turn = threading.Lock()
        self._stopped = threading.Event()
        self._query_id = f"rollup-{machine}"
        self._is_unsure = True  # whether such a query may be running still: an earlier life's, or one without an answer

    def stop(self) -> None:
        """End the run after the days under way."""
        self._stopped.set()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()
            self._connection = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing is rolled up meanwhile. Raises StoreError when that cannot be told."""
        with self._turn:
            if self._is_unsure:
                self._connected().end_query(self._query_id)
                self._is_unsure = False
            yield

    def run(self) -> None:
        """Roll up what is due. Raises StoreError."""
        deadline = time.monotonic() + RUN_SECONDS
        with self.held():
            if self._connected().value(query("count_superseded")):
                self._connected().command(query("delete_superseded"), settings={"mutations_sync": 1})
        for site in self._sites:
            while time.monotonic() < deadline and not self._stopped.is_set() and self._roll_some(site):
                pass

    def _roll_some(self, site: str) -> bool:
        """Roll up some days that belong together; False when none is due, or when events came meanwhile."""
        with self.held():
            today = (self._clock() - GRACE).date()
            days = self._days(site, *ALL_DAYS)
            chosen = due(days, today)
            if not chosen:
                return False
            rolls = [self._roll(site, day, today) for day in chosen]
            near = [day for day in around(chosen) if day < today]
            if _events_of(days, near) != _events_of(self._days(site, near[0], near[-1]), near):
                return False
            version = self._connected().value(query("newest_roll_version")) + 1
            lines = [msgspec.json.encode(roll | {"version": version}) for roll in rolls]
            self._connected().insert_lines("rolled_days", lines)
        return True

    def _roll(self, site: str, day: date, today: date) -> Row:
        """Put a day's sessions down. Nobody reads them until what this returns is written too."""
        roll: Row = {"site": site, "day": day, "roll": uuid4()}
        self._is_unsure = True
        self._connected().command(
            f"INSERT INTO rolled_sessions\n{show_all(roll_query())}",
            roll | {"told_days": around([day])},
            {"query_id": self._query_id, "max_threads": 1},
        )
        self._is_unsure = False
        last_day = followed_until(day, self._connected().value(query("last_moment_of_roll"), roll))
        return roll | {"definition": definition(), "last_day": last_day, "is_whole": last_day < today}

    def _days(self, site: str, first: date, last: date) -> list[Day]:
        connection = self._connected()
        return read_days(lambda sql, parameters: connection.rows(show_all(sql), parameters), site, first, last)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.connect()
        return self._connection


def due(days: Sequence[Day], today: date) -> list[date]:
    """Days before today to roll up together next, in order.

    They are some whose events are not what was rolled up, with all whose sessions those events are a part of:
    as soon as the first are right again, nothing tells any more that the others are not. And what had been rolled up
    before its last day was over, and is now.
    """
    over = [entry for entry in days if entry.day < today]
    wrong = {entry.day for entry in [one for one in over if not one.is_right][:MOST_DAYS]}
    reached = {entry.day for entry in over if entry.is_rolled and not wrong.isdisjoint(entry.reach)}
    unfinished = {entry.day for entry in over if entry.is_rolled and not entry.is_whole and entry.last_day < today}
    return sorted(wrong | reached | unfinished)


def followed_until(day: date, last_moment: datetime) -> date:
    """The last day on which something could be a part of the sessions that begin on a day and ended by a moment."""
    possible = (last_moment + timedelta(minutes=30)).date()
    return min(max(day, possible), day + timedelta(days=FOLLOWED_DAYS))


def _events_of(days: Sequence[Day], among: Sequence[date]) -> dict[date, int]:
    return {entry.day: entry.events for entry in days if entry.events and entry.day in among}
