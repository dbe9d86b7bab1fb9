"""Hiding costs no more the longer ClickHouse is silent, and nobody who is gone joins the filter again."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from house import House, Visitor

from suostumus.server.erasures import Erasure, find_by_receipt, unfinished
from suostumus.server.store import Connection, StoreError

LEAVERS = 20


class Door:
    """What is put into `pending` on its way, which can be held up or refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[int] = []  # of each insert
        self.is_down = False
        self.is_knocked = threading.Event()  # from when it was last shut
        self.open = threading.Event()
        self.open.set()
        real = Connection.insert_lines

        def insert(connection: Connection, table: str, lines: Sequence[bytes], token: str = "") -> None:
            if table == "pending":
                self.rows.append(len(lines))
                if not self.open.is_set():
                    self.is_knocked.set()
                self.open.wait(10)
                if self.is_down:
                    raise StoreError("down")
            real(connection, table, lines, token)

        monkeypatch.setattr(Connection, "insert_lines", insert)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    """Between the product and `pending`."""
    return Door(monkeypatch)


def leavers(house: House) -> list[Visitor]:
    """Visitors who consented."""
    visitors = [Visitor(house) for _ in range(LEAVERS)]
    for visitor in visitors:
        visitor.decide("accept")
    return visitors


def erasure_of(house: House, receipt: str) -> Erasure:
    """As the ledger has it."""
    found = house.installation.parts.ledger.read(lambda connection: find_by_receipt(connection, receipt))
    assert found
    return found


def test_each_withdrawal_tries_to_hide_only_itself_while_clickhouse_is_down(house: House, door: Door) -> None:
    visitors = leavers(house)
    door.is_down = True
    for visitor in visitors:
        assert visitor.decide("withdraw").status_code == 202
    assert door.rows == [1] * LEAVERS
    door.is_down = False
    house.erase()
    assert door.rows[LEAVERS:] == [LEAVERS]
    assert house.installation.verify().is_clean


def test_whoever_asks_while_an_insert_is_under_way_shares_the_next_one(house: House, door: Door) -> None:
    visitors = leavers(house)
    door.is_down = True
    for visitor in visitors:
        visitor.decide("withdraw")
    door.is_down = False
    door.rows.clear()
    door.open.clear()
    parts = house.installation.parts
    asked = [parts.eraser.hide_soon(one) for one in parts.ledger.read(unfinished)]
    door.open.set()
    assert not wait(asked, 10).not_done
    assert sum(door.rows) == LEAVERS
    assert len(door.rows) <= 2
    assert all(one.hidden for one in parts.ledger.read(unfinished))


def test_the_eraser_does_not_try_at_each_withdrawal_while_clickhouse_is_down(house: House, door: Door) -> None:
    visitors = leavers(house)
    door.is_down = True
    parts = house.installation.parts
    parts.eraser.start()
    began = time.monotonic()
    for visitor in visitors:
        visitor.decide("withdraw")
    seconds = time.monotonic() - began
    tries = len(door.rows) - LEAVERS
    door.is_down = False
    parts.eraser.stop()
    assert tries <= seconds + 2


def test_a_finished_erasure_does_not_join_the_filter_when_it_is_loaded_late(house: House, door: Door) -> None:
    visitor, *_ = leavers(house)
    receipt = visitor.decide("withdraw").json()["receipt"]
    stale = erasure_of(house, receipt)
    house.erase()
    door.rows.clear()
    house.installation.parts.eraser._filter.hide([stale], again=True)
    assert door.rows == []
    assert house.raw("SELECT count() AS n FROM pending")[0]["n"] == 0


def test_an_insert_under_way_lands_before_its_erasure_is_finished(
    house: House, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, *_ = leavers(house)
    one = erasure_of(house, visitor.decide("withdraw").json()["receipt"])
    eraser = house.installation.parts.eraser
    delete = eraser._delete
    with ThreadPoolExecutor(2) as pool:
        hiding = []

        def delete_and_hide_again(*arguments: Any) -> None:
            delete(*arguments)
            door.open.clear()
            hiding.append(pool.submit(eraser._filter.hide, [one], again=True))
            assert door.is_knocked.wait(10)

        monkeypatch.setattr(eraser, "_delete", delete_and_hide_again)
        erasing = pool.submit(house.erase)
        assert door.is_knocked.wait(10)
        assert wait([erasing], 1).not_done
        door.open.set()
        erasing.result(30)
        hiding[0].result(10)
    assert house.raw("SELECT count() AS n FROM pending")[0]["n"] == 0


def test_the_next_withdrawal_hides_whoever_could_not_be_hidden(house: House, door: Door) -> None:
    first, second, *_ = leavers(house)
    door.is_down = True
    assert first.decide("withdraw").status_code == 202
    door.is_down = False
    assert second.decide("withdraw").status_code == 200
    read_filter = house.installation.parts.eraser._filter
    read_filter.hide([])  # whatever its thread had to do is done
    assert all(one.hidden for one in house.installation.parts.ledger.read(unfinished))
    assert house.raw("SELECT count() AS n FROM pending")[0]["n"] == 2


def test_whoever_waits_is_told_of_any_fault(house: House, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, *_ = leavers(house)
    door.is_down = True
    one = erasure_of(house, visitor.decide("withdraw").json()["receipt"])

    def fail(*_: object) -> None:
        raise ValueError("another")

    monkeypatch.setattr(Connection, "insert_lines", fail)
    with pytest.raises(ValueError, match="another"):
        house.installation.parts.eraser.hide_soon(one).result(10)
