"""Panels as files: CSV after RFC 4180, JSON, and Parquet by the engine. All hold what the page shows, unrounded."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

from suostumus.dashboards.composition import compose
from suostumus.dashboards.metric import Format
from suostumus.dashboards.parameters import in_parts
from suostumus.dashboards.report import Table

_PARQUET = {
    Format.COUNT: "Nullable(Int64)",
    Format.RATE: "Nullable(Float64)",
    Format.RATIO: "Nullable(Float64)",
    Format.DURATION: "Nullable(Float64)",
    Format.MONEY: "Nullable(Decimal(38, 4))",
    Format.TEXT: "Nullable(String)",
    Format.TIME: "Nullable(DateTime64(3, 'UTC'))",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: Table) -> str:
    """One header line of column names, then one line a row."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [column.name for column in table.panel.columns]
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in table.rows)
    return text.getvalue()


def as_json(table: Table) -> str:
    """An array of objects; money is a string, so that no digit is lost."""
    names = [column.name for column in table.panel.columns]
    return json.dumps([{name: _plain(row[name]) for name in names} for row in table.rows], ensure_ascii=False)


def parquet_query(table: Table) -> tuple[str, dict[str, object]]:
    """The query that answers the table's own rows, and its parameters: the columns with their types, and the rows."""
    columns = table.panel.columns
    lines = [json.dumps({column.name: _plain(row[column.name]) for column in columns}) for row in table.rows]
    structure = ", ".join(f"`{column.name}` {_PARQUET[column.format]}" for column in columns)
    parts = {f"lines_{number}": "\n".join([*part, ""]) for number, part in enumerate(in_parts(lines))}
    places = ", ".join(["''", *(f"{{{name}:String}}" for name in parts)])
    return compose("parquet", {"lines": places}, ()), {"structure": structure, **parts}


def _cell(value: object) -> object:
    """A value as a cell. Visitors choose some texts: none may become a formula of a spreadsheet program."""
    plain = _plain(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if plain is None else plain


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value  # moments are dates too
