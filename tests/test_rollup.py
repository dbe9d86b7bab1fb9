"""Rolling days up changes no figure: late events, sessions over midnight, withdrawals, what breaks in between."""

import os
import random
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

import pytest
from stories import HELSINKI, Story

from suostumus.dashboards import carts, visits
from suostumus.dashboards.dimensions import COUNTRY, ENTRY_PAGE, HOUR, OBSTACLE, PAGE, VISITOR_KIND, Dimension, Grain
from suostumus.dashboards.hiding import show_all
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.metric import Metric
from suostumus.dashboards.metrics import METRICS
from suostumus.dashboards.question import Question
from suostumus.dashboards.rollup import read_days, roll_query, sound
from suostumus.dashboards.rows import Row
from suostumus.server.rollup import due
from suostumus.server.store import StoreError

DAYS = (date(2026, 11, 1), date(2026, 11, 30))
SEEDS = range(int(os.environ.get("SUOSTUMUS_ROLLS", "2")))
ROUNDS = 8
DIMENSIONS: tuple[Dimension, ...] = (COUNTRY, ENTRY_PAGE, HOUR, VISITOR_KIND)
UNFOLDED = (visits.VISITORS, visits.SESSIONS, visits.PAGE_VIEWS, carts.ABANDONED_CARTS)
ALL = "period=custom&from=2026-11-01&to=2026-11-20"


class Told(Inquiry):
    """An inquiry that believes no roll."""

    @cached_property
    def _sound(self) -> set[date]:
        return set()


def answers(inquiry: Inquiry) -> list[list[Row]]:
    """What is asked to compare: every metric of sessions by several dimensions at once, every one of money, and some
    by dimensions of which a session has several values, each of which takes a question of its own."""
    found = []
    for grain, groupings, metrics in (
        (Grain.SESSION, tuple((by,) for by in DIMENSIONS), _of(Grain.SESSION)),
        (Grain.SESSION, ((PAGE,),), UNFOLDED),
        (Grain.SESSION, ((OBSTACLE,),), UNFOLDED),
        (Grain.MONEY, ((),), _of(Grain.MONEY)),
    ):
        question = Question(metrics, groupings, grain, buckets=len(groupings) > 1)
        rows = inquiry.rows(question.sql(), 10_000, compared=True)
        found.append(sorted(rows, key=repr))
    return found


def _of(grain: Grain) -> tuple[Metric, ...]:
    return tuple(metric for metric in METRICS if grain in metric.sql)


def rolled(story: Story) -> set[date]:
    """The days whose rolls are believed."""
    return sound(read_days(story.reader.counts, "shop", *DAYS))


def sessions(story: Story, query: str = ALL) -> object:
    """Sessions and page views, as both ways tell them."""
    selection = story.select(query)
    assert answers(Inquiry(story.reader, selection)) == answers(Told(story.reader, selection))
    figures = story.figures(query)
    return figures["sessions"], figures["page_views"]


@pytest.mark.parametrize("seed", SEEDS)
def test_looks_agree_whatever_came_went_and_was_rolled_up(story: Story, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(ROUNDS):
        with story.gathered():
            for _ in range(chance.randrange(1, 6)):
                visit(story, chance)
        if chance.random() < 0.3:
            gone = UUID(int=chance.randrange(1, 9))
            for table in ("rolled_sessions", "events"):
                story.connection.command(
                    f"ALTER TABLE {table} DELETE WHERE visitor = {{gone:UUID}}", {"gone": gone}, {"mutations_sync": 1}
                )
        if chance.random() < 0.6:
            story.now = datetime(2026, 11, chance.randrange(8, 20), chance.randrange(24), tzinfo=HELSINKI)
            story.rollup.run()
        story.now = datetime(2026, 11, 20, 15, 0, tzinfo=HELSINKI)
        first = chance.randrange(1, 12)
        query = f"period=custom&from=2026-11-{first:02}&to=2026-11-{chance.randrange(first, 16):02}"
        assert sessions(story, query), (seed, number)
    story.rollup.run()
    assert len(rolled(story)) > 3


LATER = ["page_not_found", "exception"]  # what columns tell that were added to rolled sessions


def visit(story: Story, chance: random.Random) -> None:
    """A session of some day, long ones over one midnight or two; or something more in one that was told before."""
    if story.told and chance.random() < 0.3:
        row = chance.choice(story.told)
        visitor, session = UUID(row.visitor).int, UUID(row.session).int - 1000
        at = datetime.fromisoformat(row.time) + timedelta(minutes=chance.choice([-25, 5, 25]))
        length = 1
    else:
        visitor, session = chance.randrange(1, 9), len(story.told) + 1
        at = datetime(2026, 11, chance.randrange(2, 14), chance.randrange(24), chance.randrange(60), tzinfo=HELSINKI)
        length = chance.choice([1, 2, 3, 60])
    for number in range(length):
        name = chance.choice(["page_view", "page_view", "page_view", "view_item", "add_to_cart", "purchase", *LATER])
        told = {"path": chance.choice(["/", "/a", "/b"])} if name in {"page_view", "page_not_found"} else {}
        told |= {"order": str(len(story.told)), "value": "5", "currency": "EUR"} if name == "purchase" else {}
        told |= {"shipping": "4.90"} if name == "add_to_cart" else {}
        when = (at + timedelta(minutes=25 * number)).isoformat()
        story.event(when, name, visitor, session, country=chance.choice(["FI", "SE"]), born=at.isoformat(), **told)


def test_a_late_event_counts_at_once_and_its_day_is_rolled_up_again(story: Story) -> None:
    for day in (4, 5, 6, 7):
        story.event(f"2026-11-0{day} 12:00", session=day)
    story.rollup.run()
    assert rolled(story) == {date(2026, 11, day) for day in (4, 5, 6, 7)}
    story.event("2026-11-06 12:10", session=6)
    assert sessions(story) == (4, 5)
    assert rolled(story) == {date(2026, 11, 4)}  # what a day reaches has changed
    story.rollup.run()
    assert rolled(story) == {date(2026, 11, day) for day in (4, 5, 6, 7)}
    assert sessions(story) == (4, 5)


def test_an_event_that_makes_a_session_begin_a_day_earlier_moves_it(story: Story) -> None:
    story.event("2026-11-05 02:10")  # ten minutes past midnight, UTC
    story.rollup.run()
    story.event("2026-11-05 01:50")
    for _ in range(2):
        assert sessions(story) == (1, 2)
        story.rollup.run()


def test_a_session_that_goes_on_while_its_first_day_is_rolled_up_is_whole_in_the_end(story: Story) -> None:
    end = datetime(2026, 11, 5, 2, 0, tzinfo=HELSINKI)  # midnight, UTC
    story.event((end - timedelta(minutes=5)).isoformat())
    story.now = end + timedelta(hours=2, minutes=1)
    story.rollup.run()
    assert not rolled(story)
    for minute in (5, 20, 40):
        story.event((end + timedelta(minutes=minute)).isoformat())
    for hours in (3, 25, 27, 51):
        story.now = end + timedelta(hours=hours)
        story.rollup.run()
        assert sessions(story) == (1, 4)
    assert rolled(story) == {date(2026, 11, 4), date(2026, 11, 5)}


def test_an_event_that_comes_while_its_day_is_rolled_up_is_not_lost(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (4, 5, 6):
        story.event(f"2026-11-0{day} 12:00", session=day)
    roll, late = story.rollup._roll, iter(["2026-11-04 12:10"])

    def roll_and_be_late(site: str, day: date, today: date) -> Row:
        done = roll(site, day, today)
        for when in late:
            story.event(when, session=4)
        return done

    monkeypatch.setattr(story.rollup, "_roll", roll_and_be_late)
    story.rollup.run()
    assert not rolled(story)
    assert sessions(story) == (3, 4)
    story.rollup.run()
    assert len(rolled(story)) == 3
    assert sessions(story) == (3, 4)
    assert summed(story) == 4


def test_a_roll_that_broke_off_counts_for_nothing_and_goes(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (4, 5, 6):
        story.event(f"2026-11-0{day} 12:00", session=day)

    def breaking(table: str, *_: object) -> None:
        raise StoreError(f"{table}: no room")

    with monkeypatch.context() as broken:
        broken.setattr(story.rollup._connected(), "insert_lines", breaking)
        with suppress(StoreError):
            story.rollup.run()
    assert summed(story) == 3
    assert not rolled(story)
    assert sessions(story) == (3, 3)
    story.rollup.run()
    assert summed(story) == 3
    assert len(rolled(story)) == 3


def summed(story: Story) -> int:
    """All events in rolled sessions, of whatever roll."""
    found: int = story.connection.value("SELECT sum(own) FROM rolled_sessions")
    return found


def test_nothing_is_due_once_everything_is_rolled_up(story: Story) -> None:
    for day in (2, 3, 9):
        story.event(f"2026-11-0{day} 23:50", session=day)
        story.event(f"2026-11-0{day + 1} 00:10" if day < 9 else "2026-11-10 00:10", session=day)
    story.rollup.run()
    days = read_days(story.reader.counts, "shop", *DAYS)
    assert due(days, date(2026, 11, 20)) == []
    assert not story.connection.value("SELECT count() FROM rolled_sessions WHERE day > '2026-11-19'")


def test_what_an_earlier_program_rolled_up_in_other_words_does_not_count(story: Story) -> None:
    story.event("2026-11-04 12:00")
    story.rollup.run()
    earlier = "ALTER TABLE rolled_days UPDATE definition = 'earlier' WHERE true"
    story.connection.command(earlier, settings={"mutations_sync": 1})
    assert not rolled(story)
    story.rollup.run()
    assert rolled(story) == {date(2026, 11, 4)}
    story.rollup.run()
    assert summed(story) == 1


def test_columns_of_rolled_sessions_are_those_that_are_told(story: Story) -> None:
    parameters = {"site": "shop", "told_days": [DAYS[0]], "day": DAYS[0], "roll": UUID(int=1)}
    told = story.connection.rows(f"DESCRIBE (\n{show_all(roll_query())})", parameters)
    kept = story.connection.rows("DESCRIBE TABLE rolled_sessions")
    assert [row["name"] for row in kept] == [row["name"] for row in told]
