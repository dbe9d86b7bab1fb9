"""A state that was lost or restored, and a clock that was wrong, bring nobody back who withdrew."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy2, copytree

import pytest
from conftest import MovingClock
from databases import DATABASES
from faulty_proxy import FaultyProxy
from house import House, Visitor
from waiting import wait_for

from suostumus.server.erasures import unfinished
from suostumus.server.installation import Installation, StartError
from suostumus.server.parts import LEDGER_FILE


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_events_without_their_state_refuse_every_start(open_house: Callable[..., House], tmp_path: Path) -> None:
    """The first refused start leaves an empty state behind, with which the second one is content."""
    house = open_house()
    Visitor.consented(house)
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
    visitor = Visitor.consented(house)
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
    gone, other = Visitor.consented(house), Visitor.consented(house)
    house.close()
    for file in (tmp_path / "data").glob("ledger.*"):
        copy2(file, tmp_path / file.name)
    house = gone.house = open_house()
    gone_id = gone.id
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
    shown = {str(row["visitor"]) for row in house.shown("SELECT visitor FROM events WHERE <shown>")}
    assert gone_id not in shown


def test_restored_data_folder_begins_a_new_epoch(open_house: Callable[..., House], tmp_path: Path) -> None:
    """File systems give inode numbers again: a copy may have the number of the file that it replaces."""
    house = open_house()
    visitor = Visitor.consented(house)
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


def test_clock_that_ran_ahead_brings_no_withdrawn_visitor_back(house: House, clock: MovingClock) -> None:
    """Tombstones that a wrong clock took for expired are missing once it is right again."""
    visitor = Visitor.consented(house)
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
    Visitor.consented(house, address="2001:db8:1:2:3:4::")
    clock.move(days=31)
    house.installation.parts.keeper.shorten_addresses()
    assert house.rows("events")[0]["ip"] == "2001:db8:1::"


@pytest.mark.http
@pytest.mark.parametrize("keeps_mark", [True, False])
@pytest.mark.parametrize("kind", ["partial", "full"])
def test_a_restored_state_takes_over_what_it_does_not_know_although_clickhouse_was_away(
    open_house: Callable[..., House], tmp_path: Path, kind: str, keeps_mark: bool
) -> None:
    """Until ClickHouse tells that the state is older, it may number a withdrawal as one that it has forgotten."""
    data, proxy = tmp_path / "data", FaultyProxy(DATABASES.port)
    url = DATABASES.by_port(data, proxy.port)
    house = open_house(database=url)
    lost = Visitor.consented(house)
    lost_id = lost.id
    house.close()
    kept = tmp_path / "kept"
    copytree(data, kept)
    house = lost.house = open_house(database=url)
    answer = lost.decide("save", ["statistics"]) if kind == "partial" else lost.decide("withdraw")
    receipt = answer.json()["status"].rsplit("/")[-1]
    house.close()
    for file in data.glob("ledger.*"):
        if file.name.startswith(LEDGER_FILE) or not keeps_mark:
            file.unlink()
    for file in kept.glob("ledger.*"):
        if file.name.startswith(LEDGER_FILE) or not keeps_mark:
            copy2(file, data / file.name)
    proxy.is_down = True
    house = open_house(database=url)
    other = Visitor(house)
    other.decide("accept")
    answer = other.decide("withdraw") if kind == "partial" else other.decide("save", ["statistics"])
    assert answer.status_code == 202
    proxy.is_down = False
    with house.served():
        parts = house.installation.parts
        wait_for(lambda: parts.reader.is_open and not parts.ledger.read(unfinished), seconds=60)
    assert house.raw("SELECT count() AS n FROM pending") == [{"n": 0}]
    left = house.raw(f"SELECT countIf(click_id != '') AS clicks, count() AS n FROM events WHERE visitor = '{lost_id}'")
    assert left == [{"clicks": 0, "n": 1 if kind == "partial" else 0}]
    assert house.door.get(f"/receipt/{receipt}").status_code == 200
    house.close()
    proxy.close()
