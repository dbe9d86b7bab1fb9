"""Daily counters without personal data, gathered in memory for a moment and then added to the ledger."""

import sqlite3
import threading
from collections import Counter

from suostumus.server.clock import Clock
from suostumus.server.ledger import Ledger
from suostumus.server.settings import Site
from suostumus.server.state import CountKey, count


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
    return clock().astimezone(site.zone).date().isoformat()
