"""The machine's one SQLite file: spool and state, so that one transaction covers both."""

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from suostumus.server.compaction import OVERWRITES, compact
from suostumus.server.integrity import find_damage

log = logging.getLogger("suostumus.ledger")

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

GROUP_LIMIT = 1_000  # works in one commit
GATHER_SECONDS = 0.004  # between two commits, so that under load more works share one

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS standings (
    visitor BLOB PRIMARY KEY,          -- keyed hash
    generation INTEGER NOT NULL,       -- the lowest that is valid
    withdrawn INTEGER NOT NULL,        -- 1: a tombstone
    expires INTEGER NOT NULL           -- seconds since 1970
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
    id BLOB PRIMARY KEY,               -- keyed hash of a visitor's event id
    expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decided (
    id BLOB PRIMARY KEY,               -- keyed hash of a decision's id
    visitor BLOB NOT NULL,             -- keyed hash; empty when the decision left no visitor
    outcome BLOB NOT NULL,             -- what the browser was told, for a repeat
    expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS decided_visitor ON decided (visitor) WHERE visitor != x'';
CREATE TABLE IF NOT EXISTS bundles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,              -- the table in ClickHouse
    month TEXT NOT NULL,               -- its partition, so that a batch is inserted as a whole or not at all
    appended INTEGER NOT NULL,         -- seconds since 1970
    rows_before INTEGER NOT NULL,      -- running totals: two ends of the table tell the depth of the queue
    bytes_before INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    owners BLOB NOT NULL               -- of each row: the visitor (keyed hash, 16 bytes) and the generation (4 bytes)
);
CREATE INDEX IF NOT EXISTS bundles_consents ON bundles (number) WHERE target = 'consents';
CREATE TABLE IF NOT EXISTS contents (
    number INTEGER PRIMARY KEY,        -- the bundle's; apart from it, so that looking for owners reads little
    lines BLOB NOT NULL                -- each row as a JSON object and a newline
);
CREATE TABLE IF NOT EXISTS batches (
    id TEXT PRIMARY KEY,               -- taken by the writer: every bundle of the partition from first to last
    target TEXT NOT NULL,
    month TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS poison (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    month TEXT NOT NULL,
    owner BLOB NOT NULL,               -- as a bundle's
    reason TEXT NOT NULL,              -- ClickHouse's name of the error
    since INTEGER NOT NULL,            -- seconds since 1970
    line BLOB NOT NULL                 -- the row as it was to be inserted
);
CREATE TABLE IF NOT EXISTS erasures (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    receipt TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL,
    visitor TEXT,                      -- the id itself until its rows are gone, then NULL
    visitor_hash BLOB NOT NULL,        -- keyed
    generation INTEGER NOT NULL,       -- the last one that is touched
    purposes TEXT NOT NULL,            -- JSON list of the purposes withdrawn; empty list: all
    revision INTEGER NOT NULL,
    requested TEXT NOT NULL,
    hidden TEXT,
    erased TEXT
);
CREATE INDEX IF NOT EXISTS erasures_visitor ON erasures (visitor_hash);
CREATE INDEX IF NOT EXISTS erasures_open ON erasures (number) WHERE erased IS NULL;
CREATE TABLE IF NOT EXISTS placed (
    id BLOB NOT NULL,                  -- keyed hash of a site's order number
    visitor BLOB NOT NULL,             -- keyed hash
    content BLOB NOT NULL,             -- how the visitor's session told the order
    expires INTEGER NOT NULL,
    PRIMARY KEY (id, visitor)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS placed_visitor ON placed (visitor);
CREATE TABLE IF NOT EXISTS confirmed (
    id BLOB PRIMARY KEY,               -- keyed hash of an order or a refund that a shop's server told
    expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL,                  -- keyed hash of a site's order number
    content BLOB NOT NULL,             -- what the server told, until a session tells the number
    expires INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS waiting_order ON waiting (id);
CREATE TABLE IF NOT EXISTS counts (
    site TEXT NOT NULL,
    day TEXT NOT NULL,                 -- in the site's time zone
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (site, day, kind, detail)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS looks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    site TEXT NOT NULL,
    account TEXT NOT NULL,             -- of the dashboards: who looked
    looked TEXT NOT NULL,              -- listed or opened
    reason TEXT NOT NULL,
    visitor BLOB NOT NULL              -- keyed hash; empty once the visitor has withdrawn everything
);
CREATE INDEX IF NOT EXISTS looks_visitor ON looks (visitor);
"""


class LedgerError(Exception):
    """The ledger could not be opened, written or cleaned. Nothing was done."""


class Ledger:
    """One write connection with group commit, and read connections, one for each thread."""

    def __init__(self, path: Path, *, is_joined: bool = False) -> None:
        """Open or create the file; join it when a process that has checked it has it open. Raises LedgerError."""
        self.path = path
        self.created = not path.exists()
        self._works: queue.SimpleQueue[tuple[Work[Any], Future[Any], bool] | None] = queue.SimpleQueue()
        self._readers = threading.local()
        self._open_readers: list[sqlite3.Connection] = []
        if damage := "" if is_joined else find_damage(path):
            raise LedgerError(f"{path.name}: {damage}")
        path.touch(mode=0o600)
        try:
            self._writer = self._open()
            self._writer.executescript(SCHEMA)
            if self.created:
                self._writer.execute(f"PRAGMA user_version = {OVERWRITES}")
        except sqlite3.Error as error:
            raise LedgerError(f"{path.name}: {_name_of(error)}") from error
        self._thread = threading.Thread(target=self._commit_groups, name="ledger", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> Future[T]:
        """Run `work` inside the next commit; the future is done once that is on disk.

        An exception of `work` undoes this work only, and is the future's.
        """
        done: Future[T] = Future()
        self._works.put((work, done, True))
        return done

    def write(self, work: Work[T]) -> T:
        """Submit and wait."""
        return self.submit(work).result()

    def read(self, work: Work[T]) -> T:
        """Run a read on this thread's own connection. Raises LedgerError when the file cannot be read."""
        try:
            return work(self._reader())
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path.name} cannot be read: {_name_of(error)}") from error

    def compact(self) -> None:
        """Leave no byte of a deleted row in the file or beside it. Raises LedgerError."""
        done: Future[None] = Future()
        self._works.put((_compact, done, False))
        done.result()

    def close(self) -> None:
        """Finish what was submitted, then close."""
        self._works.put(None)
        self._thread.join()
        for connection in [*self._open_readers, self._writer]:
            connection.close()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._readers.connection = self._open()
            self._open_readers.append(connection)
        return connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # another table may take the page
        connection.execute("PRAGMA temp_store = MEMORY")  # a copy would be left among the temporary files
        return connection

    def _commit_groups(self) -> None:
        earliest = 0.0
        while (first := self._works.get()) is not None:
            time.sleep(max(0.0, earliest - time.monotonic()))
            earliest = time.monotonic() + GATHER_SECONDS
            group = [first]
            stop = False
            while first[2] and len(group) < GROUP_LIMIT and not self._works.empty():
                item = self._works.get()
                if item is None:
                    stop = True
                    break
                group.append(item)
                if not item[2]:
                    break
            self._commit([(work, done) for work, done, inside in group if inside])
            for work, done, inside in group:
                if not inside:
                    _settle(self._writer, work, done)
            if stop:
                return

    def _commit(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        group = [(work, done) for work, done in group if done.set_running_or_notify_cancel()]
        if not group:
            return
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            outcomes = [(done, *_attempt(self._writer, work)) for work, done in group]
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            _roll_back(self._writer)
            log.error("commit failed: %s", _name_of(error))  # noqa: TRY400 -- a traceback may quote values
            for _, done in group:
                done.set_exception(LedgerError(f"commit failed: {_name_of(error)}"))
            return
        for done, value, failure in outcomes:
            if failure is None:
                done.set_result(value)
            else:
                done.set_exception(failure)


def _roll_back(connection: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back already
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _attempt(connection: sqlite3.Connection, work: Work[Any]) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT work")
    try:
        value = work(connection)
    except sqlite3.Error:
        raise  # the whole commit fails: the file may not take the others either
    except Exception as error:  # noqa: BLE001 -- raised again where the future is awaited
        connection.execute("ROLLBACK TO work")
        connection.execute("RELEASE work")
        return None, error
    connection.execute("RELEASE work")
    return value, None


def _settle(connection: sqlite3.Connection, work: Work[Any], done: Future[Any]) -> None:
    try:
        done.set_result(work(connection))
    except (sqlite3.Error, LedgerError) as error:
        done.set_exception(LedgerError(f"clean-up failed: {_name_of(error)}"))


def _compact(connection: sqlite3.Connection) -> None:
    if not compact(connection):
        raise LedgerError("a reader holds the log")


def _name_of(error: Exception) -> str:
    """SQLite's name of an error, such as SQLITE_FULL, or its class; never its text, which may quote values."""
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
