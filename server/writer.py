"""From the spool to ClickHouse, exactly once."""

import logging
import threading
import time
from dataclasses import dataclass

import msgspec
from prometheus_client import Histogram

from suostumus.server.events import ConsentRow, EventRow
from suostumus.server.ledger import LedgerError
from suostumus.server.spool import Batch, Scopes, Spool
from suostumus.server.store import Connection, Store, StoreError, query

log = logging.getLogger("suostumus.writer")

RETRY_SECONDS = 1.0
ANSWER_SECONDS = 120  # a longer silence is a lost answer
INSERT_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

COUNT_QUERIES = {"events": "count_events_of_batch", "consents": "count_consents_of_batch"}
ROWS: dict[str, type[msgspec.Struct]] = {"events": EventRow, "consents": ConsentRow}


@dataclass
class BatchSize:
    """How many rows are inserted at once: as many as ClickHouse takes in a moment."""

    rows: int = 10_000
    least: int = 500
    most: int = 100_000
    slow_seconds: float = 2.0
    fast_seconds: float = 0.5

    def took(self, seconds: float, rows: int) -> None:
        """Learn from a batch that was taken."""
        if seconds > self.slow_seconds:
            self.failed()
        elif seconds < self.fast_seconds and rows * 2 > self.rows:
            self.rows = min(self.most, self.rows * 2)

    def failed(self) -> None:
        """Learn from one that was not."""
        self.rows = max(self.least, self.rows // 2)


class Writer:
    """Takes batches, inserts them, and lets their rows go once ClickHouse has them on disk.

    A batch is one block in one partition, so it is in ClickHouse as a whole or not at all. Where the answer was lost,
    the query is ended and a count by batch id decides; a batch that did not arrive is inserted again under its own
    deduplication token, so that the first copy, should a network deliver it late, is ignored. Only where the token
    turns out to have been remembered without its rows, as a crash may leave it, do they get a new batch id.
    """

    def __init__(self, spool: Spool, store: Store, flush_seconds: float, scopes: Scopes) -> None:
        self._spool = spool
        self._store = store
        self._flush_seconds = flush_seconds
        self._scopes = scopes  # of withdrawals that are not verified yet
        self._connection: Connection | None = None
        self.size = BatchSize()
        self._stop = threading.Event()
        self._flushing = threading.Lock()
        self.insert_seconds = Histogram(
            "suostumus_insert_seconds", "How long ClickHouse took for a batch.", registry=None, buckets=INSERT_BUCKETS
        )
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Flush in the background until stopped; once is enough."""
        if not self._thread.ident:
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
        """Write everything that waits; return the number of rows. Raises StoreError when ClickHouse does not answer.

        What comes meanwhile is left to the next time: it would never end under load, in many small batches.
        """
        with self._flushing:
            self._settle_open_batches()
            written, last = 0, self._spool.newest()
            while batch := self._spool.take_batch(self.size.rows, last):
                rows = self._write(batch)
                written += rows
                if not rows:
                    last = self._spool.newest()  # what is left of a refused batch waits anew
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

    def _write(self, batch: Batch) -> int:
        """Insert a fresh batch; the number of rows that ClickHouse took."""
        began = time.monotonic()
        try:
            self._insert(batch)
        except StoreError as error:
            if not error.is_about_rows:
                self.size.failed()
                raise
            self._set_aside(batch, error)
            return 0
        self.size.took(time.monotonic() - began, len(batch.lines))
        self._spool.confirm(batch.id)
        return len(batch.lines)

    def _insert(self, batch: Batch) -> None:
        with self.insert_seconds.time():
            self._connected().insert_lines(batch.target, _lines(batch), token=batch.id)

    def _settle_open_batches(self) -> None:
        """Learn the outcome of batches that a crash or a lost answer left open."""
        for batch in self._spool.open_batches():
            self._connected().end_query(batch.id)
            if self._has_arrived(batch) or self._arrives(batch):
                self._spool.confirm(batch.id)

    def _arrives(self, batch: Batch) -> bool:
        """Insert it again under its token; False when its rows wait under another one, or are kept aside."""
        try:
            self._insert(self._spool.again(batch, self._scopes))
        except StoreError as error:
            if not error.is_about_rows:
                raise
            self._set_aside(batch, error)
            return False
        if self._has_arrived(batch):
            return True
        self._spool.release(batch.id, self._scopes)
        return False

    def _has_arrived(self, batch: Batch) -> bool:
        return bool(self._connected().value(query(COUNT_QUERIES[batch.target]), {"batch": batch.id}))

    def _set_aside(self, batch: Batch, error: StoreError) -> None:
        """Find the rows for which a batch was refused. Raises the refusal where it is no single row's."""
        self._require_columns(batch.target)
        reasons = self._refused(batch.target, _lines(batch))
        if not reasons:
            raise error
        self._spool.set_aside(batch, reasons, self._scopes)
        names = ", ".join(sorted(set(reasons.values())))
        log.warning("%d rows of %s are kept aside: %s", len(reasons), batch.target, names)

    def _refused(self, target: str, lines: list[bytes], first: int = 0) -> dict[int, str]:
        """The places of refused rows, with ClickHouse's names for what is wrong, by halving."""
        reason = self._connected().refusal_of(target, lines)
        if not reason:
            return {}
        if len(lines) == 1:
            return {first: reason}
        half = len(lines) // 2
        return self._refused(target, lines[:half], first) | self._refused(target, lines[half:], first + half)

    def _require_columns(self, target: str) -> None:
        """A table that lacks a column refuses every row, and none for its own fault. Raises StoreError."""
        present = {row["name"] for row in self._connected().rows(query("columns_of_table"), {"table": target})}
        needed = {field.encode_name for field in msgspec.structs.fields(ROWS[target])} | {"batch"}
        if not needed <= present:
            raise StoreError(f"the table {target} lacks a column of this version")

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.connect(ANSWER_SECONDS)
        return self._connection


def _lines(batch: Batch) -> list[bytes]:
    """The rows as ClickHouse gets them."""
    suffix = f',"batch":"{batch.id}"}}'.encode()
    return [line[:-1] + suffix for line in batch.lines]
