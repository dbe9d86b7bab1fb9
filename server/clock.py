"""Time as the product counts it: aware, UTC, passed in so that tests and demo traffic can choose it."""

import calendar
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


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


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970, as tokens and the ledger hold it."""
    return int(moment.timestamp())
