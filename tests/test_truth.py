"""Every metric by every dimension equals a count by hand, exactly; filtered, compared and after an erasure too."""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from counting import Count, Figures, Key
from stories import HELSINKI, NOW, Story
from world import World, lines_of

from suostumus.dashboards import dimensions
from suostumus.dashboards.dimensions import CURRENCY, DIMENSIONS, Dimension, Grain
from suostumus.dashboards.export import as_csv, as_json
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.metrics import METRICS
from suostumus.dashboards.panels import FIGURE_METRICS, SERIES, panel
from suostumus.dashboards.periods import Step
from suostumus.dashboards.question import Question
from suostumus.dashboards.report import fill
from suostumus.dashboards.selection import Selection, parse_selection

VISITORS = int(os.environ.get("SUOSTUMUS_VISITORS", "2000"))
SEED = int(os.environ.get("SUOSTUMUS_SEED", "20261120"))
SOME = (dimensions.CAMPAIGN, dimensions.PAGE, dimensions.ITEM, dimensions.OBSTACLE, dimensions.CART_STEP)
ADDING = ("sessions", "page_views", "orders", "carts", "abandoned_carts", "recovered_carts", "reached_purchase")

Dimensions = Sequence[Dimension]
DAYS = (("2026-10-25", "2026-10-25"), ("2026-10-31", "2026-11-02"), ("2026-09-20", "2026-11-20"))
CHARTS = (
    (date(2026, 11, 4), date(2026, 11, 4), Step.HOUR),
    (date(2026, 11, 2), date(2026, 11, 15), Step.DAY),
    (date(2026, 10, 1), date(2026, 11, 11), Step.WEEK),
    (date(2026, 9, 20), date(2026, 11, 15), Step.MONTH),
)
FILTERS = (
    "country=FI",
    "page=/p/1&device=mobile",
    "page=/äö&page=/a,'b\\",
    "cart_step=add_payment_info",
    "visitor_kind=returning&item=65",
)


@pytest.fixture(scope="module")
def world() -> World:
    """What happened."""
    return World(SEED, VISITORS)


@pytest.fixture(scope="module")
def story(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """What was stored of it, the late part after a first look, and after days that are over were rolled up."""
    told = Story.begin(tmp_path_factory.mktemp("truth"))
    told.connection.insert_lines("events", lines_of(world.rows))
    assert told.figures()["sessions"]
    told.rollup.run()
    told.connection.insert_lines("events", lines_of(world.late))
    yield told
    told.end()


Found = dict[str, dict[Key, Figures]]  # by dimension


def asked(story: Story, selection: Selection, grain: Grain, dimensions: Dimensions, period: str = "current") -> Found:
    """All metrics of a grain by each dimension, as the product counts them: in as few questions as it can."""
    together = tuple((by,) for by in dimensions if not by.values or by.own is grain)
    alone = [((by,),) for by in dimensions if by.values and by.own is not grain]
    found: Found = {}
    for groupings in [together, *alone] if together else alone:
        metrics = tuple(metric for metric in METRICS if grain in metric.sql)
        question = Question(metrics, groupings, grain, filters=selection.filtered)
        rows = Inquiry(story.reader, selection).rows(question.sql(), 100_000, compared=True)
        for grouping in groupings:
            (by,) = grouping
            kept = [row for row in rows if row["grouped"] == question.mask(grouping) and row["period"] == period]
            keys = [*([] if grain is Grain.SESSION else [CURRENCY.name]), by.name]
            found[by.name] = {
                tuple(row[key] for key in keys): {metric.name: row[metric.name] for metric in metrics} for row in kept
            }
            assert len(found[by.name]) == len(kept)
    return found


def by_hand(count: Count, selection: Selection, grain: Grain, name: str) -> dict[Key, Figures]:
    """The same by hand."""
    sessions = count.kept(selection.filters)
    counts = {Grain.SESSION: count.by_session, Grain.MONEY: count.by_money, Grain.ITEM: count.by_item}
    return counts[grain](sessions, name)


def without_empty(found: dict[Key, Figures]) -> dict[Key, Figures]:
    """Less the rows in which nothing was counted."""
    return {key: figures for key, figures in found.items() if any(figures.values())}


def check(story: Story, count: Count, selection: Selection, grain: Grain, dimensions: Dimensions) -> int:
    """Compare; the number of figures that agreed."""
    agreed = 0
    for name, told in asked(story, selection, grain, dimensions).items():
        found = without_empty(told)
        expected = without_empty(by_hand(count, selection, grain, name))
        assert found.keys() == expected.keys(), (grain, name)
        for key, figures in expected.items():
            assert found[key] == figures, (grain, name, key)
        agreed += sum(len(figures) for figures in found.values())
    return agreed


@pytest.fixture(scope="module")
def november(story: Story, world: World) -> Count:
    """The month of the story, by hand."""
    period = story.select().period
    return Count([*world.rows, *world.late], period.start, period.end, NOW, HELSINKI)


@pytest.mark.parametrize("is_rolled", [False, True])
@pytest.mark.parametrize("grain", list(Grain))
def test_every_metric_by_every_dimension_equals_a_count_by_hand(
    story: Story, november: Count, grain: Grain, is_rolled: bool
) -> None:
    if is_rolled:
        story.rollup.run()
    else:
        story.connection.command("TRUNCATE TABLE rolled_days")
    assert check(story, november, story.select(), grain, DIMENSIONS) > 1000


@pytest.mark.parametrize("filters", FILTERS)
def test_filtered_figures_equal_a_count_by_hand(story: Story, november: Count, filters: str) -> None:
    selection = story.select(f"period=month&{filters}")
    assert november.kept(selection.filters)
    for grain in Grain:
        check(story, november, selection, grain, SOME)


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "America/St_Johns"])
@pytest.mark.parametrize("days", DAYS)
def test_any_days_of_any_zone_equal_a_count_by_hand(
    story: Story, world: World, zone: str, days: tuple[str, str]
) -> None:
    pairs = [("period", "custom"), ("from", days[0]), ("to", days[1])]
    selection = parse_selection("shop", ZoneInfo(zone), pairs, NOW)
    period = selection.period
    count = Count([*world.rows, *world.late], period.start, period.end, NOW, ZoneInfo(zone))
    check(story, count, selection, Grain.SESSION, (dimensions.HOUR, dimensions.WEEKDAY, dimensions.VISITOR_KIND))


def test_what_a_period_is_compared_with_equals_a_count_by_hand(story: Story, world: World) -> None:
    selection = story.select()
    start, end = selection.period.before(selection.compare)
    count = Count([*world.rows, *world.late], start, end, NOW, HELSINKI)
    found = asked(story, selection, Grain.SESSION, (dimensions.CHANNEL,), "previous")
    assert found["channel"] == by_hand(count, selection, Grain.SESSION, "channel")


def cuts(first: date, last: date, step: Step) -> list[datetime]:
    """Where the buckets of a chart begin, and where the last one ends."""
    after = last + timedelta(days=1)
    if step is Step.HOUR:
        moments = [datetime.combine(first, time(hour), HELSINKI) for hour in range(24)]
        return [*moments, datetime.combine(after, time(), HELSINKI)]
    days = [first + timedelta(days=number) for number in range((after - first).days + 1)]
    begun = {
        Step.DAY: days,
        Step.WEEK: [day for day in days if day.isoweekday() == 1],
        Step.MONTH: [day for day in days if day.day == 1],
    }[step]
    return [datetime.combine(day, time(), HELSINKI) for day in sorted({first, *begun, after})]


@pytest.mark.parametrize("days", CHARTS)
def test_figures_over_time_equal_a_count_by_hand_of_each_bucket(
    story: Story, world: World, days: tuple[date, date, Step]
) -> None:
    """Each hour, day, week and month is a period of its own: who was new in the last one returns in this one."""
    first, last, step = days
    selection = story.select(f"period=custom&from={first}&to={last}&step={step}")
    rows = fill(Inquiry(story.reader, selection), [SERIES], 0)["series"].rows
    length = last - first + timedelta(days=1)
    agreed = 0
    for prefix, ends in (("", cuts(first, last, step)), ("previous_", cuts(first - length, last - length, step))):
        buckets = list(zip(ends, ends[1:], rows, strict=False))
        for begin, end, row in buckets[:: max(1, len(buckets) // 5)]:
            count = Count([*world.rows, *world.late], begin, end, NOW, HELSINKI)
            told = {metric.name: row[prefix + metric.name] for metric in FIGURE_METRICS}
            if not count.sessions:
                assert not any(told.values()), (prefix, row["bucket"])
                continue
            expected = count.by_session(count.sessions, "")["",]
            assert told == {name: expected[name] for name in told}, (prefix, row["bucket"])
            agreed += 1
    assert agreed


@pytest.mark.parametrize("filters", ["", *FILTERS])
def test_rows_of_a_dimension_with_one_value_a_session_add_up(story: Story, filters: str) -> None:
    single = tuple(entry for entry in DIMENSIONS if not entry.values)
    found = asked(story, story.select(f"period=month&{filters}"), Grain.SESSION, single)
    sums = {
        (name, tuple(sum(row[metric] for row in rows.values()) for metric in ADDING))  # type: ignore[misc]  # numbers
        for name, rows in found.items()
    }
    assert len({figures for _, figures in sums}) == 1


def test_a_panel_and_its_files_give_the_same_figures(story: Story, november: Count) -> None:
    selection = story.select()
    channels = panel("channels")
    assert channels
    table = fill(Inquiry(story.reader, selection), [channels], 100)["channels"]
    expected = by_hand(november, selection, Grain.SESSION, "channel")
    shown = {row["value"]: row["visitors"] for row in table.rows}
    assert shown == {key[0]: figures["visitors"] for key, figures in expected.items()}
    assert {row["value"]: row["visitors"] for row in json.loads(as_json(table))} == shown
    assert {row["value"]: row["visitors"] for row in story.parquet(table)} == shown
    lines = csv.DictReader(io.StringIO(as_csv(table), newline=""))
    assert {line["value"]: int(line["visitors"]) for line in lines} == shown


def test_after_erasing_visitors_all_of_it_holds_without_them(story: Story, world: World) -> None:
    everybody = sorted({row.visitor for row in [*world.rows, *world.late]})
    gone = set(everybody[:: max(2, len(everybody) // 1000)])
    hide = "INSERT INTO pending (machine, visitor) SELECT generateUUIDv4(), arrayJoin({visitors:Array(UUID)})"
    erase = "ALTER TABLE {table} DELETE WHERE visitor IN (SELECT visitor FROM pending)"
    left = [row for row in [*world.rows, *world.late] if row.visitor not in gone]
    selection = story.select()
    count = Count(left, selection.period.start, selection.period.end, NOW, HELSINKI)
    story.rollup.run()
    story.connection.command(hide, {"visitors": sorted(gone)})
    statements = [erase.format(table=table) for table in ("rolled_sessions", "events")]
    for statement in [*statements, "TRUNCATE TABLE pending"]:
        for grain in Grain:
            check(story, count, selection, grain, SOME)
        story.connection.command(statement, settings={"mutations_sync": 2, "allow_nondeterministic_mutations": 1})
    for grain in Grain:
        check(story, count, selection, grain, SOME)
