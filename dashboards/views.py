"""Filled panels as a page shows them: texts, links, bars and lines. Addresses are query strings only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suostumus.dashboards.dimensions import dimension
from suostumus.dashboards.formats import change, written
from suostumus.dashboards.labels import label
from suostumus.dashboards.metrics import METRICS, Format, Metric
from suostumus.dashboards.panels import CARDS, Card, Column, Panel, Row, panel
from suostumus.dashboards.periods import PeriodName, possible_steps
from suostumus.dashboards.report import Table
from suostumus.dashboards.selection import Selection

PERIOD_TITLES = {
    PeriodName.TODAY: "Today",
    PeriodName.YESTERDAY: "Yesterday",
    PeriodName.WEEK: "7 days",
    PeriodName.THIRTY_DAYS: "30 days",
    PeriodName.MONTH: "This month",
    PeriodName.YEAR: "This year",
}
CHART_WIDTH = 1000
CHART_HEIGHT = 100


@dataclass(frozen=True)
class Link:
    """A choice: where it leads, and whether it is the present one."""

    title: str
    query: str
    current: bool = False


@dataclass(frozen=True)
class Chip:
    """A filter in force, and the address without it."""

    dimension: str
    value: str
    query: str


@dataclass(frozen=True)
class Figure:
    """One metric, with its change against the period before."""

    metric: Metric
    value: str
    change: str
    previous: str
    tone: str  # good, bad or even


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and where clicking it leads when it is a filter."""

    text: str
    query: str = ""


@dataclass(frozen=True)
class Line:
    """One row of a list: its cells, and how long its bar is, in per cent of the longest."""

    cells: list[Cell]
    bar: float


@dataclass(frozen=True)
class CardView:
    """A card with the panel that it shows now."""

    name: str
    title: str
    tabs: list[Link]
    panel: Panel
    columns: list[Column]
    lines: list[Line]


@dataclass(frozen=True)
class Chart:
    """The time series as two lines in a box of CHART_WIDTH by CHART_HEIGHT."""

    line: str  # points of a polyline
    area: str
    previous: str
    highest: int
    ticks: list[str]  # the first, the middle and the last bucket


@dataclass(frozen=True)
class Part:
    """One stretch of a bar, in per cent of it."""

    name: str
    title: str
    count: int
    x: float
    width: float


def period_links(selection: Selection) -> list[Link]:
    """The named periods."""
    return [
        Link(title, selection.query_string(period=str(name)), name is selection.period_name)
        for name, title in PERIOD_TITLES.items()
    ]


def step_links(selection: Selection) -> list[Link]:
    """The widths of a bucket that suit the period."""
    return [
        Link(step.capitalize(), selection.query_string(step=str(step)), step is selection.step)
        for step in possible_steps(selection.period)
    ]


def chips(selection: Selection) -> list[Chip]:
    """The filters in force."""
    return [
        Chip(entry.title, label(name, value), selection.without_filter(name, value).query_string())
        for name, values in selection.filters.items()
        if (entry := dimension(name))
        for value in values
    ]


def figures(table: Table) -> list[Figure]:
    """The head of the page: one figure a metric."""
    by_name = {metric.name: metric for metric in METRICS}
    return [_figure(by_name[row["metric"]], row["current"], row["previous"]) for row in table.rows]


def _figure(metric: Metric, current: float | None, previous: float | None) -> Figure:
    text = change(current, previous, metric.format)
    return Figure(
        metric=metric,
        value=written(current, metric.format),
        change=text,
        previous=written(previous, metric.format) if previous is not None else "",
        tone=_tone(text, metric.rising_is_good),
    )


def _tone(text: str, rising_is_good: bool | None) -> str:
    if not text or text.startswith("±") or rising_is_good is None:
        return "even"
    return "good" if text.startswith("+") == rising_is_good else "bad"


def card_views(selection: Selection, tables: Mapping[str, Table]) -> list[CardView]:
    """The cards, each with the panel that the address chose."""
    return [_card_view(card, selection, tables[selection.tabs[card.name]]) for card in CARDS]


def _card_view(card: Card, selection: Selection, table: Table) -> CardView:
    tabs = [
        Link(choice.title, selection.query_string(**{card.name: name}), name == table.panel.name)
        for name in card.panels
        if (choice := panel(name))
    ]
    columns = [column for column in table.panel.columns if column.name not in {"code", "page_views"}]
    longest = max((row["visitors"] for row in table.rows), default=0) or 1
    lines = [
        Line(
            [_value_cell(table.panel, selection, row), *_cells(columns[1:], row)],
            round(100 * row["visitors"] / longest, 1),
        )
        for row in table.rows
    ]
    return CardView(card.name, card.title, tabs, table.panel, columns, lines)


def _value_cell(shown: Panel, selection: Selection, row: Row) -> Cell:
    name = shown.dimension.name if shown.dimension else ""
    text = label(name, row["value"])
    chosen = selection.with_filter(name, row["value"])
    if row.get("code"):  # cities of one name lie in several countries
        text = f"{text}, {label('country', row['code'])}"
        chosen = chosen.with_filter("country", row["code"])
    return Cell(text, chosen.query_string())


def _cells(columns: Sequence[Column], row: Row) -> list[Cell]:
    return [Cell(_written(column, row[column.name])) for column in columns]


def _written(column: Column, value: object) -> str:
    if column.format is Format.TEXT and isinstance(value, str):
        return label(column.name, value)
    return written(value, column.format)


def lines(table: Table, bar: str = "") -> list[Line]:
    """A panel without filters; `bar` is the column that its bars follow."""
    longest = max((row[bar] for row in table.rows), default=0) if bar else 0
    return [
        Line(_cells(table.panel.columns, row), round(100 * row[bar] / longest, 1) if longest else 0)
        for row in table.rows
    ]


def chart(table: Table) -> Chart:
    """The visitors of the series as lines, and those of the period before."""
    now = [row["visitors"] for row in table.rows if row["visitors"] is not None]
    before = [row["previous_visitors"] for row in table.rows if row["previous_visitors"] is not None]
    highest = max([*now, *before, 1])
    line = _points(now, len(table.rows), highest)
    last = CHART_WIDTH * (len(now) - 1) / max(len(table.rows) - 1, 1)
    titles = [row["bucket"] for row in table.rows]
    ticks = [titles[0], titles[len(titles) // 2], titles[-1]] if len(titles) > 2 else titles
    return Chart(
        line=line,
        area=f"0,{CHART_HEIGHT} {line} {last:.1f},{CHART_HEIGHT}",
        previous=_points(before, len(table.rows), highest),
        highest=highest,
        ticks=ticks,
    )


def _points(values: Sequence[int], width: int, highest: int) -> str:
    wide = CHART_WIDTH / max(width - 1, 1)
    return " ".join(
        f"{index * wide:.1f},{CHART_HEIGHT * (1 - value / highest):.1f}" for index, value in enumerate(values)
    )


@dataclass(frozen=True)
class Coverage:
    """Who the figures speak of: a sentence, and the answers as shares of a bar."""

    sentence: str
    parts: list[Part]


def coverage(table: Table) -> Coverage:
    """How visitors answered the question."""
    whole = sum(row["answers"] for row in table.rows)
    if not whole:
        return Coverage("Nobody answered in this period: the figures cover visitors who agreed earlier.", [])
    parts, x = [], 0.0
    for row in table.rows:
        width = 100 * row["share"]
        parts.append(Part(row["answer"], label("answer", row["answer"]), row["answers"], round(x, 2), round(width, 2)))
        x += width
    shares = {row["answer"]: written(row["share"], Format.RATE) for row in table.rows}
    return Coverage(
        "The figures cover only visitors who accepted statistics. "
        f"Of {written(whole, Format.COUNT)} answers in this period, "
        f"{shares['accepted']} accepted all purposes, {shares['partly']} some of them, "
        f"and {shares['refused']} refused.",
        parts,
    )


@dataclass(frozen=True)
class MoneyItem:
    """One sum of a currency."""

    column: Column
    text: str
    change: str
    tone: str


@dataclass(frozen=True)
class Money:
    """What one currency brought in."""

    currency: str
    items: list[MoneyItem]


def money(table: Table) -> list[Money]:
    """Every currency apart: they are never summed together."""
    shown = [entry for entry in table.panel.columns if entry.name not in {"currency", "previous_revenue"}]
    return [
        Money(label("currency", row["currency"]), [_money_item(entry, row) for entry in shown]) for row in table.rows
    ]


def _money_item(column: Column, row: Row) -> MoneyItem:
    text = change(row["revenue"], row["previous_revenue"], column.format) if column.name == "revenue" else ""
    return MoneyItem(column, written(row[column.name], column.format), text, _tone(text, rising_is_good=True))
