"""Visitors by weekday and hour, as a table whose cells are as dark as they are busy."""

from collections.abc import Sequence
from dataclasses import dataclass

from suostumus.dashboards.labels import label, written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.rows import Row
from suostumus.dashboards.words import Words

LEVELS = 6


@dataclass(frozen=True)
class Hour:
    """One cell: how many, and how dark."""

    text: str
    level: int  # 0 for nobody, else 1 to LEVELS


@dataclass(frozen=True)
class Weekday:
    """One row of 24 hours."""

    title: str
    hours: list[Hour]


def week(words: Words, rows: Sequence[Row], metric: str = "visitors") -> list[Weekday]:
    """Monday to Sunday, from rows with `value`, the weekday from 1, and `hour`; empty without any row."""
    found = {(int(row["value"]), int(row["hour"])): row[metric] for row in rows}
    highest = max(found.values(), default=0)
    if not highest:
        return []
    return [
        Weekday(
            label(words, "weekday", str(day)),
            [_hour(words, found.get((day, hour), 0), highest) for hour in range(24)],
        )
        for day in range(1, 8)
    ]


def _hour(words: Words, amount: int, highest: int) -> Hour:
    level = min(LEVELS, 1 + int(LEVELS * amount / highest)) if amount else 0
    return Hour(written_in(words, amount, Format.COUNT), level)
