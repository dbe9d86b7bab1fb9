"""/health and /metrics: what is wrong, in words, and nothing about a person."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import MovingClock
from house import CHROME, House, Visitor
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from suostumus.server.accounts import Accounts
from suostumus.server.app import internal_app
from suostumus.server.store import Store, StoreError
from suostumus.server.watch import Watch

OpenHouse = Callable[..., House]
DASHBOARDS = "http://127.0.0.1:8001"


@contextmanager
def inside(house: House) -> Iterator[TestClient]:
    """A browser on the internal listener."""
    app = internal_app(house.installation, Accounts(house.data))
    client = TestClient(app, base_url=DASHBOARDS, client=("127.0.0.1", 50000))
    try:
        yield client
    finally:
        client.close()


def troubles(house: House) -> set[str]:
    """What the internal /health finds wrong after a look."""
    watch: Watch = house.installation.parts.watch
    watch.look()
    with inside(house) as client:
        return {reason["trouble"] for reason in client.get("/health").json()["reasons"]}


def sample(house: House, name: str, **labels: str) -> float:
    """One figure of /metrics, counters included what memory still holds."""
    house.installation.parts.tally.flush()
    house.installation.parts.watch.look()
    with inside(house) as client:
        text = client.get("/metrics").text
    found = [
        one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == name and labels.items() <= one.labels.items()
    ]
    return sum(found)


def test_public_health_tells_nothing_but_live_and_ready(house: House) -> None:
    house.installation.parts.watch.look()
    answer = house.door.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"live": True, "ready": True}


def test_nothing_is_wrong_with_a_new_installation(house: House, clock: MovingClock) -> None:
    clock.now = datetime.now(UTC)  # the city database was built today
    assert troubles(house) == set()


def test_metrics_are_not_on_the_public_listener(house: House) -> None:
    assert house.door.get("/metrics").status_code == 404


def test_rows_that_wait_too_long_are_named(house: House, clock: MovingClock) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    clock.move(minutes=6)
    assert "spool_late" in troubles(house)
    assert sample(house, "suostumus_spool_rows") == 2
    assert sample(house, "suostumus_spool_oldest_seconds") == 360
    house.installation.parts.writer.flush()
    assert "spool_late" not in troubles(house)
    assert sample(house, "suostumus_insert_seconds_count") >= 2


def test_nearly_full_disk_refuses_events_and_lets_withdrawals_go_on(open_house: OpenHouse) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    house.close()
    visitor.house = house = open_house(limits={"free_bytes": 2**60, "requests_per_minute": 1000})
    assert "disk_full" in troubles(house)
    assert house.door.get("/health").json() == {"live": True, "ready": False}
    assert house.door.get("/health").status_code == 503
    assert visitor.send(visitor.event()).status_code == 503
    assert visitor.decide("withdraw").status_code in {200, 202}
    house.erase()
    assert house.rows("events") == []


def test_full_spool_is_named_and_refuses(open_house: OpenHouse) -> None:
    house = open_house(limits={"spool_rows": 1000, "requests_per_minute": 1000})
    visitor = Visitor(house)
    visitor.decide("accept")
    for _ in range(19):
        visitor.send(*(visitor.event() for _ in range(50)))
    visitor.send(*(visitor.event() for _ in range(49)))
    assert "spool_full" in troubles(house)
    assert visitor.send(visitor.event()).status_code == 503
    house.installation.parts.writer.flush()
    assert "spool_full" not in troubles(house)
    assert visitor.results(visitor.event()) == ["stored"]


def test_silent_clickhouse_is_named_and_events_are_still_taken_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")

    def refuse(_: Store) -> None:
        raise StoreError("cannot open ClickHouse: NETWORK_ERROR")

    monkeypatch.setattr(Store, "connect", refuse)
    assert "clickhouse_silent" in troubles(house)
    assert house.door.get("/health").json()["ready"] is True
    assert visitor.results(visitor.event()) == ["stored"]


def test_withdrawal_that_is_not_verified_in_time_is_named(
    house: House, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.decide("withdraw")
    clock.move(minutes=16)
    assert "erasure_overdue" in troubles(house)
    assert sample(house, "suostumus_erasures_waiting") == 1
    assert sample(house, "suostumus_erasure_oldest_seconds") == 960
    house.erase()
    assert "erasure_overdue" not in troubles(house)


def test_clock_set_back_is_named_also_after_a_restart(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    assert "clock_behind" not in troubles(house)
    clock.move(days=2)
    assert "clock_behind" not in troubles(house)
    house.close()
    clock.move(days=-1)
    house = open_house()
    assert "clock_behind" in troubles(house)
    assert sample(house, "suostumus_clock_behind_seconds") == timedelta(days=1).total_seconds()


def test_missing_city_database_is_named_and_stops_nothing(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house(geo_file=str(tmp_path / "nowhere.mmdb"))
    assert "geo_file_missing" in troubles(house)
    assert house.door.get("/health").json()["ready"] is True


def test_metrics_count_by_outcome_and_reason_without_personal_data(house: House) -> None:
    visitor = Visitor(house, address="192.0.2.77")
    stranger = Visitor(house, address="192.0.2.78")
    visitor.decide("accept")
    visitor.results(visitor.event(path="/marked-page"), visitor.event(), visitor.event(name="nonsense"))
    stranger.results(stranger.event())
    house.door.post("/api/events", content=b"[", headers=visitor.send_headers())
    assert sample(house, "suostumus_events_total", site="shop", outcome="stored") == 2
    assert sample(house, "suostumus_events_total", reason="invalid") == 1
    assert sample(house, "suostumus_events_total", reason="no_token") == 1
    assert sample(house, "suostumus_decisions_total", site="shop", decision="accepted") == 1
    assert sample(house, "suostumus_rejected_requests_total", reason="bad_request") == 1
    with inside(house) as client:
        text = client.get("/metrics").text + client.get("/health").text
    token = house.installation.parts.gate.authenticate(visitor.token, house.notice().site)
    for trace in (visitor.address, stranger.address, token.visitor, visitor.session, "marked-page", CHROME):
        assert trace not in text
