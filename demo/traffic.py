"""Weeks of visits to the demonstration shop: made of a seed, so that the same seed gives the same weeks."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import IPv4Address
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from suostumus.demo.audience import Address, Audience, Person, draw, load_audience
from suostumus.demo.catalogue import load_catalogue, load_words
from suostumus.demo.journey import Journey
from suostumus.demo.recorder import Post, Tag

DAYS: Final = 42
_ZONE: Final = ZoneInfo("Europe/Helsinki")
_ARRIVALS: Final = 660  # of an average day; those who refused before or decide nothing send nothing
_WEEKDAYS: Final = (
    1.0,
    1.06,
    1.0,
    0.98,
    0.88,
    0.87,
    1.21,
)  # Monday first; Sunday evenings are the shop's best
_HOURS: Final = (6, 3, 2, 1, 1, 3, 9, 18, 26, 30, 33, 36, 38, 36, 34, 34, 37, 42, 50, 60, 66, 58, 38, 17)
_RETURNING: Final = 0.3  # of arrivals, once there are people who could
_REMEMBERED: Final = 6000  # people who may come back


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """The requests that one visit sends, in order of time; at least one.

    The token is the sender's affair: keep what /api/consent answers by `visitor`, and put it into the bodies
    of that visitor's later requests.
    """

    begins: datetime  # UTC; no request is earlier, the first is often some seconds later
    visitor: int  # the same number for the same person
    address: Address
    headers: Mapping[str, str]
    posts: tuple[Post, ...]


def visits(
    seed: int, start: date, days: int, networks: Mapping[str, Sequence[Address]], tag: Tag
) -> Iterator[DemoVisit]:
    """The visits of some days, in order of their beginning.

    `networks` holds addresses by country (ISO 3166-1 alpha-2), as `addresses_of` draws them; a country that
    has none gets addresses of TEST-NET-2, which have no place.
    """
    crowd = _Crowd(networks, Random(seed))  # noqa: S311 -- repeatable on purpose
    journey = Journey(load_catalogue(), load_words(), tag, crowd.random)
    for day in range(days):
        for arrival in _arrivals(start + timedelta(days=day), crowd.random):
            person = crowd.next_person(arrival)
            source = crowd.audience.source(crowd.random, arrival.astimezone(_ZONE).weekday())
            posts = journey.posts(person, source, arrival)
            if posts:
                yield DemoVisit(arrival, person.number, person.address, _headers(person, tag), tuple(posts))


def in_order(visited: Iterator[DemoVisit]) -> Iterator[tuple[DemoVisit, Post]]:
    """All requests of all visits in order of time, each with its visit; visits overlap."""
    waiting: list[tuple[datetime, int, int]] = []
    open_visits: dict[int, DemoVisit] = {}
    for number, visit in enumerate(visited):
        yield from _due(waiting, open_visits, visit.begins)
        open_visits[number] = visit
        heapq.heappush(waiting, (visit.posts[0].at, number, 0))
    yield from _due(waiting, open_visits, datetime.max.replace(tzinfo=UTC))


def _due(
    waiting: list[tuple[datetime, int, int]], open_visits: dict[int, DemoVisit], until: datetime
) -> Iterator[tuple[DemoVisit, Post]]:
    while waiting and waiting[0][0] <= until:
        _, number, index = heapq.heappop(waiting)
        visit = open_visits[number]
        yield visit, visit.posts[index]
        if index + 1 < len(visit.posts):
            heapq.heappush(waiting, (visit.posts[index + 1].at, number, index + 1))
        else:
            del open_visits[number]


class _Crowd:
    """The people: those who came before, and those who come for the first time."""

    def __init__(self, networks: Mapping[str, Sequence[Address]], random: Random) -> None:
        self.audience: Audience = load_audience()
        self.random = random
        self._networks = networks
        self._known: list[Person] = []
        self._count = 0

    def next_person(self, arrival: datetime) -> Person:
        """Who comes next; people who ordered or left a full cart come back more often."""
        if self._known and self.random.random() < _RETURNING:
            drawn = [self._known[self._recent()] for _ in range(3)]
            away = [person for person in drawn if person.last_seen < arrival - timedelta(hours=1)]
            if away:
                return max(away, key=lambda person: bool(person.cart.lines) + bool(person.orders))
        self._count += 1
        person = self._new_person(arrival)
        self._known.append(person)
        if len(self._known) > _REMEMBERED:
            self._known.pop(0)
        return person

    def _recent(self) -> int:
        """An index of the known, more often one of the last."""
        back = min(int(self.random.expovariate(1 / 800)), len(self._known) - 1)
        return len(self._known) - 1 - back

    def _new_person(self, arrival: datetime) -> Person:
        country = draw(self.random, self.audience.countries)
        languages = list(country.languages)
        return Person(
            number=self._count,
            language=self.random.choices(languages, list(country.languages.values()))[0],
            browser=draw(self.random, self.audience.browsers),
            address=self._address(country.code),
            gpc=self.random.random() < 0.03,
            customer=f"c-{self.random.getrandbits(40):010x}" if self.random.random() < 0.15 else "",
            last_seen=arrival,
        )

    def _address(self, country: str) -> Address:
        addresses = self._networks.get(country)
        if addresses:
            return self.random.choice(addresses)
        return IPv4Address("198.51.100.0") + self.random.randrange(256)


def _arrivals(day: date, random: Random) -> list[datetime]:
    """When people arrive on a day, in order; by Helsinki's clock, in UTC."""
    count = round(random.gauss(1, 0.06) * _ARRIVALS * _WEEKDAYS[day.weekday()])
    hours = random.choices(range(24), _HOURS, k=count)
    return sorted(
        datetime.combine(day, time(hour, random.randrange(60), random.randrange(60)), _ZONE).astimezone(UTC)
        for hour in hours
    )


def _headers(person: Person, tag: Tag) -> dict[str, str]:
    """What the browser sends along with every request. Cross-site: the answer then holds the token."""
    headers = {
        "Content-Type": "text/plain;charset=UTF-8",
        "Origin": tag.origin,
        "Sec-Fetch-Site": "cross-site",
        "User-Agent": person.browser.user_agent,
    }
    return headers | {"Sec-GPC": "1"} if person.gpc else headers
