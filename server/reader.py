"""The filtered read: no query shows a visitor whose withdrawal is not verified yet."""

import threading
from collections.abc import Mapping

from suostumus.server.store import Connection, Row, Store, StoreError, Value, query


class Reader:
    """Runs the dashboards' queries, each with `{events:Identifier}` filled in. One connection for each thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads = threading.local()
        self._open: list[Connection] = []
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
        for connection in self._open:
            connection.close()

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        """Run one query. Raises StoreError when ClickHouse does not answer or the filter is not loaded yet."""
        if not self._loaded.is_set():
            raise StoreError("the filter of withdrawn visitors is not loaded yet")
        connection = self._connection()
        is_pending = connection.value(query("is_pending"))
        return connection.rows(sql, {"events": "visible_events" if is_pending else "events", **parameters})

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = self._threads.connection = self._store.connect()
            self._open.append(connection)
        return connection
