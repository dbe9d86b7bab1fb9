"""Installations to measure: each in a folder of its own that is thrown away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from random import Random

from mmdb_writer import MMDBWriter
from netaddr import IPSet

from suostumus.demo.addresses import addresses_of
from suostumus.server.installation import Installation
from suostumus.server.settings import Settings, check_settings

SITE = "bench"
ORIGIN = "https://shop.example"
REAL_GEO_FILE = Path("data/geo/GeoLite2-City.mmdb")


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    seconds: float  # of load, at most, for each server
    bare_requests: int
    requests: int  # of one event
    large_requests: int  # of ten events
    repeats: int  # of one step
    demo_days: int  # of the rows that are written
    events: tuple[int, ...]  # in the table, for each look at the dashboard
    looks: int  # at the dashboard
    erasure_events: int  # among which visitors are erased
    spooled: int  # rows that wait when the process is killed


FULL = Sizes(25, 20_000, 12_000, 4_000, 2_000, 14, (1_000_000, 10_000_000), 5, 10_000_000, 1_000_000)
QUICK = Sizes(5, 2_000, 1_000, 300, 300, 2, (200_000,), 1, 500_000, 20_000)


@dataclass(frozen=True)
class Lab:
    """Where and how much to measure."""

    folder: Path
    sizes: Sizes
    geo_file: Path
    addresses: list[IPv4Address]  # of visitors, with places

    def settings(self, name: str) -> Settings:
        """The settings of an installation in a folder of this name."""
        return scratch_settings(self.folder / name, self.geo_file)

    @contextmanager
    def installation(self, name: str) -> Iterator[Installation]:
        """An installation whose threads do not run."""
        installation = Installation(self.settings(name))
        installation.load_filter()
        try:
            yield installation
        finally:
            installation.close()


def open_lab(folder: Path, sizes: Sizes) -> Lab:
    """Use the real city database where there is one, else a small one."""
    if REAL_GEO_FILE.exists():
        drawn = addresses_of(REAL_GEO_FILE, ["FI", "SE", "DE"], Random(1))  # noqa: S311 -- repeatable on purpose
        return Lab(folder, sizes, REAL_GEO_FILE, [address for found in drawn.values() for address in found])
    addresses = [IPv4Address("192.0.2.0") + number for number in range(256)]
    return Lab(folder, sizes, _small_city_database(folder / "city.mmdb"), addresses)


def roll_up(installation: Installation) -> None:
    """Have the days that are over rolled up, as an installation does in time."""
    connection = installation.parts.store.connect()
    before = -1
    while (rolled := connection.value("SELECT count() FROM rolled_days")) != before:
        before = rolled
        installation.parts.rollup.run()
    connection.close()


def scratch_settings(data: Path, geo_file: Path) -> Settings:
    """One site, no limit in the way, and addresses told by a proxy on this machine."""
    raw: dict[str, object] = {
        "data_dir": str(data),
        "geo_file": str(geo_file),
        "public_url": "https://stats.shop.example",
        "trusted_proxies": ["127.0.0.0/8"],
        "limits": {"requests_per_minute": 1_000_000},
        "sites": [{"key": SITE, "name": "Bench", "origins": [ORIGIN]}],
    }
    return check_settings(raw, {})


def _small_city_database(path: Path) -> Path:
    writer = MMDBWriter(6, "GeoLite2-City", languages=["en"], ipv4_compatible=True)
    record = {
        "country": {"iso_code": "FI"},
        "subdivisions": [{"iso_code": "18"}],
        "city": {"names": {"en": "Helsinki"}},
        "location": {"latitude": 60.17, "longitude": 24.94},
    }
    writer.insert_network(IPSet(["192.0.2.0/24"]), record)
    writer.to_db_file(str(path))
    return path
