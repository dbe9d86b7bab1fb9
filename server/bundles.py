"""The queue's rows in the ledger, bundled: what one commit appends to one table and partition is one record."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec

OWNER_BYTES = 20
_VISITOR_BYTES = 16

_COVERED = (
    "EXISTS (SELECT 1 FROM batches WHERE batches.target = bundles.target AND batches.month = bundles.month"
    " AND bundles.number BETWEEN batches.first AND batches.last)"
)
"""Whether a bundle is in a batch: in flight, or of unknown outcome."""


class QueuedRow(msgspec.Struct, frozen=True, gc=False):
    """One row on its way to ClickHouse."""

    month: str  # YYYY-MM, the partition
    owner: bytes
    line: bytes  # a JSON object


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits or is in flight, at most: gaps of what is already gone may be counted."""

    rows: int = 0
    bytes: int = 0
    oldest: int | None = None  # seconds since 1970


def owner_of(visitor_hash: bytes, generation: int) -> bytes:
    """A row's owner as bundles hold it."""
    return visitor_hash + generation.to_bytes(OWNER_BYTES - _VISITOR_BYTES, "big")


def visitor_of(owner: bytes) -> bytes:
    """The keyed hash of a row's visitor."""
    return owner[:_VISITOR_BYTES]


def generation_of(owner: bytes) -> int:
    """The generation of the consent on which a row was stored."""
    return int.from_bytes(owner[_VISITOR_BYTES:], "big")


def append_rows(connection: sqlite3.Connection, target: str, rows: Iterable[QueuedRow], now: int) -> None:
    """Queue rows of one table: one bundle for each partition. `now` is in seconds since 1970."""
    total_rows, total_bytes = _totals(connection)
    for month, group in groupby(sorted(rows, key=lambda row: row.month), key=lambda row: row.month):
        bundled = list(group)
        lines = b"\n".join([row.line for row in bundled]) + b"\n"
        owners = b"".join([row.owner for row in bundled])
        number = connection.execute(
            "INSERT INTO bundles (target, month, appended, rows_before, bytes_before, rows, bytes, owners)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (target, month, now, total_rows, total_bytes, len(bundled), len(lines), owners),
        ).lastrowid
        connection.execute("INSERT INTO contents VALUES (?, ?)", (number, lines))
        total_rows += len(bundled)
        total_bytes += len(lines)


def depth(connection: sqlite3.Connection) -> Depth:
    """How much is queued. Each end of the table is one look-up, however long the queue is."""
    first = connection.execute("SELECT rows_before, bytes_before, appended FROM bundles ORDER BY number LIMIT 1")
    found = first.fetchone()
    if found is None:
        return Depth()
    total_rows, total_bytes = _totals(connection)
    return Depth(total_rows - found[0], total_bytes - found[1], found[2])


def newest(connection: sqlite3.Connection) -> int:
    """The number of the bundle that was appended last, 0 when nothing is queued."""
    number: int = connection.execute("SELECT coalesce(max(number), 0) FROM bundles").fetchone()[0]
    return number


def first_waiting(connection: sqlite3.Connection, last: int) -> tuple[int, str, str] | None:
    """Number, table and partition of what the writer should take next: consents, then the oldest; none after `last`."""
    for where in ("target = 'consents'", "target != 'consents'"):
        found = connection.execute(
            f"SELECT number, target, month FROM bundles WHERE {where} AND number <= ? AND NOT {_COVERED}"  # noqa: S608 -- fixed text
            " ORDER BY number LIMIT 1",
            (last,),
        ).fetchone()
        if found:
            return int(found[0]), str(found[1]), str(found[2])
    return None


def waiting_between(
    connection: sqlite3.Connection, number: int, last: int, target: str, month: str
) -> Iterator[tuple[int, int, int, bytes]]:
    """Number, rows, bytes and owners of the bundles of one partition from `number` to `last`, up to the next batch."""
    yield from connection.execute(
        "SELECT number, rows, bytes, owners FROM bundles WHERE number BETWEEN ?1 AND ?4 AND target = ?2 AND month = ?3"
        " AND number < coalesce((SELECT min(first) FROM batches WHERE target = ?2 AND month = ?3 AND first > ?1), 9e18)"
        " ORDER BY number",
        (number, target, month, last),
    )


def lines_between(connection: sqlite3.Connection, target: str, month: str, first: int, last: int) -> list[bytes]:
    """The rows of a batch, in their order."""
    found = connection.execute(
        "SELECT lines FROM bundles JOIN contents USING (number)"
        " WHERE number BETWEEN ? AND ? AND target = ? AND month = ? ORDER BY number",
        (first, last, target, month),
    )
    return [line for (lines,) in found for line in lines[:-1].split(b"\n")]


def rows_of_batch(connection: sqlite3.Connection, batch_id: str) -> list[QueuedRow]:
    """A batch's rows, in their order."""
    found = connection.execute(
        "SELECT bundles.month, owners, lines FROM bundles JOIN batches USING (target, month)"
        " JOIN contents USING (number)"
        " WHERE id = ? AND number BETWEEN first AND last ORDER BY number",
        (batch_id,),
    )
    return [QueuedRow(month, *row) for month, owners, lines in found for row in _rows_of(owners, lines)]


def drop_batch(connection: sqlite3.Connection, batch_id: str) -> None:
    """A batch's bundles leave the queue."""
    inside = (
        "SELECT number FROM bundles JOIN batches USING (target, month) WHERE id = ? AND number BETWEEN first AND last"
    )
    for table in ("contents", "bundles"):
        connection.execute(f"DELETE FROM {table} WHERE number IN ({inside})", (batch_id,))  # noqa: S608 -- fixed text
    connection.execute("DELETE FROM batches WHERE id = ?", (batch_id,))


def drop_all(connection: sqlite3.Connection) -> int:
    """The queue is emptied; how many rows it held."""
    dropped: int = connection.execute("SELECT coalesce(sum(rows), 0) FROM bundles").fetchone()[0]
    for table in ("contents", "bundles", "batches"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- fixed names
    return dropped


def is_in_batch(connection: sqlite3.Connection, visitor_hash: bytes) -> bool:
    """Whether a batch holds a row of this visitor."""
    found = connection.execute(
        f"SELECT 1 FROM bundles WHERE instr(owners, ?) AND {_COVERED} LIMIT 1",  # noqa: S608 -- fixed text
        (visitor_hash,),
    ).fetchone()
    return found is not None


def lines_of(connection: sqlite3.Connection, visitor_hash: bytes, target: str) -> list[bytes]:
    """A visitor's rows of one table, waiting or in flight."""
    found = connection.execute(
        "SELECT owners, lines FROM bundles JOIN contents USING (number)"
        " WHERE instr(owners, ?) AND target = ? ORDER BY number",
        (visitor_hash, target),
    )
    return [line for owners, lines in found for owner, line in _rows_of(owners, lines) if owner[:16] == visitor_hash]


def rewrite_waiting(
    connection: sqlite3.Connection,
    visitor_hash: bytes,
    generation: int,
    target: str,
    change: Callable[[bytes], bytes | None],
) -> None:
    """Change a visitor's waiting lines up to a generation; None takes the row out."""
    found = connection.execute(
        "SELECT number, owners, lines FROM bundles JOIN contents USING (number)"  # noqa: S608 -- fixed text
        f" WHERE instr(owners, ?) AND target = ? AND NOT {_COVERED}",
        (visitor_hash, target),
    ).fetchall()
    last = owner_of(visitor_hash, generation)
    for number, owners, lines in found:
        kept = []
        for owner, line in _rows_of(owners, lines):
            touched = owner[:_VISITOR_BYTES] == visitor_hash and owner <= last
            changed = change(line) if touched else line
            if changed is not None:
                kept.append((owner, changed))
        _replace(connection, number, kept)


def _replace(connection: sqlite3.Connection, number: int, rows: Sequence[tuple[bytes, bytes]]) -> None:
    if not rows:
        connection.execute("DELETE FROM bundles WHERE number = ?", (number,))
        connection.execute("DELETE FROM contents WHERE number = ?", (number,))
        return
    owners = b"".join([owner for owner, _ in rows])
    lines = b"\n".join([line for _, line in rows]) + b"\n"
    connection.execute(
        "UPDATE bundles SET owners = ?, rows = ?, bytes = ? WHERE number = ?", (owners, len(rows), len(lines), number)
    )
    connection.execute("UPDATE contents SET lines = ? WHERE number = ?", (lines, number))


def _rows_of(owners: bytes, lines: bytes) -> Iterator[tuple[bytes, bytes]]:
    for place, line in enumerate(lines[:-1].split(b"\n")):
        yield owners[place * OWNER_BYTES : (place + 1) * OWNER_BYTES], line


def _totals(connection: sqlite3.Connection) -> tuple[int, int]:
    """Rows and bytes that were ever queued since the queue was last empty."""
    found = connection.execute(
        "SELECT rows_before + rows, bytes_before + bytes FROM bundles ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (found[0], found[1]) if found else (0, 0)
