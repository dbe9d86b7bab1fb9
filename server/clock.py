"""Time as the product counts it: aware, UTC, passed in so that tests and demo traffic can choose it."""

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Clock = Callable[[], datetime]

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last day when it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as rows hold it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - _BEGINNING) // _MILLISECOND


def iso_of_milliseconds(moment: int) -> str:
    """The same as `iso`, of milliseconds since 1970."""
    second, rest = divmod(moment, 1000)
    return f"{_iso_second(second)}.{rest:03d}Z"


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970, as tokens and the ledger hold it."""
    return int(moment.timestamp())


@lru_cache(maxsize=4096)
def _iso_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat().removesuffix("+00:00")
