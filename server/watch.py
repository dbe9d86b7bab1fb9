"""Looks after the installation every few seconds, so that asking for its condition costs nothing."""

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from suostumus.geo.reader import GeoReader
from suostumus.server.bundles import Depth
from suostumus.server.clock import Clock, seconds
from suostumus.server.condition import Condition, Vitals, judge
from suostumus.server.erasures import unfinished
from suostumus.server.ledger import Ledger, LedgerError
from suostumus.server.meta import note_time
from suostumus.server.poison import Kept
from suostumus.server.reader import Reader
from suostumus.server.settings import Settings
from suostumus.server.spool import Spool
from suostumus.server.store import Connection, Store, StoreError, query

log = logging.getLogger("suostumus.watch")

T = TypeVar("T")

LOOK_SECONDS = 5.0
STORE_SECONDS = 5.0


class Watch:
    """Measures the vitals in a thread of its own; a thread that waits for ClickHouse is another one."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        spool: Spool,
        store: Store,
        reader: Reader,
        geo: GeoReader,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._spool = spool
        self._reader = reader
        self._geo = geo
        self._clock = clock
        self._store = _StoreProbe(store)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._troubles: frozenset[str] = frozenset()
        self.condition = judge(self._first())

    def start(self) -> None:
        """Look in the background until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the look under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """Give the connection back."""
        self._store.close()

    def look(self) -> Condition:
        """Measure now; what is wrong, or no longer, is logged once."""
        self.condition = judge(self._measure())
        self._spool.room.has_disk = self.condition.vitals.free_bytes >= self.condition.vitals.free_limit
        troubles = frozenset(reason.trouble.value for reason in self.condition.reasons)
        for trouble in sorted(troubles - self._troubles):
            log.warning("trouble: %s", trouble)
        for trouble in sorted(self._troubles - troubles):
            log.info("over: %s", trouble)
        self._troubles = troubles
        return self.condition

    def _run(self) -> None:
        while True:
            self.look()
            if self._stop.wait(LOOK_SECONDS):
                return

    def _first(self) -> Vitals:
        """What is known before the first look: enough to answer."""
        return Vitals(
            spool_limit=self._settings.limits.spool_rows,
            free_bytes=shutil.disk_usage(self._settings.data_path).free,
            free_limit=self._settings.limits.free_bytes,
            dashboards_open=self._reader.is_open,
            geo_state=self._geo.state,
        )

    def _measure(self) -> Vitals:
        now = self._clock()
        fault, behind = self._write(now)
        built = self._geo.built
        depth = self._read(self._spool.depth, Depth())
        waiting = self._read(lambda: [one.requested for one in self._ledger.read(unfinished)], list[str]())
        return Vitals(
            ledger_fault=fault,
            store_fault=self._store.fault(),
            dashboards_open=self._reader.is_open,
            spool_rows=depth.rows,
            spool_limit=self._settings.limits.spool_rows,
            spool_oldest_seconds=max(0.0, seconds(now) - depth.oldest) if depth.oldest else 0.0,
            free_bytes=shutil.disk_usage(self._settings.data_path).free,
            free_limit=self._settings.limits.free_bytes,
            rows_aside=sum(kept.rows for kept in self._read(self._spool.aside, list[Kept]())),
            erasures_waiting=len(waiting),
            erasure_oldest_seconds=_age(now, min(waiting, default="")),
            clock_behind_seconds=behind,
            geo_state=self._geo.state,
            geo_age_days=(now.date() - built).days if built else 0,
        )

    def _write(self, now: datetime) -> tuple[str, int]:
        """What is wrong with a write, and how far the clock is behind the latest moment seen."""

        def work(connection: sqlite3.Connection) -> int:
            return note_time(connection, seconds(now))

        try:
            latest = self._ledger.write(work)
        except LedgerError as error:
            return str(error), 0
        return "", max(0, latest - seconds(now))

    def _read(self, reading: Callable[[], T], unknown: T) -> T:
        """What the ledger says, `unknown` when it cannot be read: the write before has told why."""
        try:
            return reading()
        except LedgerError:
            return unknown


class _StoreProbe:
    """Asks ClickHouse for one row, and waits no longer than some seconds for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="store probe")
        self._asked: Future[None] | None = None

    def fault(self) -> str:
        """What is wrong, empty when it answered."""
        if self._asked is None:
            self._asked = self._asking.submit(self._ask)
        try:
            self._asked.result(STORE_SECONDS)
        except TimeoutError:
            return f"no answer within {STORE_SECONDS:.0f} seconds"
        except StoreError as error:
            self._asked = None
            return str(error)
        self._asked = None
        return ""

    def close(self) -> None:
        """Wait for the answer, then give the connection back."""
        self._asking.shutdown()
        if self._connection:
            self._connection.close()

    def _ask(self) -> None:
        if self._connection is None:
            self._connection = self._store.connect()
        self._connection.value(query("count_all_pending"))


def _age(now: datetime, moment: str) -> float:
    """Seconds since a moment in ISO 8601, 0 when there is none."""
    return max(0.0, (now - datetime.fromisoformat(moment)).total_seconds()) if moment else 0.0
