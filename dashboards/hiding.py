"""What hides visitors whose withdrawal is not verified yet: a condition, wherever a query reads rows of visitors."""

import re

from suostumus.dashboards.composition import without_comments

_PLACE = "<shown>"
_READ = re.compile(r"\b(?:FROM|JOIN|IN)\s+(?:\w+\.)?`?(?:events|rolled_sessions)\b", re.IGNORECASE)
_IS_SHOWN = "visitor NOT IN (SELECT visitor FROM pending)"
_TEXT = re.compile(r"'[^'\n]*'")
_NESTED = re.compile(r"\([^()]*\)")
_END = re.compile(r"\)|\b(?:FORMAT|GROUP|HAVING|LIMIT|ORDER|QUALIFY|SETTINGS|UNION|WINDOW)\b", re.IGNORECASE)
_OR = re.compile(r"\bOR\b", re.IGNORECASE)


class HidingError(RuntimeError):
    """A query that reads rows of visitors without a condition that holds: it must not run."""


def hide(sql: str) -> str:
    """The query without the rows of those who are hidden: `<shown>` is the condition. Raises HidingError."""
    return _filled(sql, _IS_SHOWN)


def show_all(sql: str) -> str:
    """The query of everybody's rows: while nobody is hidden, and for counts that nobody sees. Raises HidingError."""
    return _filled(sql, "true")


def _filled(sql: str, condition: str) -> str:
    text = without_comments(sql)
    before, *reads = _READ.split(text)
    if _PLACE in before or any(read.count(_PLACE) != 1 or f"WHERE {_PLACE}" not in read for read in reads):
        raise HidingError(f"each read of events or rolled_sessions needs its own WHERE {_PLACE}")
    bare = _TEXT.sub("''", text)
    if any(_is_undone(bare[place.end() :]) for place in re.finditer(_PLACE, bare)):
        raise HidingError(f"an OR beside {_PLACE} shows everybody: it needs parentheses")
    return sql.replace(_PLACE, condition)


def _is_undone(after: str) -> bool:
    """Whether the clause goes on with an OR, outside of all parentheses."""
    while (flat := _NESTED.sub("", after)) != after:
        after = flat
    return _OR.search(_END.split(after, maxsplit=1)[0]) is not None
