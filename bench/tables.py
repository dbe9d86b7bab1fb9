"""What was measured, as tables for people and as JSON for programs."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """One comparison. The first row, or the column named so, is the baseline."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


def as_text(table: Table) -> str:
    """The table in columns of equal width."""
    lines = [table.columns, *(tuple(_written(cell) for cell in row) for row in table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.columns))]
    written = [_line(line, widths) for line in lines]
    return "\n".join([table.title, written[0], "  ".join("-" * width for width in widths), *written[1:]])


def save(tables: list[Table], circumstances: dict[str, Cell], path: Path) -> None:
    """Write everything to a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"circumstances": circumstances, "tables": tables}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first = cells[0].ljust(widths[0])
    return "  ".join([first, *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))])


def _written(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell
