"""From the spool to ClickHouse, exactly once."""

import logging
import threading

from prometheus_client import Histogram

from suostumus.server.ledger import LedgerError
from suostumus.server.spool import Batch, Scopes, Spool
from suostumus.server.store import Connection, Store, StoreError, query

log = logging.getLogger("suostumus.writer")

BATCH_ROWS = 10_000
RETRY_SECONDS = 1.0
INSERT_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

COUNT_QUERIES = {"events": "count_events_of_batch", "consents": "count_consents_of_batch"}


class Writer:
    """Takes batches, inserts them, and lets their rows go once ClickHouse has them on disk.

    A batch is one block in one partition, so it is in ClickHouse as a whole or not at all; where the answer was lost,
    a count by batch id decides. Rows of an insert that did not arrive go back to waiting and get a new batch id,
    because a deduplication token may be remembered without its rows.
    """

    def __init__(self, spool: Spool, store: Store, flush_seconds: float, scopes: Scopes) -> None:
        self._spool = spool
        self._store = store
        self._flush_seconds = flush_seconds
        self._scopes = scopes  # of withdrawals that are not verified yet
        self._connection: Connection | None = None
        self._stop = threading.Event()
        self._flushing = threading.Lock()
        self.insert_seconds = Histogram(
            "suostumus_insert_seconds", "How long ClickHouse took for a batch.", registry=None, buckets=INSERT_BUCKETS
        )
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Flush in the background until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """Flush what waits, as far as ClickHouse answers."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def flush(self) -> int:
        """Write everything that waits; return the number of rows. Raises StoreError when ClickHouse does not answer."""
        with self._flushing:
            self._settle_open_batches()
            written = 0
            while batch := self._spool.take_batch(BATCH_ROWS):
                self._insert(batch)
                written += len(batch.lines)
            return written

    def _run(self) -> None:
        while not self._stop.wait(self._flush_seconds):
            self._try_flush()
        self._try_flush()

    def _try_flush(self) -> None:
        try:
            self.flush()
        except (StoreError, LedgerError) as error:
            log.warning("rows wait: %s", error)
            self._stop.wait(RETRY_SECONDS)

    def _insert(self, batch: Batch) -> None:
        suffix = f',"batch":"{batch.id}"}}'.encode()
        lines = [line[:-1] + suffix for line in batch.lines]
        with self.insert_seconds.time():
            self._connected().insert_lines(batch.target, lines, token=batch.id)
        self._spool.confirm(batch.id)

    def _settle_open_batches(self) -> None:
        """Learn the outcome of batches that a crash or a lost answer left open."""
        for batch in self._spool.open_batches():
            found = self._connected().value(query(COUNT_QUERIES[batch.target]), {"batch": batch.id})
            if found:
                self._spool.confirm(batch.id)
            else:
                self._spool.release(batch.id, self._scopes)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.connect()
        return self._connection
