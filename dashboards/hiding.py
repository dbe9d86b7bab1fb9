"""What hides visitors whose withdrawal is not verified yet: a condition, wherever a query reads rows of visitors."""

import re

from suostumus.dashboards.composition import without_comments

_PLACE = "<shown>"
_READ = re.compile(r"\b(?:FROM|JOIN|IN)\s+(?:\w+\.)?`?(?:events|rolled_sessions)\b", re.IGNORECASE)
_IS_SHOWN = "visitor NOT IN (SELECT visitor FROM pending)"


class HidingError(RuntimeError):
    """A query that reads rows of visitors without a place for the condition, or with one elsewhere: it must not run."""


def hide(sql: str) -> str:
    """The query without the rows of those who are hidden: `<shown>` is the condition. Raises HidingError."""
    return _filled(sql, _IS_SHOWN)


def show_all(sql: str) -> str:
    """The query of everybody's rows: while nobody is hidden, and for counts that nobody sees. Raises HidingError."""
    return _filled(sql, "true")


def _filled(sql: str, condition: str) -> str:
    before, *reads = _READ.split(without_comments(sql))
    if _PLACE in before or any(read.count(_PLACE) != 1 or f"WHERE {_PLACE}" not in read for read in reads):
        raise HidingError(f"each read of events or rolled_sessions needs its own WHERE {_PLACE}")
    return sql.replace(_PLACE, condition)
