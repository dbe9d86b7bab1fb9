"""The same questions the way Plausible puts them: its two tables, one query a figure, on the same data and engine."""

from datetime import datetime
from pathlib import Path

from suostumus.server.store import Connection

QUERIES = ("figures", "orders", "series", "pages", "channels", "countries", "devices")
HEAD = ("figures", "orders", "series")

_FOLDER = Path(__file__).with_name("peer")
_MONTHS = "SELECT DISTINCT toYYYYMM(time) AS month FROM events ORDER BY month"


def fill(connection: Connection) -> None:
    """Make the tables anew from the events that are there."""
    for table in ("peer_events", "peer_sessions"):
        connection.command(f"DROP TABLE IF EXISTS {table} SYNC")
    for step in ("create_events", "create_sessions", "fill_events"):
        connection.command(_text(step))
    for row in connection.rows(_MONTHS):
        connection.command(_text("fill_sessions"), row)
    for table in ("peer_events", "peer_sessions"):
        connection.command(f"OPTIMIZE TABLE {table} FINAL")


def ask(connection: Connection, names: tuple[str, ...], start: datetime, end: datetime, zone: str) -> None:
    """Put some of the questions, one after another."""
    parameters = {"start": start.replace(microsecond=0), "end": end.replace(microsecond=0), "zone": zone}
    for name in names:
        if not connection.rows(_text(name), parameters):
            raise RuntimeError(f"{name}: no rows, nothing was measured")


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text("utf-8")
