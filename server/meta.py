"""The few facts that a ledger knows of itself, by their names."""

import sqlite3


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """All of them; none in a ledger that has just been made."""
    return dict(connection.execute("SELECT name, value FROM meta").fetchall())


def set_meta(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Note one, in place of what it was."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def note_time(connection: sqlite3.Connection, now: int) -> int:
    """Remember the latest moment seen, in seconds since 1970; return it."""
    latest = max(now, int(read_meta(connection).get("latest", "0")))
    set_meta(connection, "latest", str(latest))
    return latest
