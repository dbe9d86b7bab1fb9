"""Disks that fill, refuse or lie, and clocks that jump: what was acknowledged stays, what cannot be kept is told so."""

import http.client
import json
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import MovingClock
from disk import SmallDisk, small_disk
from house import House, JsonObject, Visitor
from product import Product

from suostumus.server.condition import Trouble
from suostumus.server.doctor import examine_running, examine_stopped
from suostumus.server.integrity import find_damage
from suostumus.server.ledger import Ledger, LedgerError
from suostumus.server.premises import Level

OpenHouse = Callable[..., House]
FREE = {"free_bytes": 0, "requests_per_minute": 100_000}  # so that the disk itself is what refuses


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk for the data folder."""
    with small_disk(tmp_path / "disk") as one:
        yield one


def troubles(house: House) -> list[Trouble]:
    """What a look finds wrong; `/health` and the doctor tell the same."""
    condition = house.installation.parts.watch.look()
    found = [reason.trouble for reason in condition.reasons]
    health = house.door.get("/health")
    assert health.json() == {"live": True, "ready": condition.ready}
    assert health.status_code == (200 if condition.ready else 503)
    told = {one.subject for one in examine_running(house.installation.parts) if one.level is not Level.WELL}
    assert {trouble.value.replace("_", " ") for trouble in found} <= told
    return found


def refused_event(visitor: Visitor, kept: list[str]) -> JsonObject:
    """Send until an event is refused; the acknowledged ones are noted."""
    for _ in range(5000):
        event = visitor.event(title="x" * 500)
        answer = visitor.send(event)
        if answer.status_code == 503:
            assert answer.headers["retry-after"]
            return event
        assert answer.json()["events"][0]["result"] == "stored"
        kept.append(event["id"])
    raise AssertionError("the disk never filled")


def test_full_disk_keeps_what_was_acknowledged_and_refuses_the_rest(open_house: OpenHouse, disk: SmallDisk) -> None:
    house = open_house("disk/data", limits=FREE)
    visitor = Visitor(house)
    visitor.decide("accept")
    kept: list[str] = []
    kept += [event["id"] for event in [visitor.event()] if visitor.results(event) == ["stored"]]
    assert Trouble.LEDGER_UNWRITABLE not in troubles(house)
    disk.fill()
    refused = refused_event(visitor, kept)
    assert Trouble.LEDGER_UNWRITABLE in troubles(house)
    disk.free()
    assert Trouble.LEDGER_UNWRITABLE not in troubles(house)
    assert visitor.results(refused) == ["stored"]
    kept.append(refused["id"])
    assert sorted(str(row["event"]) for row in house.rows("events")) == sorted(kept)


def test_bit_flips_in_the_log_are_found_or_harmless(tmp_path: Path) -> None:
    chance = random.Random(1)
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for number in range(40):
        ledger.write(lambda connection, number=number: _note(connection, number))  # type: ignore[misc]
    for run in range(30):
        copy = copy_of(ledger, tmp_path / str(run))
        log = copy.with_name("ledger.sqlite-wal")
        place = chance.randrange(32, log.stat().st_size)
        flip(log, place, chance.randrange(8))
        if not find_damage(copy):
            assert _notes(copy) >= 39  # only the last one may look like a write that was cut short
    ledger.close()


def test_write_that_was_cut_short_is_no_damage(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for number in range(10):
        ledger.write(lambda connection, number=number: _note(connection, number))  # type: ignore[misc]
    for run, cut in enumerate((1, 24, 1000, 4096)):
        copy = copy_of(ledger, tmp_path / str(run))
        log = copy.with_name("ledger.sqlite-wal")
        with log.open("r+b") as file:
            file.truncate(log.stat().st_size - cut)
        assert find_damage(copy) == ""
        assert _notes(copy) == 9
    ledger.close()


@pytest.mark.parametrize("place", [0, 30, 4096 + 3, 3 * 4096 + 5])
def test_damaged_ledger_is_not_believed(tmp_path: Path, place: int) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for number in range(40):
        ledger.write(lambda connection, number=number: _note(connection, number))  # type: ignore[misc]
    ledger.close()
    with (tmp_path / "ledger.sqlite").open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 64)
    with pytest.raises(LedgerError, match="damaged"):
        Ledger(tmp_path / "ledger.sqlite")


def test_clock_that_jumps_loses_and_doubles_nothing(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    visitor, later = Visitor(house), Visitor(house)
    visitor.decide("accept")
    first, second, third = (visitor.event() for _ in range(3))
    assert visitor.results(first) == ["stored"]
    assert Trouble.CLOCK_BEHIND not in troubles(house)
    clock.move(days=3)
    later.decide("accept")
    assert visitor.results(second) == ["stored"]
    assert Trouble.CLOCK_BEHIND not in troubles(house)
    clock.move(days=-3)
    assert Trouble.CLOCK_BEHIND in troubles(house)
    assert visitor.results(third, first) == ["stored", "duplicate"]
    assert later.results(later.event()) == ["expired"]  # given in a time that has not come yet
    assert len(house.rows("events")) == 3
    house.close()
    found = examine_stopped(house.installation.parts.settings, clock)
    assert "clock behind" in {one.subject for one in found if one.level is Level.WARNING}


@pytest.fixture
def product(tmp_path: Path, geo_file: Path) -> Iterator[Product]:
    """The product, not started."""
    product = Product(tmp_path / "product", geo_file)
    yield product
    product.stop(signal.SIGKILL)


def test_damaged_ledger_makes_the_product_stand_by_and_say_why(product: Product) -> None:
    product.start()
    assert asked(product, "public", "/health")["live"] is True
    assert product.stop() == 0
    with (product.data / "ledger.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 2000)
    product.launch()
    health = asked(product, "internal", "/health")
    assert health["ready"] is False
    assert "damaged" in health["reasons"][0]["words"]
    assert asked(product, "public", "/health") == {"live": True, "ready": False}
    assert asked(product, "public", "/api/events", b"{}") == {"error": "nothing was stored, send again"}
    examined = product.run("doctor")
    assert examined.returncode == 1
    assert "WRONG  ledger: ledger.sqlite: it is damaged" in examined.stdout
    assert product.stop() == 0
    assert "Traceback" not in product.log()


def test_read_only_disk_makes_the_product_stand_by(tmp_path: Path, geo_file: Path, disk: SmallDisk) -> None:
    product = Product(tmp_path / "product", geo_file)
    product.data_folder = disk.folder / "data"
    try:
        product.start()
        assert asked(product, "public", "/health")["live"] is True
        assert product.stop() == 0
        disk.make_read_only()
        product.launch()
        assert asked(product, "public", "/health") == {"live": True, "ready": False}
        assert "cannot be opened" in asked(product, "internal", "/health")["reasons"][0]["words"]
        assert product.stop() == 0
        disk.make_writable()
        product.start()
        assert asked(product, "public", "/health")["live"] is True
    finally:
        product.stop()
        disk.make_writable()


def asked(product: Product, listener: str, path: str, body: bytes | None = None) -> Any:
    """Ask until the listener is there; the answer as JSON."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", product.ports[listener], timeout=10)
        try:
            connection.request("POST" if body else "GET", path, body)
            return json.loads(connection.getresponse().read())
        except OSError:
            assert product.process
            assert product.process.poll() is None, product.log()
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(product.log())


def copy_of(ledger: Ledger, folder: Path) -> Path:
    """The ledger's files as a power failure would leave them."""
    folder.mkdir()
    for path in ledger.path.parent.glob("ledger.sqlite*"):
        if path.suffix != ".sqlite-shm" and not path.name.endswith("-shm"):
            shutil.copy(path, folder / path.name)
    return folder / ledger.path.name


def flip(path: Path, place: int, bit: int) -> None:
    """Turn one bit over."""
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ (1 << bit)]))


def _note(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("INSERT INTO counts VALUES ('shop', ?, 'stored', ?, 1)", (str(number), "x" * 300))


def _notes(path: Path) -> int:
    connection = sqlite3.connect(path)
    count: int = connection.execute("SELECT count(*) FROM counts").fetchone()[0]
    connection.close()
    return count
