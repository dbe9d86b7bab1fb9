"""What ClickHouse refuses is kept aside, and the rest goes on."""

import json
import sqlite3
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from conftest import MovingClock
from house import SETTINGS, House, Visitor
from writing import flush_at_last, stored, visit

from suostumus.server.bundles import QueuedRow, append_rows, owner_of
from suostumus.server.command import main
from suostumus.server.store import StoreError


def poison(house: House, visitor: Visitor, **wrong: object) -> None:
    """Queue a row of a visitor that ClickHouse refuses, which the public door would not let in."""
    known = msgspec.json.decode(house.installation.parts.spool.lines_of(visitor_id(house, visitor), "events")[0])
    row = known | {"event": str(uuid4())} | wrong
    owner = owner_of(house.installation.parts.state.hash_visitor(row["visitor"]), row["generation"])
    queued = QueuedRow(row["time"][:7], owner, msgspec.json.encode(row))

    def work(connection: sqlite3.Connection) -> None:
        append_rows(connection, "events", [queued], 0)

    house.installation.parts.ledger.write(work)


def visitor_id(house: House, visitor: Visitor) -> str:
    """The visitor's id, from the token."""
    return house.installation.parts.gate.authenticate(visitor.token, house.notice().site).visitor


@pytest.mark.parametrize(
    "wrong",
    [{"event": "no id"}, {"value": "9" * 40}, {"time": "2026-11-40"}, {"unknown": 1}, {"items.price": ["1", "2"]}],
    ids=["id", "number", "time", "column", "sizes"],
)
def test_refused_row_is_kept_aside_and_the_others_are_stored(house: House, wrong: dict[str, object]) -> None:
    visitor, events = visit(house, 20)
    poison(house, visitor, **wrong)
    house.installation.parts.writer.flush()
    assert stored(house) == events
    (kept,) = house.installation.parts.spool.aside()
    assert (kept.target, kept.rows) == ("events", 1)
    assert house.installation.parts.spool.depth().rows == 0
    condition = house.installation.parts.watch.look()
    assert "rows_refused" in {reason.trouble for reason in condition.reasons}


def test_refused_row_of_a_withdrawn_visitor_goes(house: House, caplog: pytest.LogCaptureFixture) -> None:
    visitor, _ = visit(house, 2)
    identity = visitor_id(house, visitor)
    poison(house, visitor, value="much", title="secret-title")
    house.installation.parts.writer.flush()
    assert b"secret-title" in house.installation.parts.subject.copy(
        house.installation.parts.gate.authenticate(visitor.token, house.notice().site), house.notice()
    )
    visitor.decide("withdraw")
    house.erase()
    assert house.installation.parts.spool.aside() == []
    assert not [path for path in house.data.glob("ledger*") if b"secret-title" in path.read_bytes()]
    assert "secret-title" not in caplog.text
    assert identity not in caplog.text


def test_copy_and_count_hold_a_row_once_while_its_batch_is_not_confirmed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, events = visit(house, 3)
    parts = house.installation.parts
    token = parts.gate.authenticate(visitor.token, house.notice().site)

    def copied() -> list[str]:
        return sorted(row["event"] for row in json.loads(parts.subject.copy(token, house.notice()))["events"])

    with monkeypatch.context() as patched:
        patched.setattr(parts.spool, "confirm", lambda _: None)
        parts.writer.flush()
    assert stored(house) == events
    assert parts.spool.depth().rows == len(events)
    assert copied() == events
    assert parts.subject.count(token) == len(events)
    parts.writer.flush()
    assert parts.spool.depth().rows == 0
    assert copied() == events
    assert parts.subject.count(token) == len(events)


def test_copy_is_in_the_order_of_time_wherever_its_rows_are(house: House, clock: MovingClock) -> None:
    visitor, events = visit(house, 2)
    clock.move(minutes=5)
    assert visitor.results(visitor.event()) == ["stored"]
    house.installation.parts.writer.flush()
    late = visitor.event()
    late["time"] -= 60_000
    assert visitor.results(late) == ["stored"]
    token = house.installation.parts.gate.authenticate(visitor.token, house.notice().site)
    rows = json.loads(house.installation.parts.subject.copy(token, house.notice()))["events"]
    assert [row["event"] in events for row in rows] == [True, True, False, False]
    assert rows[2]["event"] == late["id"]


def test_kept_rows_can_be_sent_again_or_dropped(house: House) -> None:
    visitor, events = visit(house, 1)
    poison(house, visitor, value="much")
    poison(house, visitor, event="no id")
    spool = house.installation.parts.spool
    house.installation.parts.writer.flush()
    assert spool.retry_aside() == 2
    assert spool.aside() == []
    house.installation.parts.writer.flush()
    assert sum(kept.rows for kept in spool.aside()) == 2
    assert spool.drop_aside() == 2
    assert (spool.aside(), stored(house)) == ([], events)


def test_command_lists_sends_again_and_drops_without_naming_anybody(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, events = visit(house, 1)
    poison(house, visitor, value="much")
    house.installation.parts.writer.flush()
    url = house.installation.parts.settings.database
    house.close()
    configuration = tmp_path / "suostumus.toml"
    configuration.write_text(SETTINGS)
    monkeypatch.setenv("SUOSTUMUS_DATA_DIR", str(house.data))
    monkeypatch.setenv("SUOSTUMUS_DATABASE", url)
    for arguments in ([], ["--retry"], ["--drop"], []):
        assert main(["--config", str(configuration), "poison", *arguments]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[:5] for line in listed] == [["1", "events", "of", "2026-11:", listed[0].split()[4]]] * 2
    assert not [name for name in (events[0], visitor_id(house, visitor)) if name in "".join(listed)]


def test_table_that_lacks_a_column_keeps_rows_waiting(house: House) -> None:
    _, events = visit(house)
    connection = house.installation.parts.store.connect()
    connection.command("ALTER TABLE events RENAME COLUMN url TO address")
    with pytest.raises(StoreError, match="lacks a column"):
        house.installation.parts.writer.flush()
    assert house.installation.parts.spool.aside() == []
    connection.command("ALTER TABLE events RENAME COLUMN address TO url")
    connection.close()
    flush_at_last(house)
    assert stored(house) == events


def test_what_is_kept_aside_lives_no_longer_than_what_is_stored(house: House, clock: MovingClock) -> None:
    visitor, _ = visit(house, 1)
    poison(house, visitor, value="much", ip="192.0.2.123")
    house.installation.parts.writer.flush()
    keeper, spool = house.installation.parts.keeper, house.installation.parts.spool
    identity = visitor_id(house, visitor)
    for days, address in ((29, "192.0.2.123"), (2, "192.0.2.0")):
        clock.move(days=days)
        keeper.shorten_addresses()
        assert msgspec.json.decode(spool.lines_of(identity, "events")[-1])["ip"] == address
    assert b"192.0.2.123" not in (house.data / "ledger.sqlite").read_bytes()
    clock.move(days=700)
    keeper.delete_old_events()
    assert [kept.rows for kept in spool.aside()] == [1]
    clock.move(days=60)
    keeper.delete_old_events()
    assert spool.aside() == []
