"""Panels filled with rows: every query runs once, whatever the number of panels that share it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from suostumus.dashboards import metrics
from suostumus.dashboards.metrics import Metric
from suostumus.dashboards.panels import CARDS, FUNNEL_STEPS, Panel, Reader, Row, card_of, query
from suostumus.dashboards.periods import Bucket, bucket_number, buckets
from suostumus.dashboards.selection import Selection

LIVE_MINUTES = 30
LIVE_ROWS = 12

COMPARED = frozenset({"overview", "revenue"})  # queries that tell the period before apart

Results = Mapping[str, list[Row]]  # by query


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


def fill(reader: Reader, selection: Selection, panels: Sequence[Panel], rows: int) -> dict[str, Table]:
    """The panels by name, with at most so many rows in a list. Blocks; raises what the reader raises."""
    shown = {card.name: panel.dimension.name for panel in panels if (card := card_of(panel)) and panel.dimension}
    tabs = {card.name: shown.get(card.name, "") for card in CARDS}
    needed = dict.fromkeys(name for panel in panels for name in panel.queries)
    results = {
        name: reader.rows(query(name), selection.parameters(rows, compare=name in COMPARED) | tabs) for name in needed
    }
    return {panel.name: Table(panel, _rows_of(panel)(results, selection)) for panel in panels}


def live(reader: Reader, site: str, now: datetime) -> Live:
    """Who is there now, without filters. Blocks; raises what the reader raises."""
    parameters = {"site": site, "recent": now - timedelta(minutes=LIVE_MINUTES), "rows": LIVE_ROWS}
    (counts,) = reader.rows(query("live"), parameters)
    return Live(counts["visitors"], reader.rows(query("live_events"), parameters))


def _rows_of(panel: Panel) -> Callable[[Results, Selection], list[Row]]:
    special: dict[str, Callable[[Results, Selection], list[Row]]] = {
        "figures": _figures,
        "series": _series,
        "pages": lambda results, _: results["pages"],
        "funnel": _funnel,
        "revenue": _revenue,
        "coverage": _coverage,
    }
    if panel.name in special:
        return special[panel.name]
    card = card_of(panel)
    return lambda results, _: [
        _with_bounce_rate(row) for row in results["breakdowns"] if card and row["card"] == card.name
    ]


def _with_bounce_rate(row: Row) -> Row:
    return {**row, "bounce_rate": _share(row["bounces"], row["sessions"])}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _whole(rows: list[Row], period: str) -> Row:
    """The row of a whole period, empty when nothing happened in it."""
    return next((row for row in rows if row["whole"] and row["period"] == period), {})


def _figures(results: Results, selection: Selection) -> list[Row]:
    current = _values(results, "current")
    previous = _values(results, "previous") if selection.compare else {}
    current[metrics.COVERAGE] = _covered(results["coverage"])
    return [
        {
            "metric": metric.name,
            "unit": metric.unit,
            "current": value,
            "previous": previous.get(metric),
        }
        for metric, value in current.items()
    ]


def _values(results: Results, period: str) -> dict[Metric, float | None]:
    overview, orders = _whole(results["overview"], period), _whole(results["revenue"], period)
    visitors, returning = overview.get("visitors", 0), overview.get("returning", 0)
    sessions = overview.get("sessions", 0)
    return {
        metrics.VISITORS: visitors,
        metrics.SESSIONS: sessions,
        metrics.PAGE_VIEWS: overview.get("page_views", 0),
        metrics.BOUNCE_RATE: _share(overview.get("bounces", 0), sessions),
        metrics.DURATION: overview["milliseconds"] / 1000 / sessions if sessions else None,
        metrics.NEW_VISITORS: visitors - returning,
        metrics.RETURNING_VISITORS: returning,
        metrics.ORDERS: orders.get("orders", 0),
        metrics.CONVERSION: _share(orders.get("converted", 0), sessions),
    }


def _covered(rows: list[Row]) -> float | None:
    answers = {row["answer"]: row["answers"] for row in rows}
    return _share(answers.get("accepted", 0) + answers.get("partly", 0), sum(answers.values()))


def _series(results: Results, selection: Selection) -> list[Row]:
    period, step = selection.period, selection.step
    found = {(row["period"], row["bucket"]): row for row in results["overview"] if not row["whole"]}
    first_before = period.first_day - timedelta(days=period.days)
    before = buckets(first_before, period.days, step, period.zone) if selection.compare else []
    after = buckets(period.first_day, period.days, step, period.zone)
    present = bucket_number(period.now, step, period.zone)
    rows = []
    for bucket, earlier in zip_longest(after, before[: len(after)]):
        compared = _counts(found, "previous", earlier, period.previous_end, selection)
        row = _counts(found, "current", bucket, period.now, selection)
        rows.append(
            {
                "bucket": bucket.title + (" (so far)" if bucket.number == present else ""),
                **row,
                "previous_visitors": compared["visitors"],
            }
        )
    return rows


def _counts(
    found: Mapping[tuple[str, int], Row],
    period: str,
    bucket: Bucket | None,
    until: datetime,
    selection: Selection,
) -> Row:
    """The counts of one bucket: zero when nothing happened in it, None when it lies after the moment."""
    names = ("visitors", "sessions", "page_views")
    if bucket is None or bucket.number > bucket_number(until, selection.step, selection.period.zone):
        return dict.fromkeys(names)
    row = found.get((period, bucket.number), {})
    return {name: row.get(name, 0) for name in names}


def _funnel(results: Results, _: Selection) -> list[Row]:
    overview = _whole(results["overview"], "current")
    counts = [overview.get(step, 0) for step in FUNNEL_STEPS]
    return [
        {
            "step": step,
            "sessions": count,
            "of_first": _share(count, counts[0]),
            "of_previous": _share(count, before),
        }
        for step, count, before in zip(FUNNEL_STEPS, counts, [counts[0], *counts], strict=False)
    ]


def _revenue(results: Results, _: Selection) -> list[Row]:
    rows = [row for row in results["revenue"] if not row["whole"]]
    before = {row["currency"]: row["revenue"] for row in rows if row["period"] == "previous"}
    return [{**row, "previous_revenue": before.get(row["currency"])} for row in rows if row["period"] == "current"]


def _coverage(results: Results, _: Selection) -> list[Row]:
    answers = {row["answer"]: row["answers"] for row in results["coverage"]}
    return [
        {
            "answer": answer,
            "answers": answers.get(answer, 0),
            "share": _share(answers.get(answer, 0), sum(answers.values())),
        }
        for answer in ("accepted", "partly", "refused")
    ]
