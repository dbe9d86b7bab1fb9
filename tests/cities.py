"""Small city databases of documentation addresses."""

from pathlib import Path

import netaddr
import pytest
from mmdb_writer import MMDBWriter

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
