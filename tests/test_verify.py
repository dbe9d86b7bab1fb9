"""`verify` is clean only when everything is: each test plants what it has to find."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import MovingClock
from house import House, Visitor

from suostumus.server import errand
from suostumus.server.errand import on_installation
from suostumus.server.installation import FolderTakenError, Installation, lock_folder
from suostumus.server.spool import NOBODY
from suostumus.server.store import Connection, Row


def test_verify_finds_an_event_about_nobody(house: House) -> None:
    """The consents that withdrawals left behind are about nobody, and cover no event."""
    visitor = Visitor.consented(house)
    visitor.decide("withdraw")
    house.erase()
    Visitor.consented(house)
    house.command(
        f"INSERT INTO events SELECT * REPLACE (toUUID('{NOBODY}') AS visitor, '' AS click_id, '' AS click_id_kind,"
        " '' AS customer) FROM events",
    )
    assert not house.installation.verify().is_clean


def test_verify_finds_an_event_after_its_consent_was_superseded(house: House, clock: MovingClock) -> None:
    """Of two decisions of a visitor the later one is in force."""
    visitor = Visitor.consented(house)
    clock.move(minutes=10)
    visitor.decide("save", ["statistics", "marketing"])
    house.erase()
    house.command(
        "INSERT INTO events SELECT * REPLACE (time + INTERVAL 20 MINUTE AS time, received + INTERVAL 20 MINUTE AS"
        " received, generateUUIDv4() AS event, '' AS click_id, '' AS click_id_kind, '' AS customer) FROM events",
    )
    assert not house.installation.verify().is_clean


def test_verify_finds_a_pending_visitor_whom_nobody_erases(house: House) -> None:
    """A row of the read filter that belongs to no erasure hides a visitor and is never finished."""
    visitor = Visitor.consented(house)
    house.command(
        f"INSERT INTO pending (machine, number, visitor) VALUES (generateUUIDv4(), 7, '{visitor.id}')",
    )
    findings = house.installation.verify()
    assert not findings.is_clean or findings.erasures_waiting


def test_verify_finds_a_doubled_consent(house: House) -> None:
    """Decisions are stored once, as events are."""
    Visitor.consented(house)
    house.command("INSERT INTO consents SELECT * FROM consents")
    assert not house.installation.verify().is_clean


def test_verify_finds_rows_of_a_withdrawn_visitor_behind_a_pending_partial(house: House) -> None:
    """Being pending for one purpose excuses no column of another."""
    visitor = Visitor(house)
    visitor.decide("save", ["statistics", "marketing"])
    visitor.results(visitor.event())
    house.installation.parts.writer.flush()
    visitor.decide("save", ["statistics"])
    house.command(
        "INSERT INTO events SELECT * REPLACE (generateUUIDv4() AS event, 'planted' AS customer) FROM events",
    )
    assert not house.installation.verify().is_clean


def is_clean(stopped: Installation) -> bool:
    """Whether `verify` finds nothing."""
    return stopped.verify().is_clean


def test_a_command_waits_while_an_installation_starts(open_house: Callable[..., House]) -> None:
    """Between its start and its first answer it keeps the folder: after a crash a supervisor starts it anew."""
    house = open_house()
    settings = house.installation.parts.settings
    house.close()
    kept = lock_folder(settings.data_path)
    threading.Timer(0.5, kept.close).start()
    assert on_installation(settings, "verify", is_clean)


def test_a_command_gives_up_on_a_folder_that_stays_taken(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errand, "STARTING_SECONDS", 0.2)
    with pytest.raises(FolderTakenError, match="in use"):
        on_installation(house.installation.parts.settings, "verify", is_clean)


def test_who_withdraws_while_rows_are_counted_is_no_fault(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor.consented(house)
    read, asked = Connection.rows, iter([visitor])

    def read_late(connection: Connection, sql: str, *more: Any) -> list[Row]:
        if "FROM pending" in sql:
            for one in asked:
                one.decide("withdraw")
        return read(connection, sql, *more)

    monkeypatch.setattr(Connection, "rows", read_late)
    findings = house.installation.verify()
    assert findings.is_clean
    assert findings.erasures_waiting == 1
