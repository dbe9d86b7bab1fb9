"""Texts of queries/, put together. Only texts of these files and of the registry meet here: values are bound."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

_WITH = "-- with: "


def query(name: str) -> str:
    """The text of queries/NAME.sql, with the parts that its line `-- with: a, b` names before it."""
    return compose(name, {}, ())


def compose(name: str, fragments: Mapping[str, str], parts: Iterable[str]) -> str:
    """The text of queries/NAME.sql with each `<fragment>` filled in, after _PART.sql of each part and its needs."""
    text = _file(name)
    for fragment, filling in fragments.items():
        text = text.replace(f"<{fragment}>", filling)
    needed = list(dict.fromkeys(_with_needs([*_needs(text), *parts])))
    if not needed:
        return text
    common = ",\n".join(f"{part} AS\n(\n{_file('_' + part)})" for part in needed)
    head, _, rest = text.partition("WITH ") if "\nWITH " in text else ("", "", "")
    return f"{head}WITH\n{common},\n{rest}" if rest else f"WITH\n{common}\n{text}"


def _with_needs(parts: Iterable[str]) -> Iterable[str]:
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
