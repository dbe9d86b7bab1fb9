"""Periods of a site's calendar: where they begin and end, what they are compared with, and their buckets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAYS_OF_YEAR = 365
MOST_DAYS = 800  # a custom period; events are kept 25 months by default

_EPOCH = date(1970, 1, 1)


class PeriodName(StrEnum):
    """The periods that an address can name."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "7d"
    THIRTY_DAYS = "30d"
    MONTH = "month"
    YEAR = "year"
    CUSTOM = "custom"


class Compare(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"  # as many days, directly before
    YEAR = "year"  # as many days, from the same date of the year before on
    NONE = "none"


class Step(StrEnum):
    """The width of a bucket in a time series."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # begins on Monday, ISO 8601
    MONTH = "month"


class Extent(StrEnum):
    """How much of a bucket a period has; the words stand behind a bucket's title."""

    WHOLE = ""
    SO_FAR = "so far"  # it is still going on
    PART = "part"  # the period begins or ends inside it


@dataclass(frozen=True)
class Period:
    """Whole days of one time zone, from the first to the last, up to now at most."""

    first_day: date
    last_day: date
    zone: ZoneInfo
    now: datetime

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.last_day - self.first_day).days + 1

    @property
    def start(self) -> datetime:
        """The first moment, in UTC."""
        return midnight(self.first_day, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it, in UTC."""
        return midnight(self.last_day + timedelta(days=1), self.zone)

    @property
    def unfinished(self) -> bool:
        """Whether the period is still going on."""
        return self.start <= self.now < self.end

    def first_day_before(self, compare: Compare) -> date:
        """The first day of what the period is compared with; of NONE its own. The 29th of February follows the 28th."""
        match compare:
            case Compare.PREVIOUS:
                return self.first_day - timedelta(days=self.days)
            case Compare.YEAR:
                day = min(self.first_day.day, 28) if self.first_day.month == 2 else self.first_day.day
                return self.first_day.replace(year=self.first_day.year - 1, day=day)
            case Compare.NONE:
                return self.first_day

    def before(self, compare: Compare) -> tuple[datetime, datetime]:
        """Start and end, in UTC, of what the period is compared with; empty for NONE.

        An unfinished period is compared with as much of the earlier one, up to the same time of day.
        """
        if compare is Compare.NONE:
            return self.start, self.start
        first = self.first_day_before(compare)
        start = midnight(first, self.zone)
        end = midnight(first + timedelta(days=self.days), self.zone)
        if self.unfinished:
            here = self.now.astimezone(self.zone)
            earlier = here.date() - (self.first_day - first)
            end = min(datetime.combine(earlier, here.time(), self.zone).astimezone(UTC), end)
        return start, min(end, self.start)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins in a time zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def named_period(name: PeriodName, zone: ZoneInfo, now: datetime) -> Period:
    """The period with this name, as of now; CUSTOM has no days of its own and gives today."""
    today = now.astimezone(zone).date()
    match name:
        case PeriodName.YESTERDAY:
            first = last = today - timedelta(days=1)
        case PeriodName.WEEK:
            first, last = today - timedelta(days=6), today
        case PeriodName.THIRTY_DAYS:
            first, last = today - timedelta(days=29), today
        case PeriodName.MONTH:
            first, last = today.replace(day=1), today
        case PeriodName.YEAR:
            first, last = today.replace(month=1, day=1), today
        case _:
            first = last = today
    return Period(first, last, zone, now)


def usual_step(period: Period) -> Step:
    """The step that shows a period best."""
    if period.days == 1:
        return Step.HOUR
    if period.days <= 62:
        return Step.DAY
    return Step.WEEK if period.days <= 370 else Step.MONTH


def possible_steps(period: Period) -> list[Step]:
    """The steps that give a readable number of buckets."""
    widest = {Step.HOUR: 7, Step.DAY: 370, Step.WEEK: MOST_DAYS, Step.MONTH: MOST_DAYS}
    narrowest = {Step.HOUR: 1, Step.DAY: 2, Step.WEEK: 8, Step.MONTH: 32}
    return [step for step in Step if narrowest[step] <= period.days <= widest[step]]


@dataclass(frozen=True)
class Bucket:
    """One point of a time series: the number by which a query knows it, and its name for people."""

    number: int  # hours: seconds since 1970; else: days since 1970
    title: str


def buckets(first_day: date, days: int, step: Step, zone: ZoneInfo) -> list[Bucket]:
    """Every bucket of some days, also the empty ones. A day of a clock change has 23 or 25 hours."""
    if step is Step.HOUR:
        return list(_hours(midnight(first_day, zone), midnight(first_day + timedelta(days=days), zone), zone))
    starts = dict.fromkeys(_bucket_start(first_day + timedelta(days=offset), step) for offset in range(days))
    return [Bucket((start - _EPOCH).days, _title(start, step)) for start in starts]


def bucket_number(moment: datetime, step: Step, zone: ZoneInfo) -> int:
    """The number of the bucket that a moment falls into."""
    if step is Step.HOUR:
        return int(moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).timestamp())
    return (_bucket_start(moment.astimezone(zone).date(), step) - _EPOCH).days


def extent(bucket: Bucket, step: Step, period: Period) -> Extent:
    """How much of a bucket lies in a period of whole days, up to now."""
    start = after = period.first_day
    if step in {Step.WEEK, Step.MONTH}:
        start = _EPOCH + timedelta(days=bucket.number)
        after = _bucket_start(start + timedelta(days=7 if step is Step.WEEK else 31), step)
    if start < period.first_day:
        return Extent.PART
    if period.unfinished and bucket.number == bucket_number(period.now, step, period.zone):
        return Extent.SO_FAR
    return Extent.PART if after > period.last_day + timedelta(days=1) else Extent.WHOLE


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Bucket]:
    moment = start
    while moment < end:
        local = moment.astimezone(zone)
        repeated = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
        title = f"{local:%Y-%m-%d %H:%M}" + (f" {local:%Z}" if repeated else "")
        yield Bucket(int(moment.timestamp()), title)
        moment += timedelta(hours=1)


def _bucket_start(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def _title(start: date, step: Step) -> str:
    match step:
        case Step.MONTH:
            return f"{start:%Y-%m}"
        case Step.WEEK:
            return f"{start:%G-W%V}, from {start:%Y-%m-%d}"
        case _:
            return f"{start:%a %Y-%m-%d}"
