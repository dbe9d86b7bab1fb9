"""What the ledger knows of visitors: who withdrew, and which generation of a consent is the lowest that is valid."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from suostumus.server.clock import seconds
from suostumus.server.meta import read_meta, set_meta

EVERY_GENERATION = 4_294_967_295
ASKED_AT_ONCE = 1_000  # visitors in one statement

SPLIT = (
    "WITH RECURSIVE place(at) AS (VALUES (1) UNION ALL SELECT at + 16 FROM place WHERE at + 16 <= length(?1))"
    " SELECT substr(?1, at, 16) FROM place WHERE length(?1) > 0"
)
"""Hashes of 16 bytes, joined into one value: a statement for a whole commit costs less than one for each."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the state knows of a visitor. One that it never heard of has the defaults."""

    generation: int = 0  # the lowest that is valid
    withdrawn: bool = False


def read_standing(connection: sqlite3.Connection, visitor_hash: bytes) -> Standing:
    """What is known of a visitor, inside a transaction or on a read connection."""
    return read_standings(connection, [visitor_hash]).get(visitor_hash, Standing())


def read_standings(connection: sqlite3.Connection, visitor_hashes: Iterable[bytes]) -> dict[bytes, Standing]:
    """What is known of those visitors of whom anything is known."""
    found = connection.execute(
        f"SELECT visitor, generation, withdrawn FROM standings WHERE visitor IN ({SPLIT})",  # noqa: S608 -- fixed text
        (b"".join(visitor_hashes),),
    )
    return {visitor: Standing(generation, bool(withdrawn)) for visitor, generation, withdrawn in found}


def withdrawn_among(connection: sqlite3.Connection, visitor_hashes: Iterable[bytes]) -> set[bytes]:
    """Those visitors who withdrew everything, however many are asked about."""
    left = iter(visitor_hashes)
    found: set[bytes] = set()
    while some := list(islice(left, ASKED_AT_ONCE)):
        found |= {visitor for visitor, known in read_standings(connection, some).items() if known.withdrawn}
    return found


def read_with_revision(connection: sqlite3.Connection, visitor_hash: bytes) -> tuple[int, Standing]:
    """What is known of a visitor, and at which revision of the state: one statement sees one moment."""
    revision, generation, withdrawn = connection.execute(
        "SELECT value, generation, withdrawn FROM meta LEFT JOIN standings ON visitor = ? WHERE name = 'revision'",
        (visitor_hash,),
    ).fetchone()
    return int(revision), Standing() if generation is None else Standing(generation, bool(withdrawn))


def write_standing(connection: sqlite3.Connection, visitor_hash: bytes, standing: Standing, expires: datetime) -> int:
    """Raise the lowest valid generation or bury the visitor; return the new revision."""
    connection.execute(
        "INSERT INTO standings VALUES (?, ?, ?, ?) ON CONFLICT (visitor) DO UPDATE SET"
        " generation = max(generation, excluded.generation), withdrawn = max(withdrawn, excluded.withdrawn),"
        " expires = max(expires, excluded.expires)",
        (visitor_hash, standing.generation, int(standing.withdrawn), seconds(expires)),
    )
    revision = int(read_meta(connection)["revision"]) + 1
    set_meta(connection, "revision", str(revision))
    return revision
