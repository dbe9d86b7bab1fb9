"""Steps to an order with the time between them, in one session and over a visitor's sessions."""

from collections.abc import Mapping, Sequence

from suostumus.dashboards.funnel import FUNNEL_STEPS, REACHED, TIMES
from suostumus.dashboards.rows import Row

WINDOW_SECONDS = 30 * 86_400  # of a visitor's way to an order


def session_step_rows(whole: Row) -> list[Row]:
    """A row a step, of one row with the metrics of the steps."""
    counts = [whole.get(metric.name, 0) for metric in REACHED]
    return _step_rows(counts, [None, *(whole.get(metric.name) for metric in TIMES)])


def visitor_step_rows(rows: Sequence[Row]) -> list[Row]:
    """A row a step, of one row for each step that somebody came to."""
    found: Mapping[int, Row] = {row["step"]: row for row in rows}
    places = range(1, len(FUNNEL_STEPS) + 1)
    waits = [found.get(place, {}).get("milliseconds") for place in places]
    return _step_rows(
        [found.get(place, {}).get("visitors", 0) for place in places],
        [None if wait is None else wait / 1000 for wait in waits],
    )


def _step_rows(counts: Sequence[int], seconds: Sequence[float | None]) -> list[Row]:
    return [
        {
            "step": step,
            "count": count,
            "of_first": _share(count, counts[0]),
            "of_previous": _share(count, before),
            "seconds": wait,
        }
        for step, count, before, wait in zip(FUNNEL_STEPS, counts, [counts[0], *counts], seconds, strict=False)
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
