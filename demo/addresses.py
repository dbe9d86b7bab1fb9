"""Addresses for the demonstration's visitors, drawn from the networks of a city database."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from random import Random
from typing import Final

import maxminddb

_PROBES: Final = 400_000  # addresses tried: about two seconds; Estonia has 3 of 10,000
_WANTED: Final = 60  # networks for each country
_OF_ONE: Final = 8  # addresses of one network, so that cities repeat as they do in life


def addresses_of(database: Path, countries: Collection[str], random: Random) -> dict[str, list[IPv4Address]]:
    """Some addresses of each country (ISO 3166-1 alpha-2); an empty list where none was found.

    Probes the address space at random until each country has enough or the number of probes is used up: going
    through a database of 60 MB would take a minute. The same random state and file give the same addresses.
    """
    found: dict[str, list[IPv4Address]] = {country: [] for country in countries}
    lacking = set(countries)
    with maxminddb.open_database(database) as reader:
        for _ in range(_PROBES):
            if not lacking:
                break
            address = IPv4Address(random.getrandbits(32))
            record, prefix = reader.get_with_prefix_len(address)
            country = _country_with_city(record)
            if country in lacking:
                network = IPv4Network((int(address), prefix), strict=False)
                found[country] += _some_of(network, random)
                if len(found[country]) >= _WANTED * _OF_ONE:
                    lacking.discard(country)
    return found


def _country_with_city(record: object) -> str:
    """The country of a record that names a city, "" for others."""
    if not isinstance(record, dict) or "city" not in record:
        return ""
    country = record.get("country")
    return str(country.get("iso_code", "")) if isinstance(country, dict) else ""


def _some_of(network: IPv4Network, random: Random) -> list[IPv4Address]:
    size = min(network.num_addresses, _OF_ONE)
    return [network[random.randrange(network.num_addresses)] for _ in range(size)]
