"""Leaves out the columns of sessions that a query does not ask for: the engine plans every one that stands there."""

import re
from collections.abc import Iterator, Mapping

from suostumus.dashboards.composition import without_comments

_NARROWED = ("sessions", "told_sessions")  # the first is made of the second
_COLUMNS = r"(?:^|\n){}\sAS\n\((?:\n(?:--|WITH )[^\n]*)*\nSELECT\n(?P<columns>.*?)(?=\nFROM)"
_LAST_LINE = re.compile(r"^ {4}(?=\S)[^\n]*?(?P<name>\w+|\*),?(?: --[^\n]*)?$")
_OTHERS = re.compile(r"'[^'\n]*'|`[^`\n]*`|\braw\.\w+|\{\w+:[^{}\n]*\}")  # texts, columns of events, parameters
_WORD = re.compile(r"\w+")


def narrow(sql: str) -> str:
    """The query with those columns of queries/_sessions.sql and _told_sessions.sql only that it needs.

    These are those that its other texts name, and those that one of them is made of.

    `<told_columns>` in them is the list of the latter's names.
    """
    told: list[str] = []
    for part in _NARROWED:
        found = re.search(_COLUMNS.format(part), sql, re.DOTALL)
        if found is None:
            continue
        columns = dict(_columns(found["columns"]))
        before, after = sql[: found.start("columns")], sql[found.end("columns") :]
        told = _asked(columns, before + after)
        sql = before + ",\n".join(columns[name] for name in told) + after
    return sql.replace("<told_columns>", ", ".join(told))


def _asked(columns: Mapping[str, str], around: str) -> list[str]:
    """The columns that a text names, and those that their own texts name, in their order; `*` is always among them."""
    asked = _words(around)
    while more := [name for name in columns if name in asked and not _words(columns[name]) <= asked]:
        asked = asked.union(*(_words(columns[name]) for name in more))
    return [name for name in columns if name in asked or name == "*"]


def _words(sql: str) -> set[str]:
    return set(_WORD.findall(_OTHERS.sub("", without_comments(sql))))


def _columns(text: str) -> Iterator[tuple[str, str]]:
    """Each column's name and its lines, without the comma: it ends at a line that is not indented further."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.append(line)
        last = _LAST_LINE.match(line)
        if last and not line.lstrip().startswith("--"):
            yield last["name"], "\n".join([*lines[:-1], line[: last.end("name")]])
            lines = []
