"""What hides visitors whose withdrawal is not verified yet: a condition, wherever a query reads rows of visitors."""

import re

_PLACE = "<shown>"
_READS = re.compile(r"\b(?:FROM|JOIN)\s+(?:events|rolled_sessions)\b")
_IS_SHOWN = "visitor NOT IN (SELECT visitor FROM pending)"


class HidingError(ValueError):
    """A query that reads rows of visitors without a place for the condition: it must not run."""


def hide(sql: str) -> str:
    """The query without the rows of those who are hidden: `<shown>` is the condition. Raises HidingError."""
    return _filled(sql, _IS_SHOWN)


def show_all(sql: str) -> str:
    """The query of everybody's rows: while nobody is hidden, and for counts that nobody sees. Raises HidingError."""
    return _filled(sql, "true")


def _filled(sql: str, condition: str) -> str:
    if len(_READS.findall(sql)) != sql.count(_PLACE):
        raise HidingError(f"each read of events or rolled_sessions needs one {_PLACE}")
    return sql.replace(_PLACE, condition)
