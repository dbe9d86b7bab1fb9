"""`suostumus doctor`: each fault that is planted is found, in words, with what to do; a healthy one is well."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import MovingClock
from house import SETTINGS, House, Visitor
from product import Product

from suostumus.server.command import main
from suostumus.server.doctor import as_text, examine_running, examine_stopped
from suostumus.server.premises import Finding, Level, examine_premises
from suostumus.server.settings import Settings, check_settings

OpenHouse = Callable[..., House]


def settings_of(data: Path, **changes: Any) -> Settings:
    """The house's settings, changed."""
    return check_settings(msgspec.toml.decode(SETTINGS.encode()) | {"data_dir": str(data)} | changes, {})


def wrong(findings: list[Finding]) -> dict[str, str]:
    """Words by subject, of what is a problem."""
    return {finding.subject: finding.words for finding in findings if finding.level is Level.PROBLEM}


def looked(findings: list[Finding]) -> dict[str, str]:
    """Words by subject, of everything that is not well."""
    return {finding.subject: finding.words for finding in findings if finding.level is not Level.WELL}


@pytest.fixture
def stopped(open_house: OpenHouse) -> House:
    """An installation that ran, stored something, and was stopped."""
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    house.close()
    return house


def test_stopped_installation_that_is_well(stopped: House, clock: MovingClock) -> None:
    findings = examine_stopped(stopped.installation.parts.settings, clock)
    assert wrong(findings) == {}
    assert {"ledger", "ClickHouse", "work"} <= {finding.subject for finding in findings}


def test_running_installation_that_is_well(house: House) -> None:
    findings = examine_running(house.installation.parts)
    assert wrong(findings) == {}
    assert any("with the schema of this program" in finding.words for finding in findings)


def test_examining_changes_nothing(stopped: House, clock: MovingClock) -> None:
    before = {path: path.read_bytes() for path in stopped.data.glob("ledger.*") if path.is_file()}
    examine_stopped(stopped.installation.parts.settings, clock)
    assert {path: path.read_bytes() for path in stopped.data.glob("ledger.*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["ledger.sqlite", "signing_keys.json", "."])
def test_files_that_others_can_read_are_found(stopped: House, clock: MovingClock, name: str) -> None:
    (stopped.data / name).chmod(0o755)
    assert "permissions" in wrong(examine_stopped(stopped.installation.parts.settings, clock))


def test_missing_and_unreadable_keys_are_found(stopped: House, clock: MovingClock) -> None:
    keys = stopped.data / "signing_keys.json"
    keys.write_text("{}garbage")
    assert "not a JSON object" in wrong(examine_stopped(stopped.installation.parts.settings, clock))["keys"]
    keys.unlink()
    assert "missing" in wrong(examine_stopped(stopped.installation.parts.settings, clock))["keys"]


def test_damaged_ledger_is_found(stopped: House, clock: MovingClock) -> None:
    with (stopped.data / "ledger.sqlite").open("r+b") as file:
        file.seek(4096 + 8)
        file.write(os.urandom(2000))
    findings = examine_stopped(stopped.installation.parts.settings, clock)
    assert "damaged" in wrong(findings)["ledger"]
    assert "backup" in as_text(findings)


def test_database_of_a_newer_program_is_found(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    connection = house.installation.parts.store.connect()
    connection.command("INSERT INTO migrations (name) VALUES ('9999_from_the_future.sql')")
    connection.close()
    assert "newer" in wrong(examine_running(house.installation.parts))["schema"]


def test_clock_set_back_is_found_on_a_stopped_installation(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    clock.move(hours=5)
    house.installation.parts.watch.look()
    house.close()
    clock.move(hours=-4)
    assert "4 hours" in looked(examine_stopped(house.installation.parts.settings, clock))["clock behind"]


def test_old_withdrawal_is_found_on_a_stopped_installation(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.decide("withdraw")
    house.close()
    clock.move(hours=3)
    assert "erasure overdue" in wrong(examine_stopped(house.installation.parts.settings, clock))


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"public_url": "http://stats.shop.example"}, "public_url"),
        ({"public_url": "http://127.0.0.1:8000", "sites": [{"key": "s", "name": "S", "origins": ["https://s.example"]}]},
         "public_url"),
        ({"trusted_proxies": []}, "trusted_proxies"),
        ({"trusted_proxies": ["0.0.0.0/0"]}, "trusted_proxies"),
        ({"internal_networks": ["0.0.0.0/0"]}, "internal_networks"),
    ],
)  # fmt: skip
def test_settings_that_endanger_the_promises_are_found(tmp_path: Path, changes: dict[str, Any], subject: str) -> None:
    assert subject not in wrong(examine_premises(settings_of(tmp_path)))
    assert subject in wrong(examine_premises(settings_of(tmp_path, **changes)))


def test_collector_on_another_site_is_pointed_out(tmp_path: Path) -> None:
    found = looked(examine_premises(settings_of(tmp_path)))
    assert "site other" in found
    assert "site shop" not in found


@pytest.fixture
def product(tmp_path: Path, geo_file: Path) -> Iterator[Product]:
    """The product, not started."""
    product = Product(tmp_path / "product", geo_file)
    yield product
    product.stop(signal.SIGKILL)


def test_command_examines_the_running_and_the_stopped_product(
    product: Product, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUOSTUMUS_DATA_DIR", str(product.data))
    monkeypatch.setenv("SUOSTUMUS_PUBLIC_URL", f"http://127.0.0.1:{product.ports['public']}")
    arguments = ["--config", str(product.configuration), "doctor"]
    product.start()
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"subject": "public_url", "level": "well"}.items() <= next(
        one for one in found if one["subject"] == "public_url"
    ).items()
    product.stop()
    assert main(arguments) == 0
    assert "collector: It does not run." in capsys.readouterr().out
    with sqlite3.connect(product.data / "ledger.sqlite") as connection:
        connection.execute("INSERT INTO counts VALUES ('demo', date('now'), 'dropped', 'bot', 3)")
    connection.close()
    assert main(["--config", str(product.configuration), "counts"]) == 0
    assert "3  demo: dropped (bot)" in capsys.readouterr().out
