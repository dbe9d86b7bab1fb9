"""Texts of queries/, put together. Only texts of these files and of the registry meet here: values are bound."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

_WITH = "-- with: "
_COMMENT = re.compile(r"\s*--[^\n]*")


def query(name: str) -> str:
    """The text of queries/NAME.sql, with the parts that its line `-- with: a, b` names before it."""
    return compose(name, {}, ())


def compose(name: str, fragments: Mapping[str, str], parts: Iterable[str]) -> str:
    """The text of queries/NAME.sql after _PART.sql of each part and its needs, with each `<fragment>` filled in."""
    text = _file(name)
    needed = list(dict.fromkeys(_with_needs([*_needs(text), *parts])))
    if needed:
        common = ",\n".join(f"{part} AS\n(\n{_file('_' + part)})" for part in needed)
        text = f"WITH\n{common}\n{text}"
    for fragment, filling in fragments.items():
        text = text.replace(f"<{fragment}>", filling)
    return text


def without_comments(sql: str) -> str:
    """What the engine heeds of a query."""
    return _COMMENT.sub("", sql)


def _with_needs(parts: Iterable[str]) -> Iterator[str]:
    """The parts, each after those that it needs itself."""
    for part in parts:
        yield from _with_needs(_needs(_file("_" + part)))
        yield part


def _needs(text: str) -> list[str]:
    line = next((line for line in text.splitlines() if line.startswith(_WITH)), "")
    return line.removeprefix(_WITH).split(", ") if line else []


@cache
def _file(name: str) -> str:
    return files("suostumus.dashboards").joinpath("queries", f"{name}.sql").read_text("utf-8")
