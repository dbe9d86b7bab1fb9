"""Interleavings of events, repeats, flushes, withdrawals and crashes: no acknowledged event lost, doubled or left."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from house import House, JsonObject, Visitor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suostumus.server.eraser import Eraser
from suostumus.server.store import Connection, StoreError

EXAMPLES = int(os.environ.get("SUOSTUMUS_RACES", "120"))
SHARES = max(1, EXAMPLES // 500)  # long runs are shared among processes
VISITORS = 3
STORIES_OF_FOLDER = 50
SPOOLED = {"events", "consents"}

Step = tuple[Any, ...]

CHOICES = [("statistics",), ("statistics", "marketing"), ("statistics", "marketing", "profiling"), ("marketing",)]
visitors = st.integers(0, VISITORS - 1)
steps = st.one_of(
    st.tuples(st.just("save"), visitors, st.sampled_from(CHOICES)),
    st.tuples(st.just("event"), visitors),
    st.tuples(st.just("event"), visitors),
    st.tuples(st.just("repeat"), visitors),
    st.tuples(st.just("withdraw"), visitors),
    st.tuples(st.just("erase")),
)
flushes = st.tuples(
    st.just("flush"),
    st.sampled_from(["", "", "lost before", "lost after", "crash before", "crash after"]),
    st.lists(steps, max_size=3),  # while the batch is taken and not inserted
    st.lists(steps, max_size=3),  # while it is inserted and not confirmed
)
moves = st.one_of(steps, flushes, flushes, st.tuples(st.just("restart")))
stories = st.lists(moves, min_size=3, max_size=14)


class Crash(Exception):  # noqa: N818 -- what it plays
    """The process ends here."""


@dataclass
class Person:
    """A visitor, and the events acknowledged in this life of theirs."""

    browser: Visitor
    acknowledged: set[str] = field(default_factory=set)
    last: JsonObject | None = None


class Stage:
    """One installation on which every story is played, each with visitors of its own."""

    def __init__(self, open_house: Callable[..., House]) -> None:
        self._open_house = open_house
        self._stories = 0
        self._engine: Connection | None = None
        self.house = self._open()
        self.people: list[Person] = []
        self.plan: list[tuple[str, list[Step], list[Step]]] = []  # what happens around the next inserts

    def begin(self) -> None:
        """New visitors; and a new folder now and then, so that what `verify` reads stays small."""
        self.plan = []
        self._stories += 1
        if self._stories % STORIES_OF_FOLDER == 0:
            self.house.close()
            self.close()
            self.house = self._open()
        self.people = [Person(Visitor(self.house)) for _ in range(VISITORS)]

    def play(self, story: Sequence[Step]) -> None:
        """Do each step."""
        for step in story:
            getattr(self, step[0])(*step[1:])

    def save(self, number: int, purposes: Sequence[str]) -> None:
        """Give or change a consent; without statistics every event has to go."""
        person = self.people[number]
        assert person.browser.decide("save", purposes).status_code in {200, 202}
        if "statistics" not in purposes:
            person.acknowledged.clear()

    def withdraw(self, number: int) -> None:
        """Withdraw everything."""
        person = self.people[number]
        assert person.browser.decide("withdraw").status_code in {200, 202}
        person.acknowledged.clear()

    def event(self, number: int) -> None:
        """Send an event with columns of every purpose."""
        person = self.people[number]
        person.last = person.browser.event(path="/?gclid=click", customer="c-1")
        self._send(person, person.last)

    def repeat(self, number: int) -> None:
        """Send the last event again, as a client does that had no answer."""
        person = self.people[number]
        if person.last:
            self._send(person, person.last)

    def erase(self) -> None:
        """Let the eraser go as far as it can."""
        self.house.installation.parts.eraser.erase()

    def flush(self, fault: str, before: list[Step], after: list[Step]) -> None:
        """Write what waits, with things happening around the first insert."""
        self.plan.append((fault, before, after))
        try:
            self.house.installation.parts.writer.flush()
        except StoreError:
            return
        except Crash:
            self.restart()
        finally:
            self.plan.clear()

    def restart(self) -> None:
        """Leave everything as it lies, and open it again."""
        self.house.close()
        self.house = self._open()
        for person in self.people:
            person.browser.house = self.house

    def assert_true(self) -> None:
        """What is stored is what was acknowledged, once, and `verify` finds nothing."""
        self.house.erase()
        assert self.house.installation.verify().is_clean
        ours = {str(person.browser.session): person for person in self.people}
        rows = self.house.raw("SELECT session, event FROM events")
        for session, person in ours.items():
            stored = [str(row["event"]) for row in rows if str(row["session"]) == session]
            assert sorted(stored) == sorted(person.acknowledged)

    def close(self) -> None:
        """Let the engine end."""
        if self._engine:
            self._engine.close()
            self._engine = None

    def _open(self) -> House:
        """Open the folder; its engine then runs until the folder is left, as a server's would.

        Each start of the embedded engine leaves some twenty threads in its process, which thousands of restarts
        would not survive. test_kill ends the engine too.
        """
        house = self._open_house(folder=f"data-{self._stories // STORIES_OF_FOLDER}")
        self._engine = self._engine or house.installation.parts.store.connect()
        return house

    def _send(self, person: Person, event: JsonObject) -> None:
        (result,) = person.browser.results(event)
        if result in {"stored", "duplicate"}:
            person.acknowledged.add(event["id"])


@pytest.fixture
def stage(open_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The stage, with hands on every insert of the writer."""
    stage = Stage(open_house)
    real = Connection.insert_lines

    def insert(connection: Connection, table: str, lines: Sequence[bytes], token: str = "") -> None:
        if table not in SPOOLED or not stage.plan:
            return real(connection, table, lines, token)
        fault, before, after = stage.plan.pop()
        stage.play(before)
        _fail(fault, "before")
        real(connection, table, lines, token)
        stage.play(after)
        return _fail(fault, "after")

    monkeypatch.setattr(Connection, "insert_lines", insert)
    # Unlinking old files takes a second or two and decides nothing here; test_eraser searches the bytes.
    monkeypatch.setattr(Eraser, "_await_old_parts", lambda *_: None)
    yield stage
    stage.close()


def _fail(fault: str, when: str) -> None:
    if fault == f"lost {when}":
        raise StoreError("lost")
    if fault == f"crash {when}":
        raise Crash


@pytest.mark.timeout(300 + EXAMPLES)
@pytest.mark.parametrize("share", range(SHARES))
@settings(
    max_examples=EXAMPLES // SHARES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories)
def test_every_interleaving_ends_true(stage: Stage, share: int, story: list[Step]) -> None:
    stage.begin()
    stage.play(story)
    stage.assert_true()
