"""Who comes back: the visitors born in each week of a period, and how many had a session in the weeks after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from suostumus.dashboards.heatmap import LEVELS
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.labels import day_in, written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.question import over_sessions
from suostumus.dashboards.rows import Row
from suostumus.dashboards.words import Words

MOST_WEEKS = 12  # after the first one


@dataclass(frozen=True)
class Returned:
    """Who came back in one week: their share in words, and how dark it is."""

    share: str
    visitors: str
    level: int  # 0 for nobody, else 1 to LEVELS


@dataclass(frozen=True)
class Cohort:
    """The visitors born in one week; the weeks that have not come yet are left out."""

    title: str
    visitors: str
    weeks: list[Returned]


def read_retention(inquiry: Inquiry) -> list[Row]:
    """The cohorts and their weeks. Blocks; raises what the inquiry raises."""
    return inquiry.rows(over_sessions("retention", inquiry.selection.filtered), 0)


def cohort_rows(rows: Sequence[Row]) -> list[Row]:
    """A row a cohort and week in which somebody came back, as the panel has it."""
    sizes = _sizes(rows)
    return [
        {**row, "born": sizes[row["cohort"]], "share": row["visitors"] / sizes[row["cohort"]]}
        for row in rows
        if not row["whole"]
    ]


def cohorts(words: Words, rows: Sequence[Row], last_day: date) -> list[Cohort]:
    """A row a cohort, oldest first, with a cell for each week up to that of the last day."""
    sizes = _sizes(rows)
    found = {(row["cohort"], row["week"]): row["visitors"] for row in rows if not row["whole"]}
    return [
        Cohort(
            day_in(words, monday),
            written_in(words, size, Format.COUNT),
            [
                _returned(words, found.get((monday, week), 0), size)
                for week in range(min((last_day - monday).days // 7, MOST_WEEKS) + 1)
            ],
        )
        for monday, size in sizes.items()
    ]


def _sizes(rows: Sequence[Row]) -> dict[date, int]:
    """How many visitors each cohort has."""
    return {row["cohort"]: row["visitors"] for row in rows if row["whole"]}


def _returned(words: Words, visitors: int, size: int) -> Returned:
    share = visitors / size
    level = min(LEVELS, 1 + int(LEVELS * share)) if visitors else 0
    return Returned(written_in(words, share, Format.RATE), written_in(words, visitors, Format.COUNT), level)
