"""The head of a page: figures with their change, who they speak of, and the money."""

from collections.abc import Sequence
from dataclasses import dataclass

from suostumus.dashboards.labels import change_in, label, written_in
from suostumus.dashboards.lists import Heading, headings
from suostumus.dashboards.metric import Format, Metric
from suostumus.dashboards.metrics import METRICS
from suostumus.dashboards.panels import FIGURE_METRICS
from suostumus.dashboards.plots import sparkline
from suostumus.dashboards.report import Table
from suostumus.dashboards.rows import Row
from suostumus.dashboards.selection import Selection
from suostumus.dashboards.words import Words


@dataclass(frozen=True)
class Figure:
    """One metric, with its change against the period before, and its course as a small line."""

    name: str
    title: str
    definition: str
    value: str
    change: str
    previous: str
    tone: str  # good, bad or even
    sparkline: str  # points of a polyline; empty when the series does not hold the metric
    query: str  # shows it in the chart; empty when the chart cannot
    current: bool


@dataclass(frozen=True)
class Part:
    """One stretch of a bar, in per cent of it."""

    name: str
    title: str
    count: str
    x: float
    width: float


@dataclass(frozen=True)
class Coverage:
    """Who the figures speak of: sentences, and the answers as shares of a bar."""

    sentence: str
    parts: list[Part]


@dataclass(frozen=True)
class MoneyItem:
    """One sum of a currency."""

    heading: Heading
    text: str
    change: str
    tone: str


@dataclass(frozen=True)
class Money:
    """What one currency brought in."""

    currency: str
    items: list[MoneyItem]


def figures(words: Words, selection: Selection, table: Table, series: Table) -> list[Figure]:
    """One figure a metric."""
    by_name = {metric.name: metric for metric in METRICS}
    return [_figure(words, selection, by_name[row["metric"]], row, series.rows) for row in table.rows]


def coverage(words: Words, table: Table, visitors: object) -> Coverage:
    """How visitors answered the question, and which part of them the figures cover."""
    whole = sum(row["answers"] for row in table.rows)
    if not whole:
        return Coverage(words.text("coverage.nobody"), [])
    parts, x = [], 0.0
    for row in table.rows:
        width = 100 * row["share"]
        title = label(words, "answer", row["answer"])
        parts.append(
            Part(row["answer"], title, written_in(words, row["answers"], Format.COUNT), round(x, 2), round(width, 2))
        )
        x += width
    shares = {row["answer"]: row["share"] for row in table.rows}
    covered = shares["accepted"] + shares["partly"]
    sentence = words.text(
        "coverage.sentence",
        visitors=written_in(words, visitors, Format.COUNT),
        covered=written_in(words, covered, Format.RATE),
        answers=written_in(words, whole, Format.COUNT),
        **{name: written_in(words, share, Format.RATE) for name, share in shares.items()},
    )
    return Coverage(sentence, parts)


def money(words: Words, table: Table) -> list[Money]:
    """Every currency apart: they are never summed together."""
    shown = [entry for entry in table.panel.columns if entry.name not in {"currency", "previous_revenue"}]
    heads = headings(words, table.panel, shown)
    return [
        Money(
            label(words, "currency", row["currency"]),
            [_money_item(words, head, entry.format, row) for head, entry in zip(heads, shown, strict=True)],
        )
        for row in table.rows
    ]


def tone(text: str, rising_is_good: bool | None) -> str:
    """Whether a change is good, bad or neither."""
    if not text or text.startswith("±") or rising_is_good is None:
        return "even"
    return "good" if text.startswith("+") == rising_is_good else "bad"


def _figure(words: Words, selection: Selection, metric: Metric, row: Row, series: Sequence[Row]) -> Figure:
    current, previous = row["current"], row["previous"]
    text = change_in(words, current, previous, metric.format)
    return Figure(
        name=metric.name,
        title=words.title(metric),
        definition=words.definition(metric),
        value=written_in(words, current, metric.format),
        change=text,
        previous=written_in(words, previous, metric.format) if previous is not None else "",
        tone=tone(text, metric.rising_is_good),
        sparkline=sparkline(series, metric.name),
        query=selection.query_string(metric=metric.name) if metric in FIGURE_METRICS else "",
        current=metric is selection.metric,
    )


def _money_item(words: Words, heading: Heading, form: Format, row: Row) -> MoneyItem:
    before = row["previous_revenue"] if heading.name == "revenue" else None
    text = change_in(words, row[heading.name], before, form)
    return MoneyItem(heading, written_in(words, row[heading.name], form), text, tone(text, rising_is_good=True))
