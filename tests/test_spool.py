"""The queue before ClickHouse: one partition a batch, limits that are told, and a state that every process knows."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import pytest
from conftest import MovingClock
from house import House, Visitor

from suostumus.server.ledger import Ledger
from suostumus.server.standings import Standing, write_standing
from suostumus.server.state import State

OpenHouse = Callable[..., House]


def consented(house: House) -> Visitor:
    visitor = Visitor(house)
    visitor.decide("accept")
    return visitor


def test_events_of_two_months_are_two_batches(house: House, clock: MovingClock) -> None:
    clock.now = clock.now.replace(month=10, day=31, hour=23)
    visitor = consented(house)
    house.installation.parts.writer.flush()
    clock.move(minutes=80)
    late, early = visitor.event(path="/november"), visitor.event(path="/october")
    early["time"] = late["time"] - 1_800_000
    assert visitor.results(early, late, sent=late["time"]) == ["stored", "stored"]
    spool = house.installation.parts.spool
    first, second = spool.take_batch(100, spool.newest()), spool.take_batch(100, spool.newest())
    assert first is not None
    assert second is not None
    assert [b"/october" in first.lines[0], b"/november" in second.lines[0]] == [True, True]
    assert (len(first.lines), len(second.lines), spool.take_batch(100, spool.newest())) == (1, 1, None)
    for batch in (first, second):
        spool.release(batch.id, lambda _: [])
    assert len(house.rows("events")) == 2


def test_queue_full_by_bytes_is_told_until_it_is_written(open_house: OpenHouse) -> None:
    house = open_house(limits={"spool_bytes": 1_048_576, "requests_per_minute": 1000})
    visitor = consented(house)
    answer = visitor.send(*[visitor.event(title="x" * 400) for _ in range(50)])
    while answer.status_code == 200:
        answer = visitor.send(*[visitor.event(title="x" * 400) for _ in range(50)])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    stored = house.installation.parts.spool.depth().rows - 1  # the consent
    assert len(house.rows("events")) == stored
    assert visitor.results(visitor.event()) == ["stored"]


def test_queue_whose_oldest_row_waits_too_long_takes_no_more(open_house: OpenHouse) -> None:
    house = open_house(limits={"spool_hours": 1, "requests_per_minute": 1000})
    visitor = consented(house)
    assert visitor.results(visitor.event()) == ["stored"]
    house.installation.parts.spool.room.timer = lambda: time.monotonic() + 7200
    assert visitor.send(visitor.event()).status_code == 503
    assert len(house.rows("events")) == 1
    assert visitor.results(visitor.event()) == ["stored"]


def test_requests_that_a_slow_disk_piles_up_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suostumus.server.appender.HANDED_OVER_REQUESTS", 3)
    visitors = [consented(house) for _ in range(8)]
    disk = threading.Event()
    stuck = house.installation.parts.ledger.submit(lambda _: disk.wait())
    with ThreadPoolExecutor(len(visitors)) as pool:
        sent = [pool.submit(visitor.send, visitor.event()) for visitor in visitors]
        first = next(as_completed(sent)).result()
        disk.set()
        answers = [one.result().status_code for one in sent]
    assert stuck.result()
    assert (first.status_code, first.headers["retry-after"]) == (503, "5")
    assert len(house.rows("events")) == answers.count(200)
    assert set(answers) == {200, 503}


@pytest.fixture
def ledgers(tmp_path: Path) -> list[Ledger]:
    """The same ledger, opened as by two processes."""
    return [Ledger(tmp_path / "ledger.sqlite") for _ in range(2)]


def test_withdrawal_in_one_process_is_known_to_another_at_once(ledgers: list[Ledger], clock: MovingClock) -> None:
    ours, theirs = (State(ledger) for ledger in ledgers)
    visitor = ours.hash_visitor("somebody")
    assert ours.standing(visitor) == theirs.standing(visitor) == Standing()
    ledgers[1].write(lambda connection: write_standing(connection, visitor, Standing(1, withdrawn=True), clock()))
    assert ours.standing(visitor).withdrawn
    assert theirs.standing(visitor).withdrawn


def test_hashes_of_a_visitors_events_tell_nobody_whose_they_are(ledgers: list[Ledger]) -> None:
    ours, theirs = (State(ledger) for ledger in ledgers)
    first, second = ours.hash_events("somebody", ["1", "2"])
    assert first != second
    assert first[:4] == second[:4]  # so that they lie together
    assert theirs.hash_events("somebody", ["2"]) == [second]
    assert ours.hash_events("another", ["1"])[0][:4] != first[:4]
    assert first[:4] not in ours.hash_visitor("somebody")


def test_change_that_is_not_committed_yet_is_not_taken_for_known(ledgers: list[Ledger], clock: MovingClock) -> None:
    """What is read while a withdrawal is on its way to the disk is not remembered as what stands after it."""
    ours, theirs = (State(ledger) for ledger in ledgers)
    visitor = ours.hash_visitor("somebody")
    written, go_on = threading.Event(), threading.Event()

    def withdraw(connection: object) -> None:
        write_standing(connection, visitor, Standing(1, withdrawn=True), clock())  # type: ignore[arg-type] # a work's
        written.set()
        go_on.wait()

    withdrawing = ledgers[1].submit(withdraw)
    written.wait()
    assert not ours.standing(visitor).withdrawn
    go_on.set()
    withdrawing.result()
    assert ours.standing(visitor).withdrawn
    assert theirs.standing(visitor).withdrawn
