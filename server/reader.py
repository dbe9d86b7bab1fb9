"""The filtered read: no query shows a visitor whose withdrawal is not verified yet."""

import queue
import threading
from collections.abc import Mapping

from suostumus.server.store import Connection, Row, Store, StoreError, Value, query


class Reader:
    """Runs the dashboards' queries with the names of tables filled in, on as many connections as are busy at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue()
        self._loaded = threading.Event()

    def open(self) -> None:
        """Answer from now on: the filter holds every withdrawal that is not verified yet."""
        self._loaded.set()

    @property
    def is_open(self) -> bool:
        """Whether the filter is loaded."""
        return self._loaded.is_set()

    def close(self) -> None:
        """Give the connections back."""
        self._loaded.clear()
        while not self._idle.empty():
            self._idle.get().close()

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        """Run one query. Raises StoreError when ClickHouse does not answer or the filter is not loaded yet."""
        if not self._loaded.is_set():
            raise StoreError("the filter of withdrawn visitors is not loaded yet")
        connection = self._taken()
        try:
            is_pending = connection.value(query("is_pending"))
            tables = {name: f"visible_{name}" if is_pending else name for name in ("events", "rolled_sessions")}
            return connection.rows(sql, {**tables, **parameters})
        finally:
            self._idle.put(connection)

    def file(self, sql: str, parameters: Mapping[str, Value], form: str) -> bytes:
        """One query's answer as a file, of rows that were read before: nothing is hidden here. Raises StoreError."""
        connection = self._taken()
        try:
            return connection.file(sql, parameters, form)
        finally:
            self._idle.put(connection)

    def _taken(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._store.connect()
