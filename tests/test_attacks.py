"""Attacks on the promises: each test is a way in which one of them was broken."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from os import cpu_count
from pathlib import Path
from shutil import copy2
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import msgspec
import pytest
from conftest import MovingClock
from house import House, Visitor

from suostumus.server.eraser import ErasureIncompleteError
from suostumus.server.erasures import find_by_receipt
from suostumus.server.installation import Installation, StartError
from suostumus.server.ledger import LedgerError
from suostumus.server.parts import LEDGER_FILE
from suostumus.server.spool import NOBODY
from suostumus.server.store import Connection, StoreError
from suostumus.server.tables import SettingsError

THREADS = min(32, (cpu_count() or 1) + 4)  # of asyncio's default executor


ODD_REQUESTS = [
    "GET http://evil.example/s/shop.js HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /s/../etc/passwd.js HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /s/%2e%2e%2fx%00.js HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /receipt/%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /receipt/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /privacy/shop?receipt=%0d%0aX:1&language=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /privacy/shop HTTP/1.1\r\nHost: x\r\nCookie: \xff;=;suostumus_shop=v1.k1.\xe9.\xff\r\n\r\n",
    "GET /privacy/shop HTTP/1.1\r\nHost: x\r\nAccept-Language: ;;q=,,\xff\r\n\r\n",
    "GET /privacy/shop HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "GET /privacy/shop/ HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "HEAD /privacy/shop HTTP/1.1\r\nHost: x\r\n\r\n",
    "PUT /api/consent HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /api/events HTTP/1.1\r\nHost: x\r\nOrigin: a\r\nOrigin: b\r\nContent-Length: 2\r\n\r\n{}",
    "POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "POST /api/events HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ,,%,[::,\xff\r\nContent-Length: 2\r\n\r\n{}",
    "GET /static/visitor.css HTTP/1.1\r\nHost: x\r\nRange: bytes=9-1,-,x\r\n\r\n",
    "GET /s/shop.js HTTP/1.1\r\nHost: x\r\nIf-None-Match: \xff\r\nAccept-Encoding: \xff\r\n\r\n",
]


def id_of(house: House, visitor: Visitor) -> str:
    """The visitor's id, from the token."""
    token = house.installation.parts.gate.authenticate(visitor.token, house.notice().site)
    return token.visitor


def consented(house: House, **changes: Any) -> Visitor:
    """A visitor who accepted everything and whose one event is in ClickHouse."""
    visitor = Visitor(house, **changes)
    visitor.decide("accept")
    assert visitor.results(visitor.event(path="/?gclid=click", customer="c-7")) == ["stored"]
    house.installation.parts.writer.flush()
    return visitor


def command(house: House, sql: str) -> None:
    """Have the engine do something behind the product's back."""
    connection = house.installation.parts.store.connect()
    connection.command(sql)
    connection.close()


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
    assert _becomes(lambda: house.raw("SELECT count() AS n FROM events")[0]["n"] == 1)


def test_eraser_survives_a_ledger_that_fails_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for withdrawals may fail too, and erasing goes on."""
    visitor = consented(house)
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
    assert _becomes(lambda: house.raw("SELECT count() AS n FROM events")[0]["n"] == 0)


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
    visitor = consented(house)
    parts = house.installation.parts
    answer = visitor.decide("withdraw").json()
    stale = parts.ledger.read(lambda connection: find_by_receipt(connection, answer["receipt"]))
    assert stale is not None
    house.erase()
    parts.eraser.hide_soon(replace(stale, hidden="")).result()
    house.erase()
    assert house.raw("SELECT * FROM pending") == []


def test_repeated_acceptance_after_the_withdrawal_gives_no_consent(house: House) -> None:
    """A click whose answer was lost, repeated by the network after the visitor withdrew, decides nothing."""
    visitor = Visitor(house)
    click = visitor.decision("accept")
    visitor.post_decision(click)
    visitor.results(visitor.event())
    visitor.decide("withdraw")
    again = visitor.post_decision(click).json()
    assert again["purposes"] == []
    assert visitor.token is None
    house.erase()
    assert {str(row["visitor"]) for row in house.rows("consents")} == {NOBODY}


def test_repeated_acceptance_after_a_partial_withdrawal_grants_nothing_again(house: House) -> None:
    """The repeat comes with the cookie of the later decision."""
    visitor = Visitor(house)
    click = visitor.decision("accept")
    visitor.post_decision(click)
    visitor.decide("save", ["statistics"])
    visitor.post_decision(click | {"token": visitor.token})
    newest = max(house.rows("consents"), key=lambda row: row["generation"])
    assert newest["purposes"] == ["statistics"]


def test_repeated_click_after_a_later_one_does_not_bring_its_token_back(house: House) -> None:
    """A late repeat answers with a superseded token, and its cookie replaces the valid one."""
    visitor = Visitor(house)
    click = visitor.decision("save", ["statistics"])
    visitor.post_decision(click)
    visitor.decide("accept")
    later = visitor.token
    repeat = visitor.post_decision(click | {"token": later})
    kept = repeat.cookies.get("suostumus_shop") or later
    visitor.token = kept
    assert visitor.results(visitor.event()) == ["stored"]


def test_change_with_a_superseded_token_goes_on_with_the_same_visitor(house: House) -> None:
    """After a lost answer the browser holds an older token; a later withdrawal still reaches every event."""
    visitor = consented(house)
    earlier = visitor.token
    visitor.decide("save", ["statistics", "marketing"])
    visitor.token = earlier  # the answer was lost
    visitor.decide("save", ["statistics"])
    visitor.decide("withdraw")
    house.erase()
    assert house.rows("events") == []


def test_reduction_with_a_superseded_token_is_applied(house: House) -> None:
    """The visitor said no to marketing: what was stored for it goes, whichever token the browser held."""
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    earlier = visitor.token
    visitor.decide("accept")
    visitor.results(visitor.event(path="/?gclid=click"))
    visitor.token = earlier
    visitor.decide("save", ["statistics"])
    house.erase()
    assert [row["click_id"] for row in house.rows("events")] == [""]


def test_channel_is_never_told_by_a_click_id(house: House) -> None:
    """`channel` stays when marketing is withdrawn, so it may not hold what only marketing permits to read."""
    consented(house)
    assert house.rows("events")[0]["channel"] == "direct"


def test_withdrawal_reaches_parts_that_were_set_aside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A detached part keeps its rows; the receipt does not say erased while there is one."""
    monkeypatch.setattr("suostumus.server.eraser.OLD_PARTS_SECONDS", 3.0)
    visitor = consented(house)
    command(house, "ALTER TABLE events DETACH PARTITION ALL")
    receipt = visitor.decide("withdraw").json()["receipt"]
    with suppress(ErasureIncompleteError):
        house.erase()
    erasure = house.installation.parts.ledger.read(lambda connection: find_by_receipt(connection, receipt))
    left = house.raw("SELECT count() AS n FROM system.detached_parts WHERE table = 'events'")[0]["n"]
    assert erasure is not None
    assert not (erasure.erased and left)


def test_receipt_reaches_clickhouse_after_a_fault(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mirror of the receipts tells an older state: a fault while it is written is made good."""
    visitor = consented(house)
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
            time.sleep(0.5)
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
    visitor = consented(house)
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
    assert reader.rows("SELECT count() AS n FROM {events:Identifier}", {})[0]["n"] == 0


def test_rows_that_a_restored_clickhouse_brings_back_are_erased_again(house: House) -> None:
    """An older copy of ClickHouse beside the newer state: the tombstones know who may not be there."""
    visitor, neighbour = consented(house), consented(house)
    visitor_id = id_of(house, visitor)
    visitor.decide("withdraw")
    house.erase()
    command(house, f"INSERT INTO events SELECT * REPLACE (toUUID('{visitor_id}') AS visitor) FROM events")
    house.close()
    house = House.open(
        house.data, neighbour.house.installation.parts.clock, house.installation.parts.settings.geo_path, {}
    )
    try:
        house.installation._jobs.run_all()
        house.erase()
        assert {str(row["visitor"]) for row in house.rows("events")} == {id_of(house, neighbour)}
    finally:
        house.close()


# Another life of the state


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_events_without_their_state_refuse_every_start(open_house: Callable[..., House], tmp_path: Path) -> None:
    """The first refused start leaves an empty state behind, with which the second one is content."""
    house = open_house()
    consented(house)
    house.close()
    for file in (tmp_path / "data").glob("ledger.*"):
        file.unlink()
    for _ in range(2):
        with pytest.raises(StartError, match="--new-state"):
            open_house()


def test_withdrawal_that_a_lost_state_had_begun_is_finished(
    open_house: Callable[..., House], tmp_path: Path, geo_file: Path, clock: MovingClock
) -> None:
    """ClickHouse still knows who was pending; a new state takes it up, and never calls it clean before."""
    house = open_house()
    visitor = consented(house)
    assert visitor.decide("withdraw").status_code == 200
    settings = house.installation.parts.settings
    house.close()
    for file in (tmp_path / "data").glob("ledger.*"):
        file.unlink()
    installation = Installation(settings, clock, new_state=True)
    try:
        installation.load_filter()
        installation.settle()
        connection = installation.parts.store.connect()
        left = connection.rows("SELECT count() AS n FROM events")[0]["n"]
        connection.close()
        findings = installation.verify()
        assert left == 0 or not findings.is_clean or findings.erasures_waiting
        assert left == 0
    finally:
        installation.close()


def test_restored_state_shows_nobody_whom_a_later_life_had_hidden(
    open_house: Callable[..., House], tmp_path: Path
) -> None:
    """Numbers of erasures are given again after a restore; finishing one must not unhide its namesake."""
    house = open_house()
    gone, other = consented(house), consented(house)
    house.close()
    for file in (tmp_path / "data").glob("ledger.*"):
        copy2(file, tmp_path / file.name)
    house = gone.house = open_house()
    gone_id = id_of(house, gone)
    assert gone.decide("withdraw").status_code == 200
    house.close()
    copy2(tmp_path / LEDGER_FILE, tmp_path / "data" / LEDGER_FILE)
    for file in (tmp_path / "data").glob("ledger.sqlite-*"):
        file.unlink()
    house = other.house = open_house()
    new = Visitor(house)
    new.decide("accept")
    new.decide("save", ["statistics"])
    house.erase()
    shown = {str(row["visitor"]) for row in house.raw("SELECT visitor FROM visible_events")}
    assert gone_id not in shown


def test_restored_data_folder_begins_a_new_epoch(open_house: Callable[..., House], tmp_path: Path) -> None:
    """File systems give inode numbers again: a copy may have the number of the file that it replaces."""
    house = open_house()
    visitor = consented(house)
    house.close()
    data = tmp_path / "data"
    backup = {file.name: file.read_bytes() for file in data.glob("ledger.*")}
    house = visitor.house = open_house()
    token = visitor.token
    visitor.decide("withdraw")
    house.close()
    inode = (data / LEDGER_FILE).stat().st_ino
    for file in data.glob("ledger.*"):
        if file.name not in backup or file.name != LEDGER_FILE:
            file.unlink()
    # the worst case, whatever this file system would do: the same inode
    with (data / LEDGER_FILE).open("r+b") as ledger:
        ledger.truncate()
        ledger.write(backup[LEDGER_FILE])
    (data / "ledger.mark").write_bytes(backup["ledger.mark"])
    assert (data / LEDGER_FILE).stat().st_ino == inode
    house = visitor.house = open_house()
    visitor.token = token
    assert visitor.results(visitor.event()) == ["old_epoch"]


# Time


def test_clock_that_ran_ahead_brings_no_withdrawn_visitor_back(house: House, clock: MovingClock) -> None:
    """Tombstones that a wrong clock took for expired are missing once it is right again."""
    visitor = consented(house)
    token = visitor.token
    visitor.decide("withdraw")
    house.erase()
    clock.move(days=800)
    house.installation.parts.state.forget_expired(clock())
    clock.move(days=-800)
    visitor.token = token
    assert visitor.results(visitor.event()) != ["stored"]


def test_tombstone_outlives_a_token_signed_under_longer_retention(
    open_house: Callable[..., House], clock: MovingClock
) -> None:
    """The notice has the retention in it, so that changing it back makes earlier tokens valid again."""
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    token = visitor.token
    house.close()
    house = visitor.house = open_house(retention={"visitor_months": 1, "consent_months": 1})
    visitor.decide("withdraw")
    house.close()
    clock.move(days=100)
    house = visitor.house = open_house()
    house.installation.parts.state.forget_expired(clock())
    visitor.token = token
    assert visitor.results(visitor.event()) == ["withdrawn"]


def test_clock_set_back_a_little_puts_no_event_before_its_consent(house: House, clock: MovingClock) -> None:
    """Such events are accepted, so `verify` must not call them a fault."""
    visitor = Visitor(house)
    visitor.decide("accept")
    clock.move(seconds=-30)
    assert visitor.results(visitor.event()) == ["stored"]
    assert house.installation.verify().is_clean


def test_address_that_ends_in_noughts_is_shortened_too(house: House, clock: MovingClock) -> None:
    """`::` at the end does not make an address a /48 network."""
    consented(house, address="2001:db8:1:2:3:4::")
    clock.move(days=31)
    house.installation.parts.keeper.shorten_addresses()
    assert house.rows("events")[0]["ip"] == "2001:db8:1::"


# `verify` is clean only when it is


def test_verify_finds_an_event_about_nobody(house: House) -> None:
    """The consents that withdrawals left behind are about nobody, and cover no event."""
    visitor = consented(house)
    visitor.decide("withdraw")
    house.erase()
    consented(house)
    command(
        house,
        f"INSERT INTO events SELECT * REPLACE (toUUID('{NOBODY}') AS visitor, '' AS click_id, '' AS click_id_kind,"
        " '' AS customer) FROM events",
    )
    assert not house.installation.verify().is_clean


def test_verify_finds_an_event_after_its_consent_was_superseded(house: House, clock: MovingClock) -> None:
    """Of two decisions of a visitor the later one is in force."""
    visitor = consented(house)
    clock.move(minutes=10)
    visitor.decide("save", ["statistics", "marketing"])
    house.erase()
    command(
        house,
        "INSERT INTO events SELECT * REPLACE (time + INTERVAL 20 MINUTE AS time, received + INTERVAL 20 MINUTE AS"
        " received, generateUUIDv4() AS event, '' AS click_id, '' AS click_id_kind, '' AS customer) FROM events",
    )
    assert not house.installation.verify().is_clean


def test_verify_finds_a_pending_visitor_whom_nobody_erases(house: House) -> None:
    """A row of the read filter that belongs to no erasure hides a visitor and is never finished."""
    visitor = consented(house)
    command(
        house,
        f"INSERT INTO pending (machine, number, visitor) VALUES (generateUUIDv4(), 7, '{id_of(house, visitor)}')",
    )
    findings = house.installation.verify()
    assert not findings.is_clean or findings.erasures_waiting


def test_verify_finds_a_doubled_consent(house: House) -> None:
    """Decisions are stored once, as events are."""
    consented(house)
    command(house, "INSERT INTO consents SELECT * FROM consents")
    assert not house.installation.verify().is_clean


def test_verify_finds_rows_of_a_withdrawn_visitor_behind_a_pending_partial(house: House) -> None:
    """Being pending for one purpose excuses no column of another."""
    visitor = Visitor(house)
    visitor.decide("save", ["statistics", "marketing"])
    visitor.results(visitor.event())
    house.installation.parts.writer.flush()
    visitor.decide("save", ["statistics"])
    command(
        house,
        "INSERT INTO events SELECT * REPLACE (generateUUIDv4() AS event, 'planted' AS customer) FROM events",
    )
    assert not house.installation.verify().is_clean


# Malformed input is answered 4xx


@pytest.mark.parametrize(
    "events", [b'[{"id":"\xff"}]', b'[{"id":"x","title":"\xff"}]', b'[{"\xff":1}]', b'["\xff"]'], ids=repr
)
@pytest.mark.parametrize("with_token", [False, True])
def test_invalid_utf8_in_an_event_is_invalid(house: House, events: bytes, *, with_token: bool) -> None:
    """msgspec raises UnicodeDecodeError, which is none of its own errors."""
    visitor = Visitor(house)
    if with_token:
        visitor.decide("accept")
    body = msgspec.json.encode(visitor.body()).replace(b'"events":[]', b'"events":' + events)
    answer = house.door.post("/api/events", content=body, headers=visitor.send_headers())
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api/events", "/api/consent"])
def test_invalid_utf8_in_a_body_is_answered_400(house: House, path: str) -> None:
    """The same around the events, and in a decision."""
    body = b'{"site":"\xff","sent":1,"events":[{}]}'
    assert house.door.post(path, content=body, headers=Visitor(house).send_headers()).status_code == 400


def test_form_with_too_many_fields_is_answered_400(house: House) -> None:
    """`parse_qs` raises ValueError beyond its limit."""
    form = "&".join(f"a{number}=1" for number in range(65))
    answer = house.door.post("/privacy/shop", content=form, headers=Visitor(house).send_headers())
    assert answer.status_code == 400


def test_refused_coding_is_not_sent(house: House) -> None:
    """RFC 9110 section 12.5.3: a coding with `q=0` is not acceptable."""
    answer = house.door.get("/s/shop.js", headers={"accept-encoding": "br;q=0, gzip"})
    assert answer.headers.get("content-encoding") == "gzip"


def test_redirect_does_not_repeat_a_foreign_host(house: House) -> None:
    """A path with one slash too many is redirected to whatever Host said."""
    answer = house.door.get("/privacy/shop/", headers={"host": "evil.example"}, follow_redirects=False)
    assert "evil.example" not in answer.headers.get("location", "")


def test_page_of_one_shop_cannot_read_what_another_shop_stored(house: House) -> None:
    """The visitor's pages are for reading by nobody's script: they need no CORS headers at all."""
    answer = house.door.get("/privacy/shop", headers={"origin": "https://other.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_odd_requests_are_no_fault_of_the_server(house: House) -> None:
    """Whatever a socket brings, the answer is not 5xx, and the next request is answered."""
    with house.served() as address:
        host, _, port = address.removeprefix("http://").partition(":")
        for request_text in ODD_REQUESTS:
            with _connected(host, int(port)) as client:
                client.sendall(request_text.encode("latin-1"))
                status = client.recv(64).split(b" ")[1:2]
            assert status, request_text
            assert not status[0].startswith(b"5"), request_text


# Settings that are accepted work


def test_own_texts_with_an_unknown_place_stop_the_start(open_house: Callable[..., House], tmp_path: Path) -> None:
    """A brace in the operator's own words breaks the visitor's page, and with it the withdrawal."""
    own = tmp_path / "data" / "languages"
    own.mkdir(parents=True)
    shipped = (files("suostumus.server") / "languages" / "fi.toml").read_text("utf-8")
    title = next(line for line in shipped.splitlines() if "{site}" in line)
    (own / "fi.toml").write_text(shipped.replace(title, title.replace("{site}", "{shop}")), "utf-8")
    try:
        house = open_house()
    except SettingsError:
        return
    assert house.door.get("/privacy/shop?language=fi").status_code == 200


def test_site_with_many_purposes_can_store_and_withdraw(open_house: Callable[..., House]) -> None:
    """A token longer than the reader's limit is refused by the server that signed it."""
    own = [f"purpose_{number:02}_of_a_large_shop" for number in range(60)]
    texts = {purpose: {"title": "x", "text": "x"} for purpose in own}
    site = {
        "key": "shop",
        "name": "Test shop",
        "origins": ["https://shop.example"],
        "cookie_domain": "shop.example",
        "languages": ["fi"],
        "purposes": ["statistics", *own],
        "purpose_texts": {"fi": texts},
    }
    try:
        house = open_house(sites=[site])
    except SettingsError:
        return
    visitor = Visitor(house)
    visitor.decide("accept")
    assert visitor.results(visitor.event()) == ["stored"]


def test_collector_below_a_path_links_to_itself(open_house: Callable[..., House]) -> None:
    """With `public_url` on a path of the shop, the page's own forms stay below that path."""
    house = open_house(public_url="https://shop.example/stats")
    page = house.door.get("/privacy/shop", headers={"host": "shop.example"})
    if page.status_code == 404:
        page = house.door.get("https://shop.example/privacy/shop")
    assert 'action="/stats/privacy/shop' in page.text


def test_click_id_is_kept_in_no_url_without_marketing(open_house: Callable[..., House]) -> None:
    """`query_parameters` may not name what needs another purpose than statistics."""
    site = {
        "key": "shop",
        "name": "Test shop",
        "origins": ["https://shop.example"],
        "cookie_domain": "shop.example",
        "query_parameters": ["gclid"],
    }
    try:
        house = open_house(sites=[site])
    except SettingsError:
        return
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    visitor.results(visitor.event(path="/?gclid=click"))
    assert "click" not in house.rows("events")[0]["url"]


def _becomes(claim: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _connected(host: str, port: int) -> socket.socket:
    deadline = time.monotonic() + 5
    while True:
        try:
            return socket.create_connection((host, port), 5)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
