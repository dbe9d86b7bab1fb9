"""If the state that decides is missing, older or unreadable, nothing is stored on what it lost."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from conftest import MovingClock
from house import House, Visitor

from suostumus.server.erasures import find_by_receipt
from suostumus.server.installation import Installation, StartError
from suostumus.server.ledger import LedgerError
from suostumus.server.parts import LEDGER_FILE
from suostumus.server.standings import ASKED_AT_ONCE, EVERY_GENERATION, Standing, withdrawn_among, write_standing

OpenHouse = Callable[..., House]


def snapshot(data: Path, into: Path) -> None:
    """Copy the ledger as a backup would: the file and its log."""
    into.mkdir(exist_ok=True)
    for path in data.glob(f"{LEDGER_FILE}*"):
        shutil.copy2(path, into / path.name)


def restore(data: Path, backup: Path) -> None:
    """Put a backup in the place of the ledger."""
    for path in data.glob(f"{LEDGER_FILE}*"):
        path.unlink()
    for path in backup.iterdir():
        shutil.copy2(path, data / path.name)


def test_state_restored_from_older_never_revives_a_withdrawn_visitor(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    token = visitor.token
    house.close()
    snapshot(house.data, tmp_path / "backup")
    visitor.house = house = open_house()
    visitor.decide("withdraw")
    house.erase()
    house.close()
    restore(house.data, tmp_path / "backup")
    visitor.house = house = open_house()
    visitor.token = token
    assert visitor.results(visitor.event()) == ["old_epoch"]
    assert house.rows("events") == []


def test_rows_queued_in_an_older_state_do_not_land(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    snapshot(house.data, tmp_path / "backup")
    visitor.decide("withdraw")
    house.erase()
    house.close()
    restore(house.data, tmp_path / "backup")
    assert open_house().rows("events") == []


def test_older_ledger_written_over_the_same_file_is_recognised(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house()
    first, second = Visitor(house), Visitor(house)
    first.decide("accept")
    house.close()
    backup = (house.data / LEDGER_FILE).read_bytes()
    first.house = second.house = house = open_house()
    epoch = house.installation.parts.state.epoch
    token = first.token
    first.decide("withdraw")
    house.close()
    with (house.data / LEDGER_FILE).open("r+b") as file:  # the same inode, as `cp` leaves it
        file.write(backup)
        file.truncate()
    first.house = house = open_house()
    assert house.installation.parts.state.epoch != epoch
    first.token = token
    assert first.results(first.event()) == ["old_epoch"]


def test_clickhouse_knows_that_the_whole_data_folder_is_older(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    token = visitor.token
    house.close()
    mark = (house.data / "ledger.mark").read_bytes()
    backup = (house.data / LEDGER_FILE).read_bytes()
    visitor.house = house = open_house()
    visitor.decide("withdraw")
    house.erase()
    house.close()
    (house.data / "ledger.mark").write_bytes(mark)
    with (house.data / LEDGER_FILE).open("r+b") as file:
        file.write(backup)
        file.truncate()
    visitor.house = open_house()
    visitor.token = token
    assert visitor.results(visitor.event()) == ["old_epoch"]


def test_restart_keeps_consents_and_withdrawals(open_house: OpenHouse) -> None:
    house = open_house()
    stays, leaves = Visitor(house), Visitor(house)
    stays.decide("accept")
    leaves.decide("accept")
    token = leaves.token
    leaves.decide("withdraw")
    leaves.token = token
    house.close()
    stays.house = leaves.house = open_house()
    assert stays.results(stays.event()) == ["stored"]
    assert leaves.results(leaves.event()) == ["withdrawn"]


def test_events_without_their_state_refuse_to_start(open_house: OpenHouse, clock: MovingClock, geo_file: Path) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    house.rows("events")
    house.close()
    for path in house.data.glob("ledger*"):
        path.unlink()
    with pytest.raises(StartError, match=r"ledger\.sqlite is missing"):
        open_house()
    for path in house.data.glob("ledger*"):
        path.unlink()
    installation = Installation(house.installation.parts.settings, clock, new_state=True)
    assert installation.parts.state.is_new
    installation.close()


def test_withdrawals_left_unverified_by_a_lost_state_are_taken_over(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    leaves, stays = Visitor(house), Visitor(house)
    for visitor in (leaves, stays):
        visitor.decide("accept")
        visitor.results(visitor.event())
    house.rows("events")
    leaves.decide("withdraw")
    house.close()
    for path in house.data.glob("ledger*"):
        path.unlink()
    installation = Installation(house.installation.parts.settings, clock, new_state=True)
    installation.load_filter()
    installation.settle()
    connection = installation.parts.store.connect()
    assert connection.value("SELECT count() FROM events") == 1
    assert connection.value("SELECT count() FROM pending") == 0
    connection.close()
    installation.close()


def test_unreadable_ledger_refuses_to_start(open_house: OpenHouse) -> None:
    house = open_house()
    house.close()
    (house.data / LEDGER_FILE).write_bytes(b"not a database" * 1000)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"):
        open_house()


def test_ledger_that_stops_answering_stores_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")

    def fail(_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(type(house.installation.parts.ledger), "_reader", fail)
    answer = visitor.send(visitor.event())
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_two_processes_never_share_a_data_folder(open_house: OpenHouse) -> None:
    house = open_house()
    with pytest.raises(StartError, match="in use"):
        Installation(house.installation.parts.settings)


@pytest.mark.parametrize("name", ["ledger.sqlite", "signing_keys.json"])
def test_what_decides_is_private(house: House, name: str) -> None:
    assert (house.data / name).stat().st_mode & 0o077 == 0


def test_moment_up_to_which_tombstones_were_forgotten_never_goes_back(
    open_house: OpenHouse, clock: MovingClock
) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    token = visitor.token
    visitor.decide("withdraw")
    house.erase()
    clock.move(days=500)
    house.installation.parts.state.forget_expired(clock())
    clock.move(days=-500)
    house.installation.parts.state.forget_expired(clock())
    house.close()
    visitor.house = open_house()
    visitor.token = token
    assert visitor.results(visitor.event()) == ["expired"]


def test_data_folder_is_nobody_elses_whoever_made_it(open_house: OpenHouse, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    house = open_house()
    assert house.data.stat().st_mode & 0o077 == 0


def test_agreeing_again_after_the_state_was_lost_leaves_no_orphan(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event(path="/before"))
    house.rows("events")
    house.close()
    snapshot(house.data, tmp_path / "backup")
    leaves = Visitor(open_house())
    leaves.decide("accept")
    leaves.decide("withdraw")
    leaves.house.close()
    restore(house.data, tmp_path / "backup")
    visitor.house = house = open_house()
    assert visitor.results(visitor.event()) == ["old_epoch"]
    visitor.decide("accept")
    visitor.results(visitor.event(path="/after"))
    house.erase()
    assert [row["path"] for row in house.rows("events")] == ["/after"]


def test_adopted_withdrawal_keeps_its_receipt(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    house.rows("events")
    receipt = visitor.decide("withdraw").json()["receipt"]
    house.close()
    for path in house.data.glob("ledger*"):
        path.unlink()
    installation = Installation(house.installation.parts.settings, clock, new_state=True)
    installation.load_filter()
    installation.settle()
    found = installation.parts.ledger.read(lambda connection: find_by_receipt(connection, receipt))
    installation.close()
    assert found is not None
    assert found.erased
    assert found.site == "shop"


def test_however_many_are_asked_about_who_withdrew_is_told(open_house: OpenHouse) -> None:
    ledger = open_house().installation.parts.ledger
    visitors = [number.to_bytes(16, "big") for number in range(2 * ASKED_AT_ONCE + 1)]
    gone = {visitors[0], visitors[ASKED_AT_ONCE], visitors[-1]}
    until = datetime(2030, 1, 1, tzinfo=UTC)
    known = dict.fromkeys(gone, Standing(EVERY_GENERATION, withdrawn=True)) | {visitors[1]: Standing(2)}
    for visitor, standing in known.items():
        ledger.write(partial(write_standing, visitor_hash=visitor, standing=standing, expires=until))
    assert ledger.read(lambda connection: withdrawn_among(connection, visitors)) == gone
