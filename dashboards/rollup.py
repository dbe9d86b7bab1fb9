"""Which days' sessions are put together already, and which have to be told by events: days as UTC cuts them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import sha256

from suostumus.dashboards.composition import compose, query, without_comments
from suostumus.dashboards.rows import Reader, Row

FOLLOWED_DAYS = 2  # after the one in which a session begins

_DAY = timedelta(days=1)
_OWN = ",\n    countIf(toDate(time) = {day:Date}) AS own"


@dataclass(frozen=True)
class Day:
    """What is known of a day. Its roll is right if it holds all of the day's events, which only come or are erased."""

    day: date
    events: int
    rolled: int  # events that its roll has put together, less those erased
    is_rolled: bool
    is_whole: bool  # whether the last day was over when it was rolled up
    last_day: date  # on which something could change sessions that begin here

    @property
    def is_right(self) -> bool:
        """Whether no event came since."""
        return self.events == self.rolled

    @property
    def reach(self) -> Iterator[date]:
        """The days whose events make up the sessions that begin here, or tell that they began before."""
        last = self.last_day if self.is_rolled else self.day + FOLLOWED_DAYS * _DAY
        return span(self.day - _DAY, max(last, self.day + _DAY))


@cache
def roll_query() -> str:
    """The query that puts the sessions of a day together."""
    return compose("roll", {"more": _OWN}, ())


@cache
def definition() -> str:
    """What a roll of this program is known by: one that was put together in other words does not count."""
    return sha256(without_comments(roll_query()).encode()).hexdigest()[:16]


def read_days(rows: Callable[[str, dict[str, object]], list[Row]], site: str, first: date, last: date) -> list[Day]:
    """Every day of a span that has events or a roll, oldest first. Blocks; raises what the reading of rows raises."""
    found = rows(query("rolled_days"), {"site": site, "from_day": first, "to_day": last, "definition": definition()})
    return [
        Day(
            row["day"],
            row["events"],
            row["rolled"],
            is_rolled=row["is_rolled"],
            is_whole=row["is_whole"],
            last_day=row["last_day"],
        )
        for row in found
    ]


def read_trusted_days(reader: Reader, site: str, first: date, last: date) -> list[Day]:
    """The same by everybody's rows, for which nobody's id is read: who is hidden counts on both sides.

    Where the sides differ, as in the middle of an erasure, they are counted without those who are hidden.
    """
    days = read_days(reader.counts, site, first, last)
    unsure = [entry.day for entry in days if entry.is_rolled and not entry.is_right]
    if not unsure:
        return days
    told = {entry.day: entry for entry in read_days(reader.rows, site, unsure[0], unsure[-1])}
    return [told.get(entry.day, entry) if entry.day in unsure else entry for entry in days]


def sound(days: Sequence[Day]) -> set[date]:
    """The days whose rolled sessions can be believed: nothing came since, on them or on a day that they reach."""
    wrong = {entry.day for entry in days if not entry.is_right}
    return {entry.day for entry in days if entry.is_rolled and entry.is_whole and wrong.isdisjoint(entry.reach)}


def around(days: Iterable[date]) -> list[date]:
    """The days whose events tell the sessions that begin on some days, in order."""
    return sorted({near for day in days for near in span(day - _DAY, day + FOLLOWED_DAYS * _DAY)})


def span(first: date, last: date) -> Iterator[date]:
    """Each day from the first to the last."""
    yield from (first + number * _DAY for number in range((last - first).days + 1))
