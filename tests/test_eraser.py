"""Withdrawn means gone: hidden at once, then no byte of it in any file, whatever happens in between."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

import pytest
from house import House, Visitor
from traces import left, traces_of
from waiting import wait_for

from suostumus.server.events import COLUMN_PURPOSES, columns_of
from suostumus.server.store import StoreError, query

GONE_SECONDS = 15

pytestmark = pytest.mark.files


@pytest.fixture
def marked(house: House) -> Visitor:
    """A consented visitor whose address, page and click id nobody else has."""
    house.uncompress()
    visitor = Visitor(house, address="192.0.2.123")
    visitor.decide("accept")
    visitor.results(visitor.event(path="/marked-page?gclid=marked-click"))
    return visitor


def test_withdrawn_visitor_leaves_no_byte(house: House, marked: Visitor) -> None:
    neighbour = Visitor(house, address="192.0.2.124")
    neighbour.decide("accept")
    neighbour.results(neighbour.event(path="/neighbour"), neighbour.event(path="/neighbour"))
    house.installation.parts.writer.flush()
    traces = traces_of(marked)
    assert left(house, traces).keys() == set(traces)
    started = time.monotonic()
    assert marked.decide("withdraw").status_code == 200
    house.erase()
    assert left(house, traces) == {}
    assert time.monotonic() - started < GONE_SECONDS
    assert [row["path"] for row in house.rows("events")] == ["/neighbour", "/neighbour"]
    assert {str(row["visitor"]) == "00000000-0000-0000-0000-000000000000" for row in house.rows("consents")} == {
        True,
        False,
    }
    for log in house.raw("SELECT name FROM system.tables WHERE database = 'system' AND name LIKE '%mutations%'"):
        rows = str(house.raw(f"SELECT * FROM system.{log['name']}"))
        assert not [trace for trace in traces if trace.decode("latin-1") in rows]


def test_events_still_queued_at_the_withdrawal_leave_no_byte(house: House, marked: Visitor) -> None:
    traces = traces_of(marked)
    assert left(house, [b"marked-page"])
    marked.decide("withdraw")
    house.erase()
    assert left(house, traces) == {}
    assert house.rows("events") == []


def test_partial_withdrawal_leaves_no_byte_of_its_columns(house: House, marked: Visitor) -> None:
    house.installation.parts.writer.flush()
    assert left(house, [b"marked-click"])
    marked.decide("save", ["statistics", "personalisation", "profiling"])
    house.erase()
    assert left(house, [b"marked-click"]) == {}
    assert [row["path"] for row in house.rows("events")] == ["/marked-page"]
    assert left(house, [b"marked-page"])


def test_receipt_completes_and_names_nobody(house: House, marked: Visitor) -> None:
    visitor_id = marked.id
    status = marked.decide("withdraw").json()["status"]
    before = house.door.get(status).text
    assert "ei vielä" in before
    house.erase()
    after = house.door.get(status).text
    assert "ei vielä" not in after
    assert visitor_id not in after
    (row,) = house.raw("SELECT * FROM erasures FINAL")
    assert row["hidden"] is not None
    assert row["erased"] is not None


def test_withdrawal_is_hidden_before_the_answer_and_erased_behind_it(house: House, marked: Visitor) -> None:
    house.installation.parts.writer.flush()
    shown = "SELECT count() AS shown FROM events WHERE <shown>"
    reader = house.installation.parts.reader
    assert reader.rows(shown, {})[0]["shown"] == 1
    started = time.monotonic()
    marked.decide("withdraw")
    assert reader.rows(shown, {})[0]["shown"] == 0
    assert time.monotonic() - started < 1
    assert house.raw("SELECT count() AS stored FROM events")[0]["stored"] == 1


def test_withdrawal_that_cannot_be_confirmed_is_answered_202(
    house: House, marked: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _no_clickhouse(house, monkeypatch):
        answer = marked.decide("withdraw")
        assert answer.status_code == 202
        with pytest.raises(StoreError):
            house.installation.parts.eraser.erase()
    house.erase()
    assert house.rows("events") == []
    assert house.installation.verify().is_clean


STEPS = ["_insert", "_delete", "_count", "_on_each", "_alter", "_await_old_parts", "_mirror"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_erasure_goes_on_after_a_crash_at_any_step(
    open_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    house = open_house()
    house.uncompress()
    visitor, neighbour = Visitor(house, address="192.0.2.123"), Visitor(house)
    for browser in (visitor, neighbour):
        browser.decide("accept")
        browser.results(browser.event(path="/marked-page?gclid=marked-click" if browser is visitor else "/"))
    house.installation.parts.writer.flush()
    traces = traces_of(visitor)
    with monkeypatch.context() as planted:
        _crash_at(planted, house, step, after=after)
        visitor.decide("withdraw")
        with suppress(StoreError):  # hiding may have crashed already, behind the answer
            house.installation.parts.eraser.erase()
    house.close()
    house = open_house()
    house.erase()
    assert left(house, traces) == {}
    assert len(house.rows("events")) == 1
    assert house.raw("SELECT count() AS n FROM pending")[0]["n"] == 0


def test_dashboards_answer_nothing_until_the_filter_is_loaded(
    open_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    house.installation.parts.writer.flush()
    with _no_clickhouse(house, monkeypatch):
        visitor.decide("withdraw")
    house.installation.parts.reader.close()
    with pytest.raises(StoreError, match="not loaded"):
        house.installation.parts.reader.rows("SELECT 1 AS one", {})
    house.installation.load_filter()
    assert house.installation.parts.reader.rows("SELECT count() AS n FROM events WHERE <shown>", {})[0]["n"] == 0


@pytest.mark.parametrize("purpose", sorted({purpose.value for purpose in COLUMN_PURPOSES.values()}))
def test_every_column_of_a_purpose_is_emptied_and_counted(purpose: str) -> None:
    for column in columns_of(purpose):
        assert f"{column} = ''" in query(f"empty_{purpose}_of_pending")
        assert f"{column} != ''" in query(f"count_{purpose}_of_pending")
        assert f"{column} != ''" in query("verify_purposes")


def _crash_at(planted: pytest.MonkeyPatch, house: House, step: str, *, after: bool) -> None:
    eraser = house.installation.parts.eraser
    part = eraser._filter if step == "_insert" else eraser
    real = getattr(part, step)

    def crashing(*arguments: object, **named: object) -> object:
        if after:
            real(*arguments, **named)
        raise StoreError("crash")

    planted.setattr(part, step, crashing)


@contextmanager
def _no_clickhouse(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While this lasts, ClickHouse takes no insert."""

    def fail(*_: object) -> None:
        raise StoreError("down")

    with monkeypatch.context() as down:
        down.setattr("suostumus.server.store.Connection.insert_lines", fail)
        yield


def test_many_withdrawals_are_erased_in_rounds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that names them all could be longer than ClickHouse, or what is before it, reads."""
    monkeypatch.setattr("suostumus.server.eraser.ERASED_AT_ONCE", 2)
    visitors = [Visitor(house) for _ in range(3)]
    for visitor in visitors:
        visitor.decide("accept")
        visitor.results(visitor.event())
    parts = house.installation.parts
    parts.writer.flush()
    for visitor in visitors:
        visitor.decide("withdraw")
    assert (parts.eraser.erase(), parts.eraser.erase(), parts.eraser.erase()) == (2, 1, 0)
    assert house.rows("events") == []


def test_a_withdrawal_of_which_nobody_told_is_erased(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a collector is killed between recording it and having it hidden."""
    monkeypatch.setattr("suostumus.server.eraser.RECHECK_SECONDS", 0.2)
    visitor = Visitor.consented(house)
    eraser = house.installation.parts.eraser
    eraser.start()
    monkeypatch.setattr(type(eraser), "hide_soon", lambda *_: Future())
    assert visitor.decide("withdraw").status_code == 202
    wait_for(lambda: not house.raw("SELECT 1 FROM events LIMIT 1"), GONE_SECONDS)
    eraser.stop()
    assert house.rows("events") == []
