"""From the spool to ClickHouse exactly once, whatever happens on the way."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from conftest import MovingClock
from databases import DATABASES
from faulty_proxy import Fault, FaultyProxy
from house import SETTINGS, House, Visitor

from suostumus.server.bundles import QueuedRow, append_rows, owner_of
from suostumus.server.command import main
from suostumus.server.installation import Installation
from suostumus.server.store import SchemaError, Store, StoreError
from suostumus.server.writer import BatchSize

OpenHouse = Callable[..., House]

ENDLESS_SECONDS = 20.0
FAULTS = [fault for fault in Fault if fault not in {Fault.NONE, Fault.LATE}]


@pytest.fixture
def proxy() -> Iterator[FaultyProxy]:
    """A proxy before ClickHouse that breaks what the test plans."""
    proxy = FaultyProxy(DATABASES.port)
    yield proxy
    proxy.close()


@pytest.fixture
def house(open_house: OpenHouse, proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """An installation that reaches ClickHouse by way of the proxy, and waits two seconds for an answer."""
    monkeypatch.setattr("suostumus.server.writer.ANSWER_SECONDS", 2)
    return open_house(database=DATABASES.by_port(tmp_path / "data", proxy.port))


def stored(house: House) -> list[str]:
    """The ids of the stored events."""
    return sorted(str(row["event"]) for row in house.raw("SELECT event FROM events"))


def visit(house: House, count: int = 5) -> tuple[Visitor, list[str]]:
    """A visitor with acknowledged events, and their ids; the record of the consent is stored already."""
    visitor = Visitor(house)
    visitor.decide("accept")
    house.installation.parts.writer.flush()
    events = [visitor.event() for _ in range(count)]
    assert visitor.results(*events) == ["stored"] * count
    return visitor, sorted(event["id"] for event in events)


def flush_at_last(house: House, tries: int = 4) -> None:
    """Flush as the writer's thread does: again, until it is done."""
    for _ in range(tries):
        try:
            house.installation.parts.writer.flush()
        except StoreError:
            continue
        return
    raise AssertionError("rows wait")


@pytest.mark.http
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_rows_are_stored_once_whatever_breaks(house: House, proxy: FaultyProxy, fault: Fault) -> None:
    _, events = visit(house)
    proxy.plan.extend([fault, fault])
    with pytest.raises(StoreError):
        house.installation.parts.writer.flush()
    flush_at_last(house)
    assert proxy.met
    assert stored(house) == events
    assert house.installation.parts.spool.depth().rows == 0


@pytest.mark.http
def test_insert_that_the_network_delivers_late_is_ignored(house: House, proxy: FaultyProxy) -> None:
    _, events = visit(house)
    proxy.plan.append(Fault.LATE)
    with pytest.raises(StoreError):
        house.installation.parts.writer.flush()
    flush_at_last(house)
    assert stored(house) == events
    assert proxy.release() == [200]
    assert stored(house) == events


@pytest.mark.http
@pytest.mark.parametrize("late_first", [False, True])
def test_withdrawal_reaches_an_insert_that_is_delivered_late(
    house: House, proxy: FaultyProxy, *, late_first: bool
) -> None:
    """Until it is known which copy is stored, the erasure waits; afterwards neither can come any more."""
    visitor, _ = visit(house)
    proxy.plan.append(Fault.LATE)
    with pytest.raises(StoreError):
        house.installation.parts.writer.flush()
    kept = visit_of_neighbour(house)
    visitor.decide("withdraw")
    house.installation.parts.eraser.erase()
    if late_first:
        proxy.release()
    flush_at_last(house)
    proxy.release()
    house.erase()
    assert stored(house) == kept
    assert house.installation.verify().is_clean


def visit_of_neighbour(house: House) -> list[str]:
    """Somebody whose rows wait, and stay; their ids."""
    neighbour = Visitor(house)
    neighbour.decide("accept")
    event = neighbour.event()
    neighbour.results(event)
    return [event["id"]]


@pytest.mark.http
def test_restart_after_a_lost_answer_stores_once(
    house: House, proxy: FaultyProxy, open_house: OpenHouse, tmp_path: Path
) -> None:
    _, events = visit(house)
    proxy.plan.append(Fault.ANSWER_LOST)
    with pytest.raises(StoreError):
        house.installation.parts.writer.flush()
    house.close()
    again = open_house(database=DATABASES.by_port(tmp_path / "data", proxy.port))
    flush_at_last(again)
    assert stored(again) == events


@pytest.mark.http
def test_writing_goes_on_after_an_outage(house: House, proxy: FaultyProxy) -> None:
    _, events = visit(house)
    proxy.is_down = True
    for _ in range(3):
        with pytest.raises(StoreError):
            house.installation.parts.writer.flush()
    proxy.is_down = False
    flush_at_last(house)
    assert stored(house) == events


@pytest.mark.http
def test_two_writers_on_one_database_store_each_row_once(
    open_house: OpenHouse, proxy: FaultyProxy, tmp_path: Path
) -> None:
    url = DATABASES.by_port(tmp_path / "shared", proxy.port)
    houses = [open_house(folder=folder, database=url) for folder in ("one", "two")]
    events = sorted(event for house in houses for event in visit(house, 20)[1])
    proxy.plan.extend([Fault.ANSWER_LOST, Fault.LOST, Fault.ANSWER_CUT])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(flush_at_last, houses * 2))
    assert stored(houses[0]) == events


def test_batches_that_span_months_are_stored_once(open_house: OpenHouse, clock: MovingClock) -> None:
    clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    house = open_house()
    visitor, events = visit(house, 2)
    clock.move(seconds=2)
    later = [visitor.event() for _ in range(3)]
    assert visitor.results(*later) == ["stored"] * 3
    house.installation.parts.writer.flush()
    assert stored(house) == sorted([*events, *(event["id"] for event in later)])
    months = house.raw("SELECT uniqExact(batch) AS batches, uniqExact(toYYYYMM(time)) AS months FROM events")
    assert months == [{"batches": 2, "months": 2}]


# What ClickHouse refuses


def poison(house: House, visitor: Visitor, **wrong: object) -> None:
    """Queue a row of a visitor that ClickHouse refuses, which the public door would not let in."""
    known = msgspec.json.decode(house.installation.parts.spool.lines_of(visitor_id(house, visitor), "events")[0])
    row = known | {"event": str(uuid4())} | wrong
    owner = owner_of(house.installation.parts.state.hash_visitor(row["visitor"]), row["generation"])
    queued = QueuedRow(row["time"][:7], owner, msgspec.json.encode(row))

    def work(connection: sqlite3.Connection) -> None:
        append_rows(connection, "events", [queued], 0)

    house.installation.parts.ledger.write(work)


def visitor_id(house: House, visitor: Visitor) -> str:
    """The visitor's id, from the token."""
    return house.installation.parts.gate.authenticate(visitor.token, house.notice().site).visitor


@pytest.fixture
def plain(open_house: OpenHouse) -> House:
    """An installation with nothing between it and ClickHouse."""
    return open_house()


@pytest.mark.parametrize(
    "wrong",
    [{"event": "no id"}, {"value": "9" * 40}, {"time": "2026-11-40"}, {"unknown": 1}, {"items.price": ["1", "2"]}],
    ids=["id", "number", "time", "column", "sizes"],
)
def test_refused_row_is_kept_aside_and_the_others_are_stored(plain: House, wrong: dict[str, object]) -> None:
    visitor, events = visit(plain, 20)
    poison(plain, visitor, **wrong)
    plain.installation.parts.writer.flush()
    assert stored(plain) == events
    (kept,) = plain.installation.parts.spool.aside()
    assert (kept.target, kept.rows) == ("events", 1)
    assert plain.installation.parts.spool.depth().rows == 0
    condition = plain.installation.parts.watch.look()
    assert "rows_refused" in {reason.trouble for reason in condition.reasons}


def test_refused_row_of_a_withdrawn_visitor_goes(plain: House, caplog: pytest.LogCaptureFixture) -> None:
    visitor, _ = visit(plain, 2)
    identity = visitor_id(plain, visitor)
    poison(plain, visitor, value="much", title="secret-title")
    plain.installation.parts.writer.flush()
    assert b"secret-title" in plain.installation.parts.subject.copy(
        plain.installation.parts.gate.authenticate(visitor.token, plain.notice().site), plain.notice()
    )
    visitor.decide("withdraw")
    plain.erase()
    assert plain.installation.parts.spool.aside() == []
    assert not [path for path in plain.data.glob("ledger*") if b"secret-title" in path.read_bytes()]
    assert "secret-title" not in caplog.text
    assert identity not in caplog.text


def test_copy_and_count_hold_a_row_once_while_its_batch_is_not_confirmed(
    plain: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, events = visit(plain, 3)
    parts = plain.installation.parts
    token = parts.gate.authenticate(visitor.token, plain.notice().site)

    def copied() -> list[str]:
        return sorted(row["event"] for row in json.loads(parts.subject.copy(token, plain.notice()))["events"])

    with monkeypatch.context() as patched:
        patched.setattr(parts.spool, "confirm", lambda _: None)
        parts.writer.flush()
    assert stored(plain) == events
    assert parts.spool.depth().rows == len(events)
    assert copied() == events
    assert parts.subject.count(token) == len(events)
    parts.writer.flush()
    assert parts.spool.depth().rows == 0
    assert copied() == events
    assert parts.subject.count(token) == len(events)


def test_copy_is_in_the_order_of_time_wherever_its_rows_are(plain: House, clock: MovingClock) -> None:
    visitor, events = visit(plain, 2)
    clock.move(minutes=5)
    assert visitor.results(visitor.event()) == ["stored"]
    plain.installation.parts.writer.flush()
    late = visitor.event()
    late["time"] -= 60_000
    assert visitor.results(late) == ["stored"]
    token = plain.installation.parts.gate.authenticate(visitor.token, plain.notice().site)
    rows = json.loads(plain.installation.parts.subject.copy(token, plain.notice()))["events"]
    assert [row["event"] in events for row in rows] == [True, True, False, False]
    assert rows[2]["event"] == late["id"]


def test_kept_rows_can_be_sent_again_or_dropped(plain: House) -> None:
    visitor, events = visit(plain, 1)
    poison(plain, visitor, value="much")
    poison(plain, visitor, event="no id")
    spool = plain.installation.parts.spool
    plain.installation.parts.writer.flush()
    assert spool.retry_aside() == 2
    assert spool.aside() == []
    plain.installation.parts.writer.flush()
    assert sum(kept.rows for kept in spool.aside()) == 2
    assert spool.drop_aside() == 2
    assert (spool.aside(), stored(plain)) == ([], events)


def test_command_lists_sends_again_and_drops_without_naming_anybody(
    plain: House, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, events = visit(plain, 1)
    poison(plain, visitor, value="much")
    plain.installation.parts.writer.flush()
    url = plain.installation.parts.settings.database
    plain.close()
    configuration = tmp_path / "suostumus.toml"
    configuration.write_text(SETTINGS)
    monkeypatch.setenv("SUOSTUMUS_DATA_DIR", str(plain.data))
    monkeypatch.setenv("SUOSTUMUS_DATABASE", url)
    for arguments in ([], ["--retry"], ["--drop"], []):
        assert main(["--config", str(configuration), "poison", *arguments]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[:5] for line in listed] == [["1", "events", "of", "2026-11:", listed[0].split()[4]]] * 2
    assert not [name for name in (events[0], visitor_id(plain, visitor)) if name in "".join(listed)]


def test_table_that_lacks_a_column_keeps_rows_waiting(plain: House) -> None:
    _, events = visit(plain)
    connection = plain.installation.parts.store.connect()
    connection.command("ALTER TABLE events RENAME COLUMN url TO address")
    with pytest.raises(StoreError, match="lacks a column"):
        plain.installation.parts.writer.flush()
    assert plain.installation.parts.spool.aside() == []
    connection.command("ALTER TABLE events RENAME COLUMN address TO url")
    connection.close()
    flush_at_last(plain)
    assert stored(plain) == events


def test_database_of_a_newer_version_is_refused(plain: House) -> None:
    connection = plain.installation.parts.store.connect()
    connection.command("INSERT INTO migrations (name) SELECT '9999_not_known.sql'")
    connection.close()
    settings = plain.installation.parts.settings
    plain.close()
    with pytest.raises(SchemaError, match="newer"):
        Installation(settings)


def test_batches_grow_while_they_are_fast_and_shrink_when_they_are_not() -> None:
    size = BatchSize(rows=1000, least=500, most=2000)
    size.took(0.1, rows=10)
    assert size.rows == 1000
    size.took(0.1, rows=1000)
    size.took(0.1, rows=2000)
    assert size.rows == 2000
    size.took(5.0, rows=2000)
    assert size.rows == 1000
    for _ in range(5):
        size.failed()
    assert size.rows == 500


def test_unreachable_server_is_named_without_its_password(tmp_path: Path) -> None:
    secret = uuid4().hex
    with pytest.raises(StoreError) as failed:
        Store(f"http://default:{secret}@127.0.0.1:9/none", tmp_path).connect()
    assert secret not in str(failed.value)


def test_a_flush_ends_while_events_keep_coming(plain: House) -> None:
    """Else nothing that waits for it would ever be done, and each batch would be as small as the last."""
    visitor, _ = visit(plain)
    stop = threading.Event()

    def keep_coming() -> None:
        while not stop.is_set():
            visitor.results(visitor.event())

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(keep_coming)
        threading.Timer(ENDLESS_SECONDS, stop.set).start()
        while plain.installation.parts.spool.depth().rows < 20:
            assert not coming.done()
        written = plain.installation.parts.writer.flush()
        assert not stop.is_set()
        stop.set()
    coming.result()
    assert written >= 20
    plain.installation.parts.writer.flush()
    assert plain.installation.parts.spool.depth().rows == 0
