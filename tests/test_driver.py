"""The demonstration's traffic, through the application at times that are past."""

import asyncio
import io
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from conftest import MovingClock
from databases import DATABASES
from house import House

from suostumus.demo.diary import DIARY_FILE, Answered, Begun, Diary, Done, Entry, Plan
from suostumus.demo.driver import Driver, TrafficError
from suostumus.demo.progress import SLICES, Progress, follow
from suostumus.server.control import ask, is_running
from suostumus.server.ledger import LedgerError

SITE = {"key": "demo", "name": "Demo shop", "origins": ["http://shop.example"]}
PLAN = Plan(seed=26, start=date(2026, 11, 1), addresses={"FI": ["192.0.2.7", "192.0.2.90"]})
MIDNIGHT = datetime(2026, 10, 31, 22, tzinfo=UTC)  # in Helsinki

OpenHouse = Callable[..., House]


@pytest.fixture
def demo(open_house: OpenHouse) -> House:
    """An installation for demonstration, on the day after the traffic's only day."""
    house = open_house(sites=[SITE], order_secrets=f"demo:{'s' * 32}")
    write_plan(house.data)
    return house


def write_plan(data: Path) -> None:
    data.mkdir(exist_ok=True)
    diary = Diary(data / DIARY_FILE)
    diary.note(PLAN)
    diary.close()


@contextmanager
def driving(house: House) -> Iterator[Callable[[], Progress]]:
    """Sends one slice at each call."""
    driver = Driver(house.installation)
    with asyncio.Runner() as runner:
        yield lambda: runner.run(driver.go_on(days=1))
        driver.close()


def send(house: House, slices: int) -> int:
    """Send until so many slices are done; how many events were stored meanwhile."""
    events = 0
    with driving(house) as go_on:
        progress = go_on()
        events += progress.events
        while progress.done < slices:
            progress = go_on()
            events += progress.events
    return events


class Killed(BaseException):
    """Nobody catches this."""


def interrupt(house: House, answers: int) -> None:
    """Send a slice until so many answers are noted; further ones are lost on the way to the diary."""
    noted = 0
    note = Diary.note

    def note_some(diary: Diary, entry: Entry) -> None:
        nonlocal noted
        noted += isinstance(entry, Answered)
        if noted > answers:
            raise Killed
        note(diary, entry)

    with driving(house) as go_on, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Diary, "note", note_some)
        with pytest.raises(BaseExceptionGroup):
            go_on()


def event_ids(house: House) -> list[str]:
    """What is stored, by the script's own ids; what the shop's server told, by order numbers."""
    return sorted(row["order"] if row["confirmed"] else str(row["event"]) for row in house.rows("events"))


def counters(house: House) -> dict[tuple[str, ...], int]:
    rows = house.installation.parts.ledger.read(
        lambda connection: connection.execute("SELECT day, kind, detail, count FROM counts").fetchall()
    )
    return {(day, kind, detail): count for day, kind, detail, count in rows}


def forget(house: House) -> None:
    """What the installation's own job does, by its own clock."""
    parts = house.installation.parts
    parts.state.forget_expired(parts.clock())


def test_traffic_is_stored_at_its_own_times_and_under_the_same_rules(demo: House) -> None:
    stored = send(demo, slices=2)
    rows = demo.rows("events")
    assert all(MIDNIGHT <= row["time"].replace(tzinfo=UTC) < MIDNIGHT + timedelta(hours=12) for row in rows)
    assert {row["city"] for row in rows if not row["confirmed"]} == {"Helsinki", "Stockholm"}
    assert any(row["confirmed"] for row in rows)
    assert {day for day, _, _ in counters(demo)} == {"2026-11-01"}
    kinds = {kind for _, kind, _ in counters(demo)}
    assert {"accepted", "partly", "refused", "stored", "withdrawn", "ordered", "joined"} <= kinds
    assert counters(demo)["2026-11-01", "joined", "EUR"] < counters(demo)["2026-11-01", "ordered", "EUR"]
    told = [row for row in rows if not row["confirmed"]]  # the shop's server tells orders again
    assert 0 < len(told) < stored  # less those of visitors who withdrew
    demo.erase()
    findings = demo.installation.verify()
    assert findings.is_clean
    assert findings.erasures_waiting == 0


def test_interrupted_traffic_is_in_the_end_the_same_as_uninterrupted(demo: House, open_house: OpenHouse) -> None:
    send(demo, slices=2)
    wanted, counted = event_ids(demo), counters(demo)
    demo.close()
    DATABASES.rename(demo.data, "uninterrupted")
    write_plan(demo.data)
    again = open_house(sites=[SITE], order_secrets=f"demo:{'s' * 32}")
    send(again, slices=1)
    for answers in (9, 35, 80, 120):
        interrupt(again, answers)
        forget(again)
    send(again, slices=2)
    assert event_ids(again) == wanted
    assert counters(again) == counted


def test_rest_of_a_slice_is_left_out_when_ids_are_forgotten(demo: House, clock: MovingClock) -> None:
    send(demo, slices=1)
    interrupt(demo, 60)
    clock.move(hours=2)
    forget(demo)
    before = event_ids(demo)
    assert send(demo, slices=2) == 0
    assert event_ids(demo) == before
    assert send(demo, slices=3) > 0


def test_running_again_says_that_it_is_complete(open_house: OpenHouse) -> None:
    house = open_house(sites=[SITE], order_secrets=f"demo:{'s' * 32}")
    diary = Diary(house.data / DIARY_FILE)
    diary.note(PLAN)
    diary.note(Done(SLICES - 1))
    diary.close()
    shown = io.StringIO()
    with driving(house) as go_on:
        follow(go_on, shown)
    assert shown.getvalue() == "day 1 of 1: 0 events\ncomplete up to yesterday: 0 events were added\n"


def test_traffic_goes_on_up_to_the_new_yesterday(demo: House, clock: MovingClock) -> None:
    with driving(demo) as go_on:
        assert go_on().total == SLICES
        clock.move(days=2)
        assert go_on().total == 3 * SLICES


def test_addresses_are_drawn_from_the_city_database(open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {"FI": [IPv4Address("192.0.2.8")]}
    monkeypatch.setattr("suostumus.demo.driver.addresses_of", lambda *_: drawn)
    house = open_house(sites=[SITE], order_secrets=f"demo:{'s' * 32}")
    with driving(house) as go_on:
        assert go_on().total == SLICES
    diary = Diary(house.data / DIARY_FILE)
    assert diary.plan
    assert diary.plan.addresses == {"FI": ["192.0.2.8"]}
    assert diary.plan.start == date(2026, 11, 1)
    diary.close()


def test_refuses_any_other_installation(house: House) -> None:
    with driving(house) as go_on, pytest.raises(TrafficError, match="one site is `demo`"):
        go_on()
    assert house.rows("events") == []
    assert not (house.data / DIARY_FILE).exists()


def test_refuses_a_site_without_the_visitors_languages(open_house: OpenHouse) -> None:
    house = open_house(sites=[SITE | {"languages": ["fi"]}])
    with driving(house) as go_on, pytest.raises(TrafficError, match=re.escape("sites[0].languages") + ".*en, sv"):
        go_on()


@pytest.mark.parametrize("days", [0, 169])
def test_refuses_days_on_which_no_consent_would_be_in_force(open_house: OpenHouse, days: int) -> None:
    house = open_house(sites=[SITE], order_secrets=f"demo:{'s' * 32}")
    driver = Driver(house.installation)
    with pytest.raises(TrafficError, match="not between 1 and 168, for which"):
        asyncio.run(driver.go_on(days))


def test_request_that_is_not_taken_is_sent_by_the_next_run(demo: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with driving(demo) as go_on:
        with monkeypatch.context() as patch:
            patch.setattr(demo.installation.parts.ledger, "submit", _fail)
            with pytest.raises(TrafficError, match="answered 503: run it again"):
                go_on()
        assert go_on().done == 1
    assert demo.rows("events") != []


def _fail(work: object) -> None:
    raise LedgerError("full")


def test_diary_is_for_its_owner_only_and_a_torn_line_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / DIARY_FILE
    diary = Diary(path)
    for entry in (PLAN, Begun(0, 1.5), Answered(3, 1000, "v1.a"), Answered(3, 2000), Answered(4, 2500, "")):
        diary.note(entry)
    diary.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("ab") as file:
        file.write(b'{"type":"answered","visitor":5,"at":99')
    again = Diary(path)
    again.note(Done(0))
    again.close()
    read = Diary(path)
    assert (read.plan, read.begun, read.done) == (PLAN, Begun(0, 1.5), 1)
    assert read.tokens == {3: "v1.a", 4: ""}
    assert (read.has_answer(3, 2000), read.has_answer(3, 2001), read.has_answer(5, 99)) == (True, False, False)
    read.close()


def test_progress_is_a_bar_on_a_terminal() -> None:
    shown = _Terminal()
    steps = iter([Progress(1, 4, 10), Progress(2, 4, 20), Progress(4, 4, 5)])
    follow(lambda: next(steps), shown)
    first, second, last = shown.getvalue().split("\r")[1:]
    assert first.startswith(f"[{'#' * 10}{'.' * 30}] day 0.25 of 1, 10 events")
    assert second.startswith(f"[{'#' * 20}{'.' * 20}] day 0.50 of 1, 30 events")
    assert last.startswith(f"[{'#' * 40}] day 1.00 of 1, 35 events")
    assert last.endswith("\ncomplete up to yesterday: 35 events were added\n")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_traffic_is_sent_into_a_running_demonstration(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; from suostumus.server.command import main; sys.exit(main())"]
    environment = os.environ | {
        "SUOSTUMUS_DATA_DIR": str(tmp_path / "data"),
        "SUOSTUMUS_PUBLIC_LISTEN": "127.0.0.1:0",
        "SUOSTUMUS_INTERNAL_LISTEN": "127.0.0.1:0",
    }
    config = ["--config", str(Path(__file__).parents[1] / "suostumus.example.toml")]
    server = subprocess.Popen(
        [*command, *config, "demo", "serve", "--shop-listen", "127.0.0.1:0"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not is_running(tmp_path / "data"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        traffic = [*command, *config, "demo", "traffic", "--days", "1"]
        first = subprocess.run(traffic, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert (first.returncode, first.stdout) == (0, "")
        assert "complete up to yesterday" in first.stderr
        again = subprocess.run(traffic, env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert again.stderr.endswith("complete up to yesterday: 0 events were added\n")
        findings = ask(tmp_path / "data", "verify")
        assert findings["clean"], findings
        assert findings["events"] > 1_000
    finally:
        server.terminate()
        assert server.wait(30) == 0
