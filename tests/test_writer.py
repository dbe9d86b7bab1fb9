"""From the spool to ClickHouse exactly once, whatever happens on the way."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from conftest import MovingClock
from databases import DATABASES
from faulty_proxy import Fault, FaultyProxy
from house import House, Visitor
from writing import flush_at_last, stored, visit

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


@pytest.fixture
def plain(open_house: OpenHouse) -> House:
    """An installation with nothing between it and ClickHouse."""
    return open_house()


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
