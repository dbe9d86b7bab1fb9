"""Panels filled with rows: what panels can share is asked once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from suostumus.dashboards.books import book_rows
from suostumus.dashboards.composition import query
from suostumus.dashboards.dimensions import Dimension, Grain
from suostumus.dashboards.funnel import REACHED
from suostumus.dashboards.head import Head, coverage_rows, figure_rows, funnel_rows, money_rows, series_rows, trend_rows
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.panel import Panel
from suostumus.dashboards.panels import (
    BOOKS,
    CART_SERIES,
    COVERAGE,
    FIGURES,
    FUNNEL,
    ORDER_METRICS,
    PATHS,
    RETENTION,
    REVENUE,
    SERIES,
    SESSION_STEPS,
    VISIT_METRICS,
    VISITOR_STEPS,
)
from suostumus.dashboards.parameters import in_parts
from suostumus.dashboards.paths import read_paths
from suostumus.dashboards.question import Question, over_sessions
from suostumus.dashboards.retention import cohort_rows, read_retention
from suostumus.dashboards.rows import Reader, Row
from suostumus.dashboards.steps import WINDOW_SECONDS, session_step_rows, visitor_step_rows

LIVE_MINUTES = 30
LIVE_ROWS = 12
MOST_CURRENCIES = 1_000


@dataclass(frozen=True)
class Table:
    """A panel and its rows; a row holds a value for each of the panel's columns."""

    panel: Panel
    rows: list[Row]


@dataclass(frozen=True)
class Live:
    """The last half hour."""

    visitors: int
    events: list[Row]  # time, name, path, country, browser


def fill(inquiry: Inquiry, panels: Sequence[Panel], rows: int) -> dict[str, Table]:
    """The panels by name, with at most so many rows in a list. Blocks; raises what the reader raises."""
    tables = _named(inquiry, {table.panel.name: table for table in _filled(inquiry, panels, rows)})
    return {panel.name: tables[panel.name] for panel in panels}


def live(reader: Reader, site: str, now: datetime) -> Live:
    """Who is there now, without filters. Blocks; raises what the reader raises."""
    parameters: dict[str, object] = {"site": site, "recent": now - timedelta(minutes=LIVE_MINUTES), "rows": LIVE_ROWS}
    (counts,) = reader.rows(query("live"), parameters)
    return Live(counts["visitors"], reader.rows(query("live_events"), parameters))


def _filled(inquiry: Inquiry, panels: Sequence[Panel], rows: int) -> Iterator[Table]:
    yield from _head(inquiry, panels)
    if BOOKS in panels:
        yield Table(BOOKS, book_rows(inquiry.rows(query(BOOKS.query), 0)))
    if PATHS in panels:
        yield Table(PATHS, read_paths(inquiry))
    if RETENTION in panels:
        yield Table(RETENTION, cohort_rows(read_retention(inquiry)))
    if CART_SERIES in panels:
        yield _trend(inquiry, CART_SERIES)
    yield from _steps(inquiry, panels, rows)
    for shared in _shared([panel for panel in panels if panel.dimension]):
        yield from _lists(inquiry, shared, rows)


def _head(inquiry: Inquiry, panels: Sequence[Panel]) -> Iterator[Table]:
    """What speaks of the period as a whole, and of its buckets: one scan of visits, one of orders, one of answers."""
    over_time, has_funnel = FIGURES in panels or SERIES in panels, FUNNEL in panels
    filters = inquiry.selection.filtered
    asked = []
    if over_time or has_funnel:
        shown = (*(VISIT_METRICS if over_time else ()), *(REACHED if has_funnel else ()))
        asked.append(Question(shown, buckets=over_time, filters=filters))
    if over_time or REVENUE in panels:
        asked.append(Question(ORDER_METRICS, grain=Grain.MONEY, buckets=over_time, counts=True, filters=filters))
    counters = [query("coverage")] if FIGURES in panels or COVERAGE in panels else []
    texts = [*(question.sql() for question in asked), *counters]
    answered = inquiry.side_by_side(texts, MOST_CURRENCIES, compared=True)
    found = list(zip(asked, answered[: len(asked)], strict=True))
    answers = answered[-1] if counters else []
    if counters:
        yield Table(COVERAGE, coverage_rows(answers))
    head = Head(inquiry.selection, found)
    if over_time:
        yield Table(FIGURES, figure_rows(head, answers))
        yield Table(SERIES, series_rows(head))
    if has_funnel:
        yield Table(FUNNEL, funnel_rows(head))
    if REVENUE in panels:
        yield Table(REVENUE, money_rows(*found[-1]))


def _trend(inquiry: Inquiry, panel: Panel) -> Table:
    """Metrics over time, without comparison."""
    question = Question(panel.metrics, buckets=True, filters=inquiry.selection.filtered)
    head = Head(inquiry.selection, [(question, inquiry.rows(question.sql(), 1))])
    return Table(panel, trend_rows(head, panel.metrics))


def _steps(inquiry: Inquiry, panels: Sequence[Panel], rows: int) -> Iterator[Table]:
    filters = inquiry.selection.filtered
    if SESSION_STEPS in panels:
        found = inquiry.rows(Question(SESSION_STEPS.metrics, filters=filters).sql(), rows)
        yield Table(SESSION_STEPS, session_step_rows(found[0] if found else {}))
    if VISITOR_STEPS in panels:
        found = inquiry.rows(over_sessions(VISITOR_STEPS.query, filters), rows, more={"window": WINDOW_SECONDS})
        yield Table(VISITOR_STEPS, visitor_step_rows(found))


def _shared(panels: Iterable[Panel]) -> list[list[Panel]]:
    """Panels that one question answers: same metrics, and one value of each dimension a session."""
    groups: dict[object, list[Panel]] = {}
    for panel in panels:
        alone = panel.name if panel.grain is not Grain.SESSION or (panel.dimension and panel.dimension.values) else ""
        groups.setdefault((panel.metrics, alone), []).append(panel)
    return list(groups.values())


def _lists(inquiry: Inquiry, panels: Sequence[Panel], rows: int) -> Iterator[Table]:
    groupings = tuple((panel.dimension, *panel.beside) for panel in panels if panel.dimension)
    first = panels[0]
    question = Question(first.metrics, groupings, first.grain, filters=inquiry.selection.filtered, counted=True)
    most = max(rows, *(panel.rows for panel in panels))
    found = inquiry.rows(question.sql(), most)
    for panel, grouping in zip(panels, groupings, strict=True):
        mask = question.mask(grouping)
        kept = [row for row in found if row["grouped"] == mask][: panel.rows or rows]
        name = grouping[0].name
        yield Table(panel, [row | {"value": row[name], "called": ""} for row in kept])


def _named(inquiry: Inquiry, tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables with what values are called that are numbers: asked once for all of them."""
    named = dict(tables)
    for by in dict.fromkeys(table.panel.dimension for table in tables.values()):
        if by and by.called:
            ours = {name: table for name, table in tables.items() if table.panel.dimension is by}
            values = {row["value"] for table in ours.values() for row in table.rows} - {""}
            names = _names(inquiry, by, values, inquiry.selection.filtered)
            for name, table in ours.items():
                rows = [row | {"called": names.get(row["value"], "")} for row in table.rows]
                named[name] = replace(table, rows=rows)
    return named


def names_of_filters(inquiry: Inquiry) -> dict[tuple[str, str], str]:
    """What the values of filters are called that are numbers, by dimension and value: in the period, unfiltered."""
    found: dict[tuple[str, str], str] = {}
    for by in inquiry.selection.filtered:
        values = set(inquiry.selection.filters[by.name]) - {""}
        if by.called and values:
            names = _names(inquiry, by, values, ())
            found |= {(by.name, value): name for value, name in names.items()}
    return found


def _names(inquiry: Inquiry, by: Dimension, values: Iterable[str], filters: tuple[Dimension, ...]) -> dict[str, str]:
    """What the values of a dimension are called in sessions that match the filters, by value."""
    sql = over_sessions("called", filters, {"called": by.called})
    parts = in_parts(sorted(values))
    return {row[by.name]: row["called"] for part in parts for row in inquiry.rows(sql, 0, more={"items": part})}
