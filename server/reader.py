"""The filtered read: no query shows a visitor whose withdrawal is not verified yet."""

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from suostumus.dashboards.hiding import hide, show_all
from suostumus.server.store import Connection, Row, Store, StoreError, Value, query


class Reader:
    """Runs the dashboards' queries without those who are hidden, on as many connections as are busy at once."""

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
        with self._taken() as connection:
            is_pending = connection.value(query("is_pending"))
            return connection.rows((hide if is_pending else show_all)(sql), parameters)

    def counts(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        """The same of everybody's rows, for counts that nobody sees. Raises the same."""
        with self._taken() as connection:
            return connection.rows(show_all(sql), parameters)

    def file(self, sql: str, parameters: Mapping[str, Value], form: str) -> bytes:
        """One query's answer as a file, of rows that were read before: nothing is hidden here. Raises StoreError."""
        with self._taken() as connection:
            return connection.file(sql, parameters, form)

    @contextmanager
    def _taken(self) -> Iterator[Connection]:
        if not self._loaded.is_set():
            raise StoreError("the filter of withdrawn visitors is not loaded yet")
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._store.connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)
