"""Panels as tables with bars: what a reader sees of their rows, and where a click on one leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from suostumus.dashboards.dimensions import MISSING_PAGE
from suostumus.dashboards.explore import group_title
from suostumus.dashboards.labels import dimension_title, label, named, written_in
from suostumus.dashboards.links import Link
from suostumus.dashboards.metric import Format
from suostumus.dashboards.panel import Card, Column, Panel
from suostumus.dashboards.panels import CARDS, panel
from suostumus.dashboards.report import Table
from suostumus.dashboards.rows import Row
from suostumus.dashboards.selection import Selection
from suostumus.dashboards.words import Words

_LEFT_OUT = {"page_views"}  # of cards; exports hold them
_LEFT_OUT_OF_MISSING = {"bounce_rate"}  # where the views are how often a page was not found


@dataclass(frozen=True)
class Heading:
    """The head of one column."""

    name: str
    title: str
    definition: str


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and where clicking it leads when it is a filter."""

    text: str
    query: str = ""


@dataclass(frozen=True)
class Line:
    """One row of a list: its cells, and how long its bar is, in per cent of the longest."""

    cells: list[Cell]
    bar: float


@dataclass(frozen=True)
class CardView:
    """A card with the panel that it shows now."""

    name: str
    title: str
    tabs: list[Link]
    panel: Panel
    columns: list[Heading]
    lines: list[Line]


def card_views(words: Words, selection: Selection, tables: Mapping[str, Table]) -> list[CardView]:
    """The cards, each with the panel that the address chose."""
    return [_card_view(words, card, selection, tables[selection.tabs[card.name]]) for card in CARDS]


def list_view(words: Words, selection: Selection, table: Table) -> CardView:
    """A panel with all its columns; bars follow its first metric."""
    title = panel_title(words, table.panel)
    told = {"called", *(entry.name for entry in table.panel.beside)}  # in the first cell
    columns = [column for column in table.panel.columns if column.name not in told]
    return _view(words, table.panel.name, title, selection, table, columns)


def headings(words: Words, shown: Panel, columns: Sequence[Column]) -> list[Heading]:
    """The heads of a panel's columns, in the reader's words."""
    return [_heading(words, shown, column) for column in columns]


def panel_title(words: Words, shown: Panel) -> str:
    """What a panel is called; one that stands in no list after its metrics and its dimension."""
    if shown.group and shown.dimension:
        return f"{group_title(words, shown.group)} · {dimension_title(words, shown.dimension)}"
    return words.get(f"panels.{shown.name}", shown.title)


def lines(words: Words, table: Table, bar: str = "") -> list[Line]:
    """A panel without filters; `bar` is the column that its bars follow."""
    longest = max((row[bar] for row in table.rows), default=0) if bar else 0
    return [
        Line(_cells(words, table.panel.columns, row), round(100 * row[bar] / longest, 1) if longest else 0)
        for row in table.rows
    ]


def _card_view(words: Words, card: Card, selection: Selection, table: Table) -> CardView:
    tabs = [
        Link(panel_title(words, choice), selection.query_string(**{card.name: name}), name == table.panel.name)
        for name in card.panels
        if (choice := panel(name))
    ]
    left_out = _LEFT_OUT_OF_MISSING if table.panel.dimension is MISSING_PAGE else _LEFT_OUT
    hidden = left_out | {entry.name for entry in table.panel.beside}
    columns = [column for column in table.panel.columns if column.name not in hidden]
    title = words.get(f"cards.{card.name}", card.title)
    return replace(_view(words, card.name, title, selection, table, columns), tabs=tabs)


def _view(
    words: Words, name: str, title: str, selection: Selection, table: Table, columns: Sequence[Column]
) -> CardView:
    measure = table.panel.metrics[0].name
    longest = max((row[measure] or 0 for row in table.rows), default=0) or 1
    shown = [
        Line(
            [_value_cell(words, table.panel, selection, row), *_cells(words, columns[1:], row)],
            round(float(100 * (row[measure] or 0) / longest), 1),
        )
        for row in table.rows
    ]
    return CardView(name, title, [], table.panel, headings(words, table.panel, columns), shown)


def _heading(words: Words, shown: Panel, column: Column) -> Heading:
    """The panel's own words for a column, else those of the dimension or the metric that it shows, else its English."""
    name = shown.dimension.name if shown.dimension and column.name == "value" else column.name
    registries = ("dimensions", "metrics") if column.format is Format.TEXT else ("metrics", "dimensions")
    keys = [f"columns.{shown.name}.{column.name}", *(f"{registry}.{name}" for registry in registries)]
    earlier = words.get(f"metrics.{name.removeprefix('previous_')}.title", "")
    english = words.text("chart.before_of", title=earlier) if name.startswith("previous_") and earlier else column.title
    return Heading(
        column.name,
        words.first([f"{key}.title" for key in keys], english),
        words.first([f"{key}.definition" for key in keys], column.definition),
    )


def _value_cell(words: Words, shown: Panel, selection: Selection, row: Row) -> Cell:
    name = shown.dimension.name if shown.dimension else ""
    text = named(words, name, row["value"], row["called"])
    chosen = selection.with_filter(name, row["value"])
    for beside in shown.beside:  # cities of one name lie in several countries
        if value := row[beside.name]:
            text = f"{text}, {label(words, beside.name, value)}"
            chosen = chosen.with_filter(beside.name, value)
    return Cell(text, chosen.query_string())


def _cells(words: Words, columns: Sequence[Column], row: Row) -> list[Cell]:
    return [Cell(_written(words, column, row[column.name])) for column in columns]


def _written(words: Words, column: Column, value: object) -> str:
    if column.format is Format.TEXT and isinstance(value, str):
        return label(words, column.name, value)
    return written_in(words, value, column.format)
