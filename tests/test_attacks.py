"""Attacks on the promises: each test is a way in which one of them was broken."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from os import cpu_count
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import msgspec
import pytest
from conftest import MovingClock
from house import House, Visitor
from waiting import wait_for

from suostumus.server.eraser import ErasureIncompleteError
from suostumus.server.erasures import find_by_receipt, unfinished
from suostumus.server.ledger import LedgerError
from suostumus.server.store import Connection, StoreError

THREADS = min(32, (cpu_count() or 1) + 4)  # of asyncio's default executor


# An acknowledged event is never lost


@pytest.mark.parametrize("field", ["id", "session"])
def test_id_with_a_newline_is_refused_and_holds_nobody_up(house: House, field: str) -> None:
    """`$` matches before a last newline, so that ClickHouse would refuse the batch for ever."""
    attacker, neighbour = Visitor(house), Visitor(house)
    for visitor in (attacker, neighbour):
        visitor.decide("accept")
    assert neighbour.results(neighbour.event()) == ["stored"]
    answer = attacker.results(attacker.event(**{field: f"{uuid4()}\n"}))
    with suppress(StoreError):
        house.installation.parts.writer.flush()
    assert house.raw("SELECT count() AS n FROM events")[0]["n"] == 1
    assert answer == ["invalid"]


def test_writer_survives_a_ledger_that_fails_once(
    open_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk for a moment does not end the writing until the next start."""
    house = open_house(flush_seconds=0.05)
    spool, writer = house.installation.parts.spool, house.installation.parts.writer
    real = spool.take_batch
    failures = [LedgerError("full")]

    def take(limit: int, last: int) -> Any:
        if failures:
            raise failures.pop()
        return real(limit, last)

    monkeypatch.setattr(spool, "take_batch", take)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    writer.start()
    visitor = Visitor(house)
    visitor.decide("accept")
    assert visitor.results(visitor.event()) == ["stored"]
    wait_for(lambda: house.raw("SELECT count() AS n FROM events")[0]["n"] == 1)


def test_eraser_survives_a_ledger_that_fails_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for withdrawals may fail too, and erasing goes on."""
    visitor = Visitor.consented(house)
    eraser, ledger = house.installation.parts.eraser, house.installation.parts.ledger
    real = ledger.read
    calls = iter(range(1000))

    def read(work: Any) -> Any:
        if threading.current_thread().name == "eraser" and next(calls) in {0, 1}:
            raise LedgerError("busy")
        return real(work)

    monkeypatch.setattr(ledger, "read", read)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    eraser.start()
    visitor.decide("withdraw")
    wait_for(lambda: house.raw("SELECT count() AS n FROM events")[0]["n"] == 0)


def test_sqlite_error_inside_a_work_is_answered_503(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody expects a LedgerError; SQLite's own errors are answered 500, and end the threads that meet them."""
    visitor = Visitor(house)
    visitor.decide("accept")

    def fail(*_: object) -> bool:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("suostumus.server.appender.remember", fail)
    assert visitor.send(visitor.event()).status_code == 503


def test_concurrent_decisions_are_all_answered(house: House) -> None:
    """The mark beside the ledger is written by many threads at once."""
    parts = house.installation.parts
    with ThreadPoolExecutor(8) as pool:
        marks = [pool.submit(parts.state.write_mark) for _ in range(200)]
    assert [mark.exception() for mark in marks if mark.exception()] == []


def test_event_repeated_after_a_long_sleep_is_stored_once(house: House, clock: MovingClock) -> None:
    """The script repeats for as long as the page lives, and a laptop may sleep for longer than an hour."""
    visitor = Visitor(house)
    visitor.decide("accept")
    page = visitor.event()
    visitor.results(page)
    clock.move(hours=3)
    house.installation.parts.state.forget_expired(clock())
    visitor.send(page, sent=page["time"] + 3 * 3_600_000)
    assert len(house.rows("events")) == 1


# Withdrawn means gone


@pytest.mark.parametrize("moment", ["again", "release"])
def test_withdrawal_while_a_failed_batch_is_settled_is_heeded(
    house: House, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """What comes after the writer's last look finds the batch in flight, or its rows waiting."""
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    parts = house.installation.parts
    parts.spool.take_batch(10, parts.spool.newest())  # the consent
    parts.spool.take_batch(10, parts.spool.newest())  # the event; both are lost before they arrive
    real = getattr(parts.spool, moment)
    withdrawn: list[Any] = []

    def settle(batch: Any, scopes: Any) -> Any:
        """The withdrawal comes beside the writer's look."""
        if moment == "release" and not withdrawn:
            withdrawn.append(visitor.decide("withdraw"))
        looked = real(batch, scopes)
        if not withdrawn:
            withdrawn.append(visitor.decide("withdraw"))
        return looked

    monkeypatch.setattr(parts.spool, moment, settle)
    with monkeypatch.context() as forgetful:
        if moment == "release":  # the token is remembered without its rows
            real_insert = Connection.insert_lines

            def insert(connection: Connection, table: str, lines: Sequence[bytes], token: str = "") -> None:
                if not token:
                    real_insert(connection, table, lines)

            forgetful.setattr(Connection, "insert_lines", insert)
        parts.writer._settle_open_batches()
    assert withdrawn
    parts.eraser.erase()
    house.erase()
    assert house.rows("events") == []
    assert house.installation.verify().is_clean


def test_late_hiding_leaves_no_visitor_in_the_filter(house: House) -> None:
    """A request that hides what the eraser has just finished does not write the id again."""
    visitor = Visitor.consented(house)
    parts = house.installation.parts
    answer = visitor.decide("withdraw").json()
    stale = parts.ledger.read(lambda connection: find_by_receipt(connection, answer["receipt"]))
    assert stale is not None
    house.erase()
    parts.eraser.hide_soon(replace(stale, hidden="")).result()
    house.erase()
    assert house.raw("SELECT * FROM pending") == []


def test_withdrawal_reaches_parts_that_were_set_aside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A detached part keeps its rows; the receipt does not say erased while there is one."""
    monkeypatch.setattr("suostumus.server.eraser.OLD_PARTS_SECONDS", 3.0)
    visitor = Visitor.consented(house)
    house.command("ALTER TABLE events DETACH PARTITION ALL")
    receipt = visitor.decide("withdraw").json()["receipt"]
    with suppress(ErasureIncompleteError):
        house.erase()
    erasure = house.installation.parts.ledger.read(lambda connection: find_by_receipt(connection, receipt))
    left = house.raw("SELECT count() AS n FROM system.detached_parts WHERE table = 'events'")[0]["n"]
    assert erasure is not None
    assert not (erasure.erased and left)


def test_receipt_reaches_clickhouse_after_a_fault(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mirror of the receipts tells an older state: a fault while it is written is made good."""
    visitor = Visitor.consented(house)
    visitor.decide("withdraw")
    with monkeypatch.context() as planted:

        def fail(*_: object) -> None:
            raise StoreError("down")

        planted.setattr(house.installation.parts.eraser, "_mirror", fail)
        with pytest.raises(StoreError):
            house.erase()
    house.erase()
    assert house.raw("SELECT count() AS n FROM erasures FINAL WHERE isNotNull(erased)")[0]["n"] == 1


def test_withdrawal_is_answered_while_clickhouse_hangs(
    open_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waiting withdrawal holds a thread; when all are held, nobody can decide any more."""
    house = open_house()
    visitors = [Visitor(house) for _ in range(THREADS + 1)]
    bodies = []
    for visitor in visitors:
        visitor.decide("accept")
        bodies.append(msgspec.json.encode(visitor.decision("withdraw")))
    hanging = threading.Event()
    real = Connection.insert_lines

    def hang(connection: Connection, table: str, lines: Sequence[bytes], token: str = "") -> None:
        if table == "pending":
            hanging.wait(20)
        real(connection, table, lines, token)

    monkeypatch.setattr(Connection, "insert_lines", hang)
    headers = visitors[0].send_headers()
    try:
        with house.served() as address, ThreadPoolExecutor(THREADS) as pool:

            def post(body: bytes) -> int:
                with httpx.Client() as client:
                    return client.post(f"{address}/api/consent", content=body, headers=headers, timeout=6).status_code

            first = [pool.submit(post, body) for body in bodies[:THREADS]]
            ledger = house.installation.parts.ledger
            wait_for(lambda: len(ledger.read(unfinished)) == THREADS)  # all are decided, and wait to be hidden
            last = pool.submit(post, bodies[-1])
            try:
                answered: int | str = last.result()
            except httpx.HTTPError as error:
                answered = type(error).__name__
            hanging.set()
            assert answered == 202
            assert {future.result() for future in first} == {202}
    finally:
        hanging.set()


def test_dashboards_open_once_clickhouse_answers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that could not be loaded at the start is loaded later, without another start."""
    visitor = Visitor.consented(house)
    reader = house.installation.parts.reader
    with monkeypatch.context() as down:

        def fail(*_: object) -> None:
            raise StoreError("down")

        down.setattr(Connection, "insert_lines", fail)
        visitor.decide("withdraw")
        reader.close()
        house.installation.load_filter()
    house.erase()
    house.installation._jobs.run_all()
    assert reader.rows("SELECT count() AS n FROM events WHERE <shown>", {})[0]["n"] == 0


def test_rows_that_a_restored_clickhouse_brings_back_are_erased_again(house: House) -> None:
    """An older copy of ClickHouse beside the newer state: the tombstones know who may not be there."""
    visitor, neighbour = Visitor.consented(house), Visitor.consented(house)
    visitor_id = visitor.id
    visitor.decide("withdraw")
    house.erase()
    house.command(f"INSERT INTO events SELECT * REPLACE (toUUID('{visitor_id}') AS visitor) FROM events")
    house.close()
    house = House.open(
        house.data, neighbour.house.installation.parts.clock, house.installation.parts.settings.geo_path, {}
    )
    try:
        house.installation._jobs.run_all()
        house.erase()
        assert {str(row["visitor"]) for row in house.rows("events")} == {neighbour.id}
    finally:
        house.close()


def test_channel_is_never_told_by_a_click_id(house: House) -> None:
    """`channel` stays when marketing is withdrawn, so it may not hold what only marketing permits to read."""
    Visitor.consented(house)
    assert house.rows("events")[0]["channel"] == "direct"
