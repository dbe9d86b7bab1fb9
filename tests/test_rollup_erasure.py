"""What was rolled up goes with the events it came from: those of who has withdrawn, and those that are too old."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from conftest import MovingClock
from house import House, Visitor
from traces import left, traces_of

from suostumus.dashboards.rollup import read_trusted_days, sound
from suostumus.server.store import StoreError, Value


@pytest.fixture
def rolled_house(house: House, clock: MovingClock) -> Callable[[Visitor], House]:
    """Three days after some visitors came, with those days rolled up."""

    def wait(*_: Visitor) -> House:
        house.installation.parts.writer.flush()
        clock.now = datetime.now(UTC) + timedelta(days=4)
        house.installation.parts.rollup.run()
        return house

    return wait


@pytest.mark.files
def test_of_a_withdrawn_visitor_no_rolled_byte_is_left_and_the_others_stay(
    house: House, clock: MovingClock, rolled_house: Callable[..., House]
) -> None:
    clock.now = datetime.now(UTC)
    house.uncompress()
    marked, neighbour = Visitor(house, address="192.0.2.123"), Visitor(house, address="192.0.2.124")
    for visitor, path in ((marked, "/marked-page"), (neighbour, "/neighbour")):
        visitor.decide("accept")
        assert visitor.results(visitor.event(path=path)) == ["stored"]
    rolled_house()
    traces = [trace for trace in traces_of(marked) if trace != b"marked-click"]
    assert {row["entry_page"] for row in house.raw("SELECT * FROM rolled_sessions")} == {"/marked-page", "/neighbour"}
    assert marked.decide("withdraw").status_code == 200
    assert {row["entry_page"] for row in house.shown("SELECT * FROM rolled_sessions WHERE <shown>")} == {"/neighbour"}
    house.erase()
    assert left(house, traces) == {}
    assert [row["entry_page"] for row in house.raw("SELECT * FROM rolled_sessions")] == ["/neighbour"]
    assert house.installation.verify().is_clean
    rolls = house.raw("SELECT roll FROM rolled_sessions")
    house.installation.parts.rollup.run()
    assert house.raw("SELECT roll FROM rolled_sessions") == rolls  # what is left is right still


def test_an_erasure_half_done_and_as_many_late_events_make_no_right_day(
    house: House, clock: MovingClock, rolled_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = datetime.now(UTC)
    gone, neighbour = Visitor(house), Visitor(house)
    for visitor in (gone, neighbour):
        visitor.decide("accept")
        visitor.results(visitor.event())
    day = clock.now.date()
    rolled_house()
    parts = house.installation.parts
    real = parts.eraser._alter
    done: list[str] = []

    def alter(name: str, numbers: dict[str, Value]) -> None:
        if done:
            raise StoreError("gone")
        done.append(name)
        real(name, numbers)

    def believed() -> set[date]:
        return sound(read_trusted_days(parts.reader, "shop", day - timedelta(days=1), day + timedelta(days=3)))

    assert gone.decide("withdraw").status_code == 200
    assert believed() == {day}  # who is hidden is hidden in the sessions too
    with monkeypatch.context() as broken:
        broken.setattr(parts.eraser, "_alter", alter)
        with pytest.raises(StoreError):
            house.erase()
    assert believed() == {day}  # half erased, and hidden on both sides
    row = f"toDateTime64('{day} 12:00:00', 3, 'UTC') AS time, generateUUIDv4() AS event"
    house.raw(f"INSERT INTO events SELECT * REPLACE ({row}) FROM events WHERE visitor = '{neighbour.id}'")
    assert believed() == set()
    house.erase()
    assert believed() == set()


def test_an_erasure_waits_while_nobody_knows_whether_a_roll_goes_on(
    house: House, clock: MovingClock, rolled_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = datetime.now(UTC)
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    house.installation.parts.writer.flush()
    clock.now += timedelta(days=4)
    connection = house.installation.parts.rollup._connected()

    def silent(*_: object, **__: object) -> None:
        raise StoreError("no answer")

    monkeypatch.setattr(connection, "command", silent)
    monkeypatch.setattr(connection, "end_query", silent)
    with suppress(StoreError):
        house.installation.parts.rollup.run()
    visitor.decide("withdraw")
    with pytest.raises(StoreError):
        house.erase()
    assert house.rows("events")
    monkeypatch.undo()
    house.erase()
    assert not house.rows("events")


def test_rolled_sessions_are_kept_no_longer_than_events(
    house: House, clock: MovingClock, rolled_house: Callable[..., House]
) -> None:
    clock.now = datetime.now(UTC)
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    rolled_house()
    assert house.raw("SELECT * FROM rolled_sessions")
    clock.move(days=26 * 31)
    house.installation.parts.keeper.delete_old_events()
    assert not house.raw("SELECT * FROM rolled_sessions")
