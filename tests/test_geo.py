"""City databases: looking up, and noticing a new file."""

import logging
import threading
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from cities import HELSINKI, TURKU, Record, write_database

from suostumus.geo.reader import UNKNOWN, GeoReader, GeoState, Place


def test_address_has_a_place(database: Path) -> None:
    place = Place("FI", "FI-18", "Helsinki", 60.2, 24.9)
    reader = GeoReader(database)
    assert reader.place(IPv4Address("203.0.113.9")) == place
    assert reader.place(IPv6Address("2001:db8::1")) == place


def test_address_of_a_country_only_has_no_city(database: Path) -> None:
    assert GeoReader(database).place(IPv4Address("203.0.113.200")) == Place(country="SE")


def test_unknown_address_has_no_place(database: Path) -> None:
    assert GeoReader(database).place(IPv4Address("198.51.100.1")) is UNKNOWN


def test_ipv6_address_in_a_database_of_ipv4_has_no_place(tmp_path: Path) -> None:
    path = write_database(tmp_path / "city.mmdb", {"203.0.113.0/24": HELSINKI}, version=4)
    assert GeoReader(path).place(IPv6Address("2001:db8::1")) is UNKNOWN


def test_ready_reader_tells_when_its_database_was_built(database: Path) -> None:
    reader = GeoReader(database)
    assert reader.state == GeoState.READY
    assert reader.built == datetime.now(UTC).date()


def test_missing_file_warns_once_and_answers_unknown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reader = GeoReader(tmp_path / "none.mmdb")
    reader.refresh()
    assert reader.place(IPv4Address("203.0.113.9")) is UNKNOWN
    assert (reader.state, reader.built, len(caplog.records)) == (GeoState.MISSING, None, 1)


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 200_000])
def test_broken_file_warns_once(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    path = tmp_path / "city.mmdb"
    path.write_bytes(content)
    reader = GeoReader(path)
    reader.refresh()
    assert reader.place(IPv4Address("203.0.113.9")) is UNKNOWN
    assert (reader.state, len(caplog.records)) == (GeoState.BROKEN, 1)


def test_country_database_is_no_city_database(tmp_path: Path) -> None:
    path = write_database(tmp_path / "c.mmdb", {"203.0.113.0/24": HELSINKI}, kind="GeoLite2-Country")
    assert GeoReader(path).state == GeoState.BROKEN


def test_truncated_database_never_raises(database: Path) -> None:
    content = database.read_bytes()
    for length in range(0, len(content), 97):
        database.write_bytes(content[:length])
        GeoReader(database).place(IPv4Address("203.0.113.9"))


def test_record_of_another_shape_has_no_place(tmp_path: Path) -> None:
    networks: dict[str, Record] = {
        "203.0.113.0/25": {"country": "FI"},
        "203.0.113.128/25": {"country": {"iso_code": "FI"}, "location": {"latitude": "north"}},
    }
    reader = GeoReader(write_database(tmp_path / "city.mmdb", networks))
    assert reader.place(IPv4Address("203.0.113.9")) is UNKNOWN
    assert reader.place(IPv4Address("203.0.113.200")) is UNKNOWN


def test_new_file_answers_after_refresh(tmp_path: Path) -> None:
    path = tmp_path / "city.mmdb"
    reader = GeoReader(path)
    write_database(path, {"203.0.113.0/24": HELSINKI})
    reader.refresh()
    assert (reader.place(IPv4Address("203.0.113.9")).city, reader.state) == ("Helsinki", GeoState.READY)
    write_database(path, {"203.0.113.0/24": TURKU})
    reader.refresh()
    assert reader.place(IPv4Address("203.0.113.9")) == Place("FI", "FI-19", "Turku", 60.5, 22.3)


def test_unchanged_file_is_not_opened_again(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = GeoReader(database)
    monkeypatch.setattr("suostumus.geo.reader.open_city_database", pytest.fail)
    reader.refresh()


def test_broken_new_file_leaves_the_earlier_in_use(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    reader = GeoReader(database)
    broken = database.with_name("broken")
    broken.write_bytes(b"no database")
    broken.replace(database)
    reader.refresh()
    reader.refresh()
    assert reader.place(IPv4Address("203.0.113.9")).city == "Helsinki"
    assert (reader.state, len(caplog.records)) == (GeoState.STALE, 1)
    database.unlink()
    reader.refresh()
    assert reader.place(IPv4Address("203.0.113.9")).city == "Helsinki"


def test_no_log_line_holds_an_address(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reader = GeoReader(tmp_path / "none.mmdb")
    reader.place(IPv4Address("203.0.113.9"))
    assert "203.0.113.9" not in caplog.text


def test_refresh_is_safe_while_others_look_up(tmp_path: Path) -> None:
    path = write_database(tmp_path / "city.mmdb", {"203.0.113.0/24": HELSINKI})
    reader = GeoReader(path)
    stop = threading.Event()
    seen: set[str] = set()

    def look_up() -> None:
        while not stop.is_set():
            seen.add(reader.place(IPv4Address("203.0.113.9")).city)

    threads = [threading.Thread(target=look_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        write_database(path, {"203.0.113.0/24": HELSINKI if turn % 2 else TURKU})
        reader.refresh()
    stop.set()
    for thread in threads:
        thread.join()
    assert seen <= {"Helsinki", "Turku"}
    assert seen
