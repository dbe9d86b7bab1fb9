"""Daily counters in the ledger, without personal data."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class CountKey:
    """What a daily counter counts. Never anything about a person."""

    site: str
    day: str  # ISO 8601 date in the site's time zone
    kind: str
    detail: str = ""


def count(connection: sqlite3.Connection, key: CountKey, amount: int = 1) -> None:
    """Add to a daily counter."""
    connection.execute(
        "INSERT INTO counts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        (key.site, key.day, key.kind, key.detail, amount),
    )
