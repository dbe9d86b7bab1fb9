"""Daily counters without personal data, gathered in memory for a moment and then added to the ledger."""

import sqlite3
import threading
from collections import Counter
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from suostumus.server.clock import Clock, seconds
from suostumus.server.counters import CountKey, count
from suostumus.server.ledger import Ledger
from suostumus.server.settings import Site

QUARTER_SECONDS = 900


class Tally:
    """Counts what leaves no other trace. A crash loses a second of it at most."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._counts: Counter[CountKey] = Counter()
        self._lock = threading.Lock()

    def add(self, site: Site, kind: str, detail: str, amount: int = 1) -> None:
        """Count for today, in the site's time zone. `detail` comes from a closed list."""
        day = today(site, self._clock)
        with self._lock:
            self._counts[CountKey(site.key, day, kind, detail)] += amount

    def add_rejected(self, reason: str) -> None:
        """Count a request that was not read, so of no site; days are UTC's. `reason` comes from a closed list."""
        day = self._clock().date().isoformat()
        with self._lock:
            self._counts[CountKey("", day, "rejected", reason)] += 1

    def flush(self) -> None:
        """Add what was gathered to the ledger. Raises LedgerError; then it is kept for the next time."""
        with self._lock:
            gathered, self._counts = self._counts, Counter()

        def work(connection: sqlite3.Connection) -> None:
            for key, amount in gathered.items():
                count(connection, key, amount)

        try:
            self._ledger.write(work)
        except BaseException:
            with self._lock:
                self._counts.update(gathered)
            raise


def today(site: Site, clock: Clock) -> str:
    """The site's present day, ISO 8601."""
    return day_of(site, seconds(clock()))


def day_of(site: Site, moment: int) -> str:
    """The site's day of a moment in seconds since 1970, ISO 8601."""
    return _day_of(site.time_zone, moment // QUARTER_SECONDS)


@lru_cache(maxsize=1024)
def _day_of(time_zone: str, quarter: int) -> str:
    """Days begin with a quarter of an hour, in every zone."""
    return datetime.fromtimestamp(quarter * QUARTER_SECONDS, ZoneInfo(time_zone)).date().isoformat()
