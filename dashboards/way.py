"""The way to an order, step by step: how many came that far, and how many left before the next one."""

from collections.abc import Sequence
from dataclasses import dataclass

from suostumus.dashboards.labels import label, written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.rows import Row
from suostumus.dashboards.words import Words


@dataclass(frozen=True)
class Step:
    """One step of the order process."""

    title: str
    sessions: str
    share: str  # of the step before
    left: str  # how many came no further than the step before; empty for the first one
    height: float  # per cent of the first step


def way(words: Words, rows: Sequence[Row]) -> list[Step]:
    """The steps, from the rows of the panel `funnel`."""
    first = rows[0]["sessions"] or 1
    before = [rows[0]["sessions"], *(row["sessions"] for row in rows)]
    return [
        Step(
            title=label(words, "step", row["step"]),
            sessions=written_in(words, row["sessions"], Format.COUNT),
            share=written_in(words, row["of_previous"], Format.RATE),
            left=written_in(words, row["sessions"] - earlier, Format.COUNT) if index else "",
            height=round(100 * row["sessions"] / first, 1),
        )
        for index, (row, earlier) in enumerate(zip(rows, before, strict=False))
    ]
