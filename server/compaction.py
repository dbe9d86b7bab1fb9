"""Taking the bytes of deleted rows out of the ledger's file, at the cost of what may tell of visitors only."""

import sqlite3

TELLING_TABLES = ("contents", "decided", "erasures", "placed", "poison", "waiting")
"""Tables that may hold a visitor's id or what was collected; the others know keyed hashes only."""

REWRITE_BYTES = 64 * 1024 * 1024  # beyond it, SQLite's own rewriting is as quick, and leaves a smaller file
OVERWRITES = 1  # the file's `user_version` once every page that it frees is overwritten


def compact(connection: sqlite3.Connection) -> bool:
    """Leave no byte of a deleted row in the file or beside it; False while a reader holds the log.

    `secure_delete` overwrites pages that are freed, but when rows are deleted one by one, neighbouring pages are
    joined, and what was between their cells stays. So each table is emptied as a whole, which overwrites every page
    of it, and filled again. A file of before it overwrote them is rewritten once. Raises sqlite3.Error.
    """
    is_older = _number(connection, "user_version") < OVERWRITES
    if is_older or _bytes_to_write(connection) > REWRITE_BYTES:
        connection.execute("VACUUM")
        connection.execute(f"PRAGMA user_version = {OVERWRITES}")
    else:
        _rewrite(connection)
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _bytes_to_write(connection: sqlite3.Connection) -> int:
    waiting: int = connection.execute("SELECT coalesce(sum(length(lines)), 0) FROM contents").fetchone()[0]
    return waiting + _number(connection, "freelist_count") * _number(connection, "page_size")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    number: int = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return number


def _rewrite(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in TELLING_TABLES:
            connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")  # noqa: S608 -- fixed names
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
            connection.execute(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608
            connection.execute("DROP TABLE kept")
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
