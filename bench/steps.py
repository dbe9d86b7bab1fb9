"""Microseconds of each step of an event's way, called directly, beside reading the same body as plain JSON."""

import asyncio
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from bench.messages import Browser, events_body, user_agents
from bench.scratch import SITE, Lab
from bench.tables import Table
from suostumus.server.clock import milliseconds
from suostumus.server.consent import Grant
from suostumus.server.events import EventRow
from suostumus.server.messages import Action, EventMessage, decode_events
from suostumus.server.parts import Parts
from suostumus.server.pipeline import Visit
from suostumus.server.records import Decision, Outcome
from suostumus.server.tally import today

ROUNDS = 5
GROUP = 32  # appends that are under way at a time


class _Case:
    """One event of one visitor, as each step needs it."""

    def __init__(self, lab: Lab, parts: Parts) -> None:
        self.parts = parts
        self.site = parts.settings.sites[0]
        self._draw = random.Random(1)  # noqa: S311 -- repeatable on purpose
        self._addresses = lab.addresses
        self._agents = user_agents()
        self.token = self.decide().token
        self.grant: Grant = parts.gate.grant(self.token, self.site, gpc=False)
        browser = Browser(self.token, str(lab.addresses[0]), self._agents[0], str(uuid4()))
        product = events_body(browser, 2)
        self.page_body = events_body(browser, 1)
        self.page_event, self.product_event = _events_of(product)
        self.visit = self.next_visit()
        self.shared = parts.pipeline.read_visit(self.visit)
        self.row = parts.pipeline.read_event(self.shared, self.visit, self.page_event)
        self.day = today(self.site, parts.clock)

    def decide(self) -> Outcome:
        """Accept, as a new visitor."""
        return accept_visitor(self.parts)

    def next_visit(self) -> Visit:
        """A visit from any of the addresses and browsers."""
        now = datetime.now(UTC)
        address, agent = self._draw.choice(self._addresses), self._draw.choice(self._agents)
        return Visit(self.site, self.grant, address, agent, milliseconds(now), milliseconds(now))

    def next_row(self) -> EventRow:
        """An event that was not seen before."""
        return msgspec.structs.replace(self.row, event=str(uuid4()))

    def append_one(self) -> None:
        """Append, and wait until it is on disk."""
        asyncio.run(self._append())

    def append_group(self) -> None:
        """Append as many requests as come at a time, and wait for all."""

        async def append() -> None:
            await asyncio.gather(*(self._append() for _ in range(GROUP)))

        asyncio.run(append())

    async def _append(self) -> None:
        await self.parts.spool.append([self.next_row()], self.grant.visitor_hash, self.day)


def accept_visitor(parts: Parts) -> Outcome:
    """A new visitor accepts."""
    notice = parts.notices[SITE]
    return parts.decisions.decide(
        Decision(
            site=parts.settings.sites[0],
            action=Action.ACCEPT,
            purposes=(),
            id=str(uuid4()),
            notice=notice.version,
            shown=notice.wordings["fi"].shown["bar"],
            language="fi",
            layout="bar",
            surface="banner",
            method="click",
            gpc=False,
            token=None,
        )
    )


def measure(lab: Lab) -> list[Table]:
    """Call each step many times; the median of some rounds counts."""
    repeats = lab.sizes.repeats
    with lab.installation("steps") as installation:
        case = _Case(lab, installation.parts)
        parts = case.parts
        baseline = _microseconds(lambda: json.loads(case.page_body), repeats)
        steps: list[tuple[str, float]] = [
            ("read the body as plain JSON (baseline)", baseline),
            ("read the body as checked messages", _microseconds(lambda: decode_events(case.page_body, 50), repeats)),
            ("token: signature and content", _microseconds(lambda: parts.keys.read(case.token), repeats)),
            (
                "consent gate: token, notice, standing",
                _microseconds(lambda: parts.gate.grant(case.token, case.site, gpc=False), repeats),
            ),
            (
                "pipeline, visit: browser, place",
                _microseconds(lambda: parts.pipeline.read_visit(case.next_visit()), repeats),
            ),
            (
                "pipeline, page view",
                _microseconds(
                    lambda: parts.pipeline.read_event(case.shared, case.visit, case.page_event),
                    repeats,
                ),
            ),
            (
                "pipeline, product view",
                _microseconds(
                    lambda: parts.pipeline.read_event(case.shared, case.visit, case.product_event),
                    repeats,
                ),
            ),
            ("row as JSON", _microseconds(lambda: msgspec.json.encode(case.row), repeats)),
            (
                f"spool: one of {GROUP} appends at a time, on disk",
                _microseconds(case.append_group, repeats // 20, time.perf_counter) / GROUP,
            ),
            ("spool: one append alone, on disk", _microseconds(case.append_one, repeats // 10, time.perf_counter)),
            ("decision: accept, on disk", _microseconds(case.decide, repeats // 10, time.perf_counter)),
        ]
    rows: list[tuple[str | int | float, ...]] = [(name, taken, taken / baseline) for name, taken in steps]
    return [
        Table(
            "Steps of an event's way (µs of processor time; on disk: until it is there)",
            ("step", "µs", "x baseline"),
            rows,
        )
    ]


def _events_of(body: bytes) -> list[EventMessage]:
    return [event for event in decode_events(body, GROUP).events if isinstance(event, EventMessage)]


def _microseconds(step: Callable[[], object], repeats: int, clock: Callable[[], float] = time.thread_time) -> float:
    """The median round's time of one call, by default the processor's."""
    rounds = []
    for _ in range(ROUNDS):
        began = clock()
        for _ in range(max(repeats // ROUNDS, 1)):
            step()
        rounds.append((clock() - began) / max(repeats // ROUNDS, 1))
    return statistics.median(rounds) * 1_000_000
