"""Sends the demonstration's traffic through the application itself, at the times at which it would have come."""

import asyncio
import math
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from ipaddress import IPv4Address
from random import Random
from typing import TextIO

import msgspec

from suostumus.demo.addresses import addresses_of
from suostumus.demo.audience import load_audience
from suostumus.demo.delivery import NotTakenError, RequestClock, deliver
from suostumus.demo.diary import DIARY_FILE, Answered, Begun, Diary, Done, Plan
from suostumus.demo.progress import SLICES, Progress, follow
from suostumus.demo.recorder import ORDERS, Post, Tag
from suostumus.demo.traffic import DemoVisit, in_order, visits
from suostumus.geo.reader import GeoState
from suostumus.server.app import public_app
from suostumus.server.erasures import open_scopes
from suostumus.server.installation import Installation
from suostumus.server.limits import Limits
from suostumus.server.messages import decode_orders
from suostumus.server.orders import OrderMessage
from suostumus.server.settings import Site

DEMO_SITE = "demo"
LANES = 16  # visitors who are served at a time
ERASURE_SECONDS = 120
MARGIN = timedelta(days=1)  # longer than one slice takes
UNLIMITED = 1_000_000_000
_ENDLESS_DAYS = 36_500

Step = tuple[DemoVisit, Post]


class TrafficError(Exception):
    """Traffic cannot be made here, or was not taken. The message says what to do."""


class Driver:
    """Sends slice after slice, when it is told to."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._turn = asyncio.Lock()
        self._traffic: _Traffic | None = None

    async def go_on(self, days: int) -> Progress:
        """Send the next slice, if one is left; the first one of all decides that the traffic began `days` ago.

        Raises TrafficError when the installation is none for demonstration, or does not take a request.
        """
        async with self._turn:
            if self._traffic is None:
                self._traffic = await asyncio.to_thread(_Traffic, self._installation, days)
            try:
                return await self._traffic.go_on()
            except BaseException:
                self.close()  # what was drawn but not sent is drawn again the next time
                raise

    def close(self) -> None:
        """Give back what was opened."""
        if self._traffic:
            self._traffic.close()
            self._traffic = None


def drive(installation: Installation, days: int, stream: TextIO) -> None:
    """Send all traffic into an installation that nobody serves, until withdrawals are erased. Raises TrafficError."""
    driver = Driver(installation)
    installation.start()
    try:
        with asyncio.Runner() as runner:
            follow(lambda: runner.run(driver.go_on(days)), stream)
        deadline = time.monotonic() + ERASURE_SECONDS
        while installation.parts.ledger.read(open_scopes):
            if time.monotonic() > deadline:
                raise TrafficError("withdrawals are not erased yet: see `suostumus doctor`")
            time.sleep(0.1)
    finally:
        driver.close()


class _Traffic:
    """The traffic of one installation. Every answer is noted, so that none is asked for twice."""

    def __init__(self, installation: Installation, days: int) -> None:
        """Read what was sent, or make a plan. Raises TrafficError."""
        self._installation = installation
        self._settings = installation.parts.settings
        self._site = _demo_site(self._settings.sites)
        self._diary = Diary(self._settings.data_path / DIARY_FILE)
        self._plan = self._diary.plan or self._make_plan(days)
        self._clock = RequestClock()
        self._parts = installation.at(self._clock, self._limits())
        self._app = public_app(self._parts)
        addresses = {country: [IPv4Address(text) for text in texts] for country, texts in self._plan.addresses.items()}
        self._steps = in_order(visits(self._plan.seed, self._plan.start, _ENDLESS_DAYS, addresses, self._tag()))
        self._ahead: list[Step] = []  # drawn, but of a later slice

    def close(self) -> None:
        self._diary.close()

    async def go_on(self) -> Progress:
        """Send the next slice, if one is left."""
        now = self._installation.parts.clock()
        total = SLICES * (now.astimezone(self._site.zone).date() - self._plan.start).days
        events = await self._send_slice(self._diary.done, now) if self._diary.done < total else 0
        return Progress(self._diary.done, total, events)

    def _make_plan(self, days: int) -> Plan:
        longest = 28 * self._settings.retention.consent_months
        if not 0 < days <= longest:
            self.close()
            raise TrafficError(f"--days: not between 1 and {longest}, for which consents of the past are in force")
        seed = secrets.randbits(32)
        drawn: Mapping[str, Sequence[IPv4Address]] = {}
        if self._installation.parts.geo.state is GeoState.READY:
            countries = [country.code for country in load_audience().countries]
            drawn = addresses_of(self._settings.geo_path, countries, Random(seed))  # noqa: S311 -- repeatable on purpose
        start = self._installation.parts.clock().astimezone(self._site.zone).date() - timedelta(days=days)
        texts = {country: [str(address) for address in found] for country, found in drawn.items()}
        plan = Plan(seed, start, texts)
        self._diary.note(plan)
        return plan

    def _tag(self) -> Tag:
        """What the site's script has baked in."""
        notice = self._installation.parts.notices[self._site.key]
        shown = {language: wording.shown["bar"] for language, wording in notice.wordings.items()}
        return Tag(self._site.key, self._site.origins[0], notice.version, shown, self._site.purposes)

    async def _send_slice(self, number: int, now: datetime) -> int:
        """Send what of a slice was not answered before; return how many events were stored."""
        begins, ends = self._bound(number), self._bound(number + 1)
        await asyncio.to_thread(self._take, begins)  # what earlier slices had
        steps = [step for step in await asyncio.to_thread(self._take, ends) if not self._has_answer(step)]
        if self._is_doubtful(number, now):
            steps = []
        events = await self._send(steps)
        await asyncio.to_thread(self._parts.tally.flush)
        self._diary.note(Done(number))
        self._diary.sync()
        return events

    def _limits(self) -> Limits:
        """Weeks pass in minutes; and an id has to outlive `repeat_seconds` of the real clock, not of the traffic's."""
        limits = self._settings.limits
        age = self._installation.parts.clock() - self._bound(0) + MARGIN
        remembered = math.ceil(age.total_seconds()) + limits.repeat_seconds
        return msgspec.structs.replace(limits, repeat_seconds=remembered, requests_per_minute=UNLIMITED)

    def _is_doubtful(self, number: int, now: datetime) -> bool:
        """Whether an interrupted slice began so long ago that its rest is left out.

        What was taken a moment before the interruption, but not noted, is recognised by its ids for as long as the
        installation remembers them. After that it would be counted twice.
        """
        begun = self._diary.begun
        if begun and begun.slice == number:
            return now.timestamp() > begun.at + self._settings.limits.repeat_seconds
        self._diary.note(Begun(number, now.timestamp()))
        self._diary.sync()
        return False

    def _take(self, until: datetime) -> list[Step]:
        """The requests before a moment that were not taken yet."""
        taken = []
        while not self._ahead or self._ahead[0][1].at < until:
            taken += self._ahead
            self._ahead = [next(self._steps)]
        return taken

    def _has_answer(self, step: Step) -> bool:
        visit, post = step
        return self._diary.has_answer(visit.visitor, _milliseconds(post.at))

    async def _send(self, steps: Sequence[Step]) -> int:
        """Send requests of several visitors at a time, those of one visitor in their order. Raises TrafficError."""
        lanes: list[list[Step]] = [[] for _ in range(LANES)]
        for visit, post in steps:
            lanes[visit.visitor % LANES].append((visit, post))
        try:
            async with asyncio.TaskGroup() as group:
                sent = [group.create_task(self._send_lane(lane)) for lane in lanes]
        except* NotTakenError as failures:
            raise TrafficError(f"{failures.exceptions[0]}: run it again, it goes on where it was") from failures
        return sum(lane.result() for lane in sent)

    async def _send_lane(self, lane: Sequence[Step]) -> int:
        events = 0
        for visit, post in lane:
            self._clock.set(post.at)
            if post.path == ORDERS:
                await self._confirm(visit, post)
                continue
            answer = await deliver(self._app, visit, post, self._diary.tokens.get(visit.visitor, ""))
            token = (answer["token"] or "") if "token" in answer else None
            self._diary.note(Answered(visit.visitor, _milliseconds(post.at), token))
            events += sum(event["result"] == "stored" for event in answer.get("events", ()))
        return events

    async def _confirm(self, visit: DemoVisit, post: Post) -> None:
        """The shop's server tells of an order."""
        told = decode_orders(msgspec.json.encode(post.body), 1)
        await self._parts.confirmations.confirm(
            self._site, [one for one in told.orders if isinstance(one, OrderMessage)]
        )
        self._diary.note(Answered(visit.visitor, _milliseconds(post.at)))

    def _bound(self, count: int) -> datetime:
        """Where so many slices end. Days begin at midnight in the site's time zone, whatever its clocks do."""
        days, parts = divmod(count, SLICES)
        hour = time_of_day(24 // SLICES * parts)
        return datetime.combine(self._plan.start + timedelta(days=days), hour, self._site.zone).astimezone(UTC)


def _demo_site(sites: Sequence[Site]) -> Site:
    """The one site of a demonstration. Raises TrafficError when it is another installation."""
    if [site.key for site in sites] != [DEMO_SITE]:
        raise TrafficError(f"sites: made-up traffic is only for an installation whose one site is `{DEMO_SITE}`")
    spoken = {language for country in load_audience().countries for language in country.languages}
    if missing := spoken - set(sites[0].languages):
        raise TrafficError(f"sites[0].languages: the demonstration's visitors need {', '.join(sorted(missing))} too")
    return sites[0]


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
