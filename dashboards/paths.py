"""Paths between pages: the first steps of sessions, with the pages that few saw taken together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.labels import written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.question import over_sessions
from suostumus.dashboards.rows import Row
from suostumus.dashboards.words import Words

MOST_PAIRS = 100_000
MOST_PAGES = 6  # at each step; the others are taken together

_OTHERS, _END = "\0others", "\0end"  # no path of a page begins so


@dataclass(frozen=True)
class Flow:
    """Sessions that went from one page to another one, or ended there."""

    step: int  # of the first of the two pages, from 1
    source: str
    target: str
    sessions: int
    text: str  # the sessions, as people read them


def read_paths(inquiry: Inquiry) -> list[Row]:
    """Every pair of pages in a row. Blocks; raises what the inquiry raises."""
    return inquiry.rows(over_sessions("paths", inquiry.selection.filtered), MOST_PAIRS)


def flows(words: Words, rows: Sequence[Row]) -> list[Flow]:
    """The pairs of pages, largest first at each step."""
    kept = _most_seen(rows)
    summed: Counter[tuple[int, str, str]] = Counter()
    for row in rows:
        step = row["step"]
        source = row["source"] if row["source"] in kept[step] else _OTHERS
        summed[step, source, _target(row["target"], kept.get(step + 1, set()))] += row["sessions"]
    named = {_OTHERS: words.text("paths.others"), _END: words.text("paths.end")}
    ordered = sorted(summed.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0]))
    return [
        Flow(
            step,
            named.get(source, source),
            named.get(target, target),
            sessions,
            written_in(words, sessions, Format.COUNT),
        )
        for (step, source, target), sessions in ordered
    ]


def _target(page: str, kept: set[str]) -> str:
    if not page:
        return _END
    return page if page in kept else _OTHERS


def _most_seen(rows: Sequence[Row]) -> dict[int, set[str]]:
    """The pages that stand alone at each step: the most seen ones there."""
    seen: dict[int, Counter[str]] = {}
    for row in rows:
        seen.setdefault(row["step"], Counter())[row["source"]] += row["sessions"]
        if row["target"]:
            seen.setdefault(row["step"] + 1, Counter())[row["target"]] += row["sessions"] if row["step"] == 3 else 0
    return {step: {page for page, _ in counter.most_common(MOST_PAGES)} for step, counter in seen.items()}
