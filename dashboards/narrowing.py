"""Leaves out the columns of sessions that a query does not ask for: the engine plans every one that stands there."""

import re
from collections.abc import Iterator

from suostumus.dashboards.composition import without_comments

_TOLD = re.compile(r"\ntold_sessions AS\n\((?:\n--[^\n]*)*\nSELECT\n(?P<columns>.*?)(?=\nFROM)", re.DOTALL)
_LAST_LINE = re.compile(r"^ {4}(?=\S)[^\n]*?(?P<name>\w+),?(?: --[^\n]*)?$")
_WORD = re.compile(r"\w+")


def narrow(sql: str) -> str:
    """The query with those columns of queries/_told_sessions.sql only that its other texts name.

    `<told_columns>` in them is the list of their names.
    """
    told = _TOLD.search(sql)
    if told is None:
        return sql
    around = sql[: told.start("columns")] + sql[told.end("columns") :]
    asked = set(_WORD.findall(without_comments(around)))
    kept = {name: text for name, text in _columns(told["columns"]) if name in asked}
    narrowed = sql[: told.start("columns")] + ",\n".join(kept.values()) + sql[told.end("columns") :]
    return narrowed.replace("<told_columns>", ", ".join(kept))


def _columns(text: str) -> Iterator[tuple[str, str]]:
    """Each column's name and its lines, without the comma: it ends at a line that is not indented further."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.append(line)
        last = _LAST_LINE.match(line)
        if last and not line.lstrip().startswith("--"):
            yield last["name"], "\n".join([*lines[:-1], line[: last.end("name")]])
            lines = []
