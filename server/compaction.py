"""Taking the bytes of deleted rows out of the ledger's file, at the cost of what may tell of visitors only."""

import sqlite3

TELLING_TABLES = ("contents", "decided", "erasures", "placed", "poison", "waiting")
"""Tables that may hold a visitor's id or what was collected; the others know keyed hashes only."""

REWRITE_BYTES = 64 * 1024 * 1024  # beyond it, SQLite's own rewriting is as quick, and leaves a smaller file


def compact(connection: sqlite3.Connection) -> bool:
    """Leave no byte of a deleted row in the file or beside it; False while a reader holds the log.

    `secure_delete` overwrites pages that are freed, but when rows are deleted one by one, neighbouring pages are
    joined, and what was between their cells stays. So the pages that were freed before are filled with zeros, and
    each table is emptied as a whole, which overwrites every page of it, and filled again. Raises sqlite3.Error.
    """
    connection.execute("PRAGMA secure_delete = ON")
    try:
        if _bytes_to_write(connection) > REWRITE_BYTES:
            connection.execute("VACUUM")
        else:
            _rewrite(connection)
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute("PRAGMA secure_delete = FAST")
    return not busy


def _bytes_to_write(connection: sqlite3.Connection) -> int:
    waiting: int = connection.execute("SELECT coalesce(sum(length(lines)), 0) FROM contents").fetchone()[0]
    return waiting + _free_bytes(connection)


def _free_bytes(connection: sqlite3.Connection) -> int:
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    free: int = pages * size
    return free


def _rewrite(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("CREATE TABLE zeros (zeros BLOB NOT NULL)")
        while free := _free_bytes(connection):
            connection.execute("INSERT INTO zeros VALUES (zeroblob(?))", (free,))
        for table in TELLING_TABLES:
            connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")  # noqa: S608 -- fixed names
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
            connection.execute(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608
            connection.execute("DROP TABLE kept")
        connection.execute("DROP TABLE zeros")
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
