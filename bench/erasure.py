"""Erasing visitors among many events while new ones come in, beside a plain deletion in a table of whole months."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from bench.scratch import SITE, Lab, roll_up
from bench.tables import Cell, Table
from suostumus.server.clock import utc_now
from suostumus.server.erasures import Erasure, Withdrawal, begin_erasure, find_by_receipt
from suostumus.server.installation import Installation
from suostumus.server.standings import EVERY_GENERATION
from suostumus.server.store import Connection

DAYS = 180
CHUNK = 50_000  # events made by one statement: a few days of them at most
EVENTS_OF_VISITOR = 9
AMOUNTS = (1, 1000)  # visitors erased at once
REST_SECONDS = 900  # of waiting for merges, at most
QUIET_SECONDS = 5.0
INGEST_ROWS = 500
INGEST_SECONDS = 0.5
PLAIN_DELETE = "ALTER TABLE plain_events DELETE WHERE visitor IN (SELECT visitor FROM gone)"
SCANS = {
    "visitors": "SELECT count(), uniq(visitor) FROM {table:Identifier} WHERE site = 'bench'",
    "by day": "SELECT toDate(time) AS day, uniq(visitor) FROM {table:Identifier} WHERE site = 'bench' GROUP BY day",
    "by page": "SELECT path, uniq(visitor) FROM {table:Identifier} WHERE site = 'bench' GROUP BY path",
    "sessions, 30 days": "SELECT count() FROM (SELECT min(time), argMin(country, time) FROM {table:Identifier}"
    " WHERE site = 'bench' AND time > now() - INTERVAL 30 DAY GROUP BY visitor, session)",
}


@dataclass(frozen=True)
class _Cost:
    hidden: float  # seconds
    gone: float  # seconds, with the replaced files unlinked
    cpu: float  # seconds, those of the ingestion meanwhile included
    bytes_written: int


def measure(lab: Lab) -> list[Table]:
    """Make events as time brings them, scan, and erase."""
    events = lab.sizes.erasure_events
    with lab.installation("erasure") as installation:
        connection = installation.parts.store.connect()
        _make(connection, events)
        roll_up(installation)
        _rest(connection)
        scans = [_scanned(connection, name, sql, lab.sizes.looks) for name, sql in SCANS.items()]
        rows: list[tuple[Cell, ...]] = []
        for amount in AMOUNTS:
            visitors = _visitors(connection, amount)
            with _ingestion(installation):
                plain = _plainly(installation, connection, visitors)
                ours = _properly(installation, visitors)
            rows += [
                _row(f"plain DELETE, {amount} visitors", plain, plain),
                _row(f"erasure, {amount} visitors", ours, plain),
            ]
        connection.close()
    columns = ("way", "hidden, s", "bytes gone, s", "CPU, s", "MiB rewritten", "x plain")
    return [
        Table(f"Scans of {events:,} events (CPU seconds)", ("scan", "whole months", "small parts", "x"), scans),
        Table(f"Erasing among {events:,} events, ingestion going on", columns, rows),
    ]


def _make(connection: Connection, events: int) -> None:
    """The same rows in both tables, in the order of their time; `plain_events` merged to one part a month."""
    sql = Path(__file__).with_name("make_events.sql").read_text("utf-8")
    connection.command("CREATE TABLE gone (visitor UUID) ENGINE = MergeTree ORDER BY visitor")
    connection.command("CREATE TABLE plain_events AS events")
    for setting in ("max_bytes_to_merge_at_max_space_in_pool", "merge_selector_base"):
        connection.command(f"ALTER TABLE plain_events RESET SETTING {setting}")
    until, chunks = datetime.now(UTC) - timedelta(days=DAYS), max(1, events // CHUNK)
    for number in range(chunks):
        until += timedelta(days=DAYS) / chunks
        parameters = {
            "site": SITE,
            "rows": events // chunks,
            "first_session": number * CHUNK // 5,
            "first_visitor": 0,
            "visitors": events // EVENTS_OF_VISITOR,
            "days": max(1, DAYS // chunks),
            "until": until,
        }
        connection.command(sql, parameters)
    connection.command("INSERT INTO plain_events SELECT * FROM events")
    connection.command("OPTIMIZE TABLE plain_events FINAL")
    _rest(connection)


def _rest(connection: Connection) -> None:
    """Wait until nothing is merged any more. Raises RuntimeError when that takes too long."""
    quiet_since = began = time.monotonic()
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        time.sleep(0.2)
        if time.monotonic() - began > REST_SECONDS:
            raise RuntimeError(f"merges went on for {REST_SECONDS} seconds")
        if connection.value("SELECT count() FROM system.merges"):
            quiet_since = time.monotonic()


def _scanned(connection: Connection, name: str, sql: str, looks: int) -> tuple[Cell, ...]:
    plain, ours = (
        statistics.median(_cpu(lambda table=table: connection.rows(sql, {"table": table})) for _ in range(looks))  # type: ignore[misc]
        for table in ("plain_events", "events")
    )
    return name, plain, ours, ours / plain


def _visitors(connection: Connection, amount: int) -> list[str]:
    """Visitors who came twice, as most of those who come again."""
    rows = connection.rows(
        "SELECT visitor FROM events GROUP BY visitor HAVING uniq(session) = 2"
        " ORDER BY cityHash64(visitor) LIMIT {n:UInt32}",
        {"n": amount},
    )
    return [str(row["visitor"]) for row in rows]


@contextmanager
def _ingestion(installation: Installation) -> Iterator[None]:
    """New events all the while, into both tables."""
    stop = threading.Event()
    connection = installation.parts.store.connect()

    def work() -> None:
        while not stop.wait(INGEST_SECONDS):
            for table in ("events", "plain_events"):
                connection.command(
                    "INSERT INTO {table:Identifier} (site, visitor, event, time, batch)"
                    " SELECT 'bench', generateUUIDv4(), generateUUIDv4(), now64(3), generateUUIDv4()"
                    " FROM numbers({rows:UInt32})",
                    {"table": table, "rows": INGEST_ROWS},
                )

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        connection.close()


def _plainly(installation: Installation, connection: Connection, visitors: Sequence[str]) -> _Cost:
    connection.command("TRUNCATE TABLE gone")
    connection.insert_lines("gone", [f'{{"visitor":"{visitor}"}}'.encode() for visitor in visitors])

    def work() -> float:
        connection.command(PLAIN_DELETE, settings={"mutations_sync": 1})
        installation.parts.eraser._await_old_parts(["plain_events"])  # noqa: SLF001 -- as an erasure waits
        return 0.0

    return _cost(connection, ["plain_events"], work)


def _properly(installation: Installation, visitors: Sequence[str]) -> _Cost:
    parts = installation.parts
    connection = parts.store.connect()

    def work() -> float:
        began = time.perf_counter()
        receipts = parts.ledger.write(
            lambda ledger: [
                begin_erasure(ledger, _withdrawal(installation, one), utc_now()).receipt for one in visitors
            ]
        )
        listed = [parts.ledger.read(lambda ledger, one=one: find_by_receipt(ledger, one)) for one in receipts]  # type: ignore[misc]
        for hiding in [parts.eraser.hide_soon(erasure) for erasure in listed if isinstance(erasure, Erasure)]:
            hiding.result()
        hidden = time.perf_counter() - began
        parts.eraser.erase()
        return hidden

    try:
        return _cost(connection, ["events", "rolled_sessions"], work)
    finally:
        connection.close()


def _withdrawal(installation: Installation, visitor: str) -> Withdrawal:
    visitor_hash = installation.parts.state.hash_visitor(visitor)
    return Withdrawal(SITE, visitor, visitor_hash, str(uuid4()), (), EVERY_GENERATION)


def _cost(connection: Connection, tables: Sequence[str], work: Callable[[], float]) -> _Cost:
    """Run it, and find what it wrote: files of mutated parts that were not there before."""
    before = {inode for inode, _ in _files(connection, tables)}
    began, cpu = time.perf_counter(), time.process_time()
    hidden = work()
    gone, cpu = time.perf_counter() - began, time.process_time() - cpu
    written = sum(size for inode, size in _files(connection, tables, mutated=True) if inode not in before)
    return _Cost(hidden, gone, cpu, written)


def _files(connection: Connection, tables: Sequence[str], *, mutated: bool = False) -> list[tuple[int, int]]:
    """Inode and bytes of each file of the tables' parts, or of those that a mutation wrote."""
    found = []
    for row in connection.rows(
        "SELECT path FROM system.parts"
        " WHERE table IN {tables:Array(String)} AND active AND database = currentDatabase()"
        " AND (data_version > max_block_number OR NOT {mutated:Bool})",
        {"tables": list(tables), "mutated": mutated},
    ):
        for path in Path(row["path"]).iterdir():
            status = path.stat()
            found.append((status.st_ino, status.st_size))
    return found


def _row(name: str, cost: _Cost, plain: _Cost) -> tuple[Cell, ...]:
    share = cost.bytes_written / max(1, plain.bytes_written)
    return name, cost.hidden, cost.gone, cost.cpu, cost.bytes_written / 2**20, share


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
