"""Looking up the place of an address in a local city database."""

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

import geoip2.database
import geoip2.errors
from geoip2.models import City
from maxminddb import InvalidDatabaseError

log = logging.getLogger("suostumus.geo")

PLACES_REMEMBERED = 8_192  # of the last visitors, in memory only: 4 MB

_Stamp = tuple[int, int, int]  # modification time in nanoseconds, inode, bytes: what tells that a file changed
_UNREADABLE: Final = (InvalidDatabaseError, TypeError, ValueError)
"""What a damaged record raises; ValueError is also an IPv6 address in a database of IPv4."""


class GeoState(StrEnum):
    """Whether places are known."""

    READY = "ready"
    MISSING = "missing"  # no file: places are empty
    BROKEN = "broken"  # the file cannot be read: places are empty
    STALE = "stale"  # the file went away or broke after it was read: the earlier one still answers


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address is. Unknown is "" or None."""

    country: str = ""  # ISO 3166-1 alpha-2
    region: str = ""  # ISO 3166-2, e.g. FI-18
    city: str = ""  # English name
    latitude: float | None = None  # degrees, rounded to 0.1: about 10 km
    longitude: float | None = None


UNKNOWN: Final = Place()


class GeoError(Exception):
    """A city database that cannot be used. The message says why."""


class GeoReader:
    """A city database file; safe to use from several threads, and never an error to look something up in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._reader: geoip2.database.Reader | None = None
        self._known = lru_cache(PLACES_REMEMBERED)(self._look_up)
        self.state = GeoState.MISSING
        self._open()

    @property
    def built(self) -> date | None:
        """The day on which the database that answers was built, None when there is none."""
        return built_on(self._reader) if self._reader else None

    def place(self, address: IPv4Address | IPv6Address) -> Place:
        """The place of an address, UNKNOWN when the database does not know it. The last ones are kept in memory."""
        return self._known(address)

    def _look_up(self, address: IPv4Address | IPv6Address) -> Place:
        reader = self._reader
        if reader is None:
            return UNKNOWN
        try:
            return _place_of(reader.city(address))
        except (geoip2.errors.AddressNotFoundError, *_UNREADABLE):
            return UNKNOWN

    def refresh(self) -> None:
        """Open the file again if it changed. A file that went away or broke leaves the earlier one in use."""
        with self._lock:
            if _stamp_of(self._path) != self._stamp:
                self._open()

    def _open(self) -> None:
        self._stamp = _stamp_of(self._path)
        try:
            # The earlier reader is not closed: another thread may be inside it. It goes with its last user.
            self._reader = open_city_database(self._path)
        except FileNotFoundError:
            self._fail(GeoState.MISSING, "no city database: countries, regions and cities stay empty")
        except (GeoError, OSError):
            self._fail(GeoState.BROKEN, "unreadable city database: countries, regions and cities stay empty")
        else:
            self.state = GeoState.READY
            self._known.cache_clear()

    def _fail(self, state: GeoState, message: str) -> None:
        if self._reader is None:
            self.state = state
            log.warning(message)
        else:
            self.state = GeoState.STALE
            log.warning("the city database is %s: the one read earlier stays in use", state)


def open_city_database(path: Path) -> geoip2.database.Reader:
    """Open a city database. Raises OSError, or GeoError when the file is not one."""
    try:
        reader = geoip2.database.Reader(path)
    except _UNREADABLE as error:
        raise GeoError("not a MaxMind database") from error
    if "City" not in reader.metadata().database_type:
        reader.close()
        raise GeoError("not a city database")
    return reader


def built_on(reader: geoip2.database.Reader) -> date:
    """The day on which a database was built."""
    return datetime.fromtimestamp(reader.metadata().build_epoch, UTC).date()


def _stamp_of(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


def _place_of(city: City) -> Place:
    country = city.country.iso_code or ""
    subdivision = city.subdivisions[0].iso_code if city.subdivisions else None
    return Place(
        country=country,
        region=f"{country}-{subdivision}" if country and subdivision else "",
        city=city.city.name or "",
        latitude=_rounded(city.location.latitude),
        longitude=_rounded(city.location.longitude),
    )


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, 1)
