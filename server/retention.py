"""What becomes of data in time: addresses shortened, events deleted, counters copied to ClickHouse."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import msgspec

from suostumus.server import poison
from suostumus.server.clock import Clock, add_months, seconds
from suostumus.server.ledger import Ledger
from suostumus.server.settings import Settings
from suostumus.server.state import State
from suostumus.server.store import Connection, Store, query


class Keeper:
    """Jobs on the stored rows, with a connection of their own."""

    def __init__(self, settings: Settings, ledger: Ledger, state: State, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._ledger = ledger
        self._state = state
        self._store = store
        self._clock = clock
        self._connection: Connection | None = None
        self._mirrored: dict[tuple[str, ...], int] = {}
        self._version = 0

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def shorten_addresses(self) -> None:
        """IP addresses stored in full become networks. Raises StoreError or LedgerError."""
        before = self._clock() - timedelta(days=self._settings.retention.full_ip_days)
        self._change_aside(lambda connection: poison.shorten_addresses(connection, seconds(before)))
        self._mutate_if_any("count_full_addresses", "shorten_addresses", {"before": before})

    def delete_old_events(self) -> None:
        """Events past their time are deleted, and what is kept aside. Raises StoreError or LedgerError."""
        before = add_months(self._clock(), -self._settings.retention.events_months)
        self._change_aside(lambda connection: poison.drop_before(connection, f"{before:%Y-%m}"))
        self._mutate_if_any("count_old_events", "delete_old_events", {"before": before})
        self._mutate_if_any("count_old_sessions", "delete_old_sessions", {"before": before})

    def forget_old_visitors(self) -> None:
        """Decisions keep no visitor's id longer than events do. Raises StoreError."""
        before = add_months(self._clock(), -self._settings.retention.events_months)
        self._mutate_if_any("count_old_visitors", "forget_old_visitors", {"before": before})

    def mirror_counts(self) -> None:
        """Copy the counters that moved to ClickHouse, where dashboards read them. Raises StoreError."""
        counts = {
            tuple(row[:4]): row[4]
            for row in self._ledger.read(
                lambda connection: connection.execute("SELECT site, day, kind, detail, count FROM counts").fetchall()
            )
        }
        moved = {key: amount for key, amount in counts.items() if self._mirrored.get(key) != amount}
        if not moved:
            return
        self._version = 1 + (self._version or self._newest_version())
        lines = [self._count_line(key, amount) for key, amount in moved.items()]
        self._connected().insert_lines("daily_counts", lines)
        self._mirrored = counts

    def _newest_version(self) -> int:
        """The newest version that an earlier life of this process wrote."""
        version: int = self._connected().value(query("newest_count_version"), {"machine": self._state.machine})
        return version

    def _count_line(self, key: tuple[str, ...], amount: int) -> bytes:
        site, day, kind, detail = key
        return msgspec.json.encode(
            {
                "machine": self._state.machine,
                "site": site,
                "day": day,
                "kind": kind,
                "detail": detail,
                "count": amount,
                "version": self._version,
            }
        )

    def _change_aside(self, work: Callable[[sqlite3.Connection], int]) -> None:
        """Change rows that are kept aside, and leave no byte of what they were."""
        if self._ledger.write(work):
            self._ledger.compact()

    def _mutate_if_any(self, counting: str, mutation: str, parameters: dict[str, object]) -> None:
        if self._connected().value(query(counting), parameters):
            self._connected().command(query(mutation), parameters, {"mutations_sync": 1})

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.connect()
        return self._connection
