"""The daily counters, read for the owner from the ledger, running or not."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from suostumus.server.ledger import LedgerError

T = TypeVar("T")
Row = tuple[str, str, str, int]  # site, kind, detail, amount


def read_counts(path: Path, days: int) -> dict[str, int]:
    """Amounts by site, kind and reason over the last days, the largest first; no sums of money. Raises LedgerError."""
    since = (datetime.now(UTC) - timedelta(days=days - 1)).date().isoformat()
    rows = read_ledger(
        path,
        lambda connection: connection.execute(
            "SELECT site, kind, detail, sum(count) AS amount FROM counts WHERE day >= ? AND NOT kind GLOB '*_value'"
            " GROUP BY site, kind, detail ORDER BY site, amount DESC",
            (since,),
        ).fetchall(),
    )
    return _named(rows)


def read_ledger(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Read the file as it is, whoever has it open. Raises LedgerError."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return work(connection)
    except sqlite3.Error as error:
        raise LedgerError(f"{path.name} cannot be read: {type(error).__name__}") from error


def _named(rows: Iterable[Row]) -> dict[str, int]:
    """Decisions are told without languages and layouts."""
    found: dict[str, int] = {}
    for site, kind, detail, amount in rows:
        reason = f" ({detail})" if detail and "/" not in detail else ""
        name = f"{site or 'every site'}: {kind}{reason}"
        found[name] = found.get(name, 0) + amount
    return found
