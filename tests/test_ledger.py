"""The ledger's file: after a clean-up no byte of what was deleted is left in it or beside it."""

import os
import random
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from traces import files_with

from suostumus.server.bundles import (
    QueuedRow,
    append_rows,
    drop_batch,
    first_waiting,
    newest,
    owner_of,
    waiting_between,
)
from suostumus.server.ledger import Ledger
from suostumus.server.spool import Scope, cleanse
from suostumus.server.standings import EVERY_GENERATION

RUNS = int(os.environ.get("SUOSTUMUS_SCRUBS", "40"))
SEED = int(os.environ.get("SUOSTUMUS_SEED", str(random.randrange(2**32))))
EACH = 20  # runs in one test

Work = Callable[[sqlite3.Connection], object]


class Life:
    """A ledger that fills, is written out and cleansed in a random order."""

    def __init__(self, path: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ledger = Ledger(path)
        self.visitors = [UUID(int=self.chance.getrandbits(128)) for _ in range(self.chance.randrange(2, 30))]

    def live(self) -> None:
        """Some hundred steps."""
        for _ in range(self.chance.randrange(5, 200)):
            self.ledger.write(self._append)
            step = self.chance.random()
            for share, work in ((0.1, self._write_out), (0.2, self._cleanse), (0.3, self._decide)):
                if share - 0.1 <= step < share:
                    self.ledger.write(work)

    def forget(self) -> list[UUID]:
        """Delete what is known of some visitors, as withdrawals do."""
        gone = self.chance.sample(self.visitors, self.chance.randrange(1, len(self.visitors) + 1))

        def work(connection: sqlite3.Connection) -> None:
            for visitor in gone:
                cleanse(connection, Scope(visitor.bytes, EVERY_GENERATION))
                connection.execute("UPDATE decided SET outcome = x'' WHERE visitor = ?", (visitor.bytes,))
                connection.execute("UPDATE erasures SET visitor = NULL WHERE visitor = ?", (str(visitor),))

        self.ledger.write(work)
        return gone

    def _append(self, connection: sqlite3.Connection) -> None:
        rows = []
        for _ in range(self.chance.randrange(1, 40)):
            visitor = self.chance.choice(self.visitors)
            title = "x" * self.chance.choice([10, 300, 900, 3000])
            line = msgspec.json.encode({"visitor": str(visitor), "title": title, "customer": visitor.hex})
            rows.append(QueuedRow(f"2026-{self.chance.randrange(10, 13)}", owner_of(visitor.bytes, 1), line))
            connection.execute("INSERT INTO seen VALUES (?, 1)", (secrets.token_bytes(16),))
        append_rows(connection, "events", rows, 1_790_000_000)

    def _write_out(self, connection: sqlite3.Connection) -> None:
        found = first_waiting(connection, newest(connection))
        if found and self.chance.random() < 0.9:
            first, target, month = found
            waiting = list(waiting_between(connection, first, newest(connection), target, month))
            taken = waiting[: self.chance.randrange(1, 20)]
            batch = (str(uuid4()), target, month, first, taken[-1][0])
            connection.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?)", batch)
            drop_batch(connection, batch[0])

    def _cleanse(self, connection: sqlite3.Connection) -> None:
        cleanse(connection, Scope(self.chance.choice(self.visitors).bytes, 1, ("profiling",)))

    def _decide(self, connection: sqlite3.Connection) -> None:
        visitor = self.chance.choice(self.visitors)
        told = f"{visitor} {visitor.hex}".encode() * self.chance.randrange(1, 9)
        connection.execute("INSERT INTO decided VALUES (?, ?, ?, 1)", (secrets.token_bytes(16), visitor.bytes, told))
        connection.execute(
            "INSERT INTO erasures (receipt, site, visitor, visitor_hash, generation, purposes, revision, requested)"
            " VALUES (?, 'shop', ?, ?, 1, '[]', 1, '')",
            (str(uuid4()), str(visitor), visitor.bytes),
        )


def content_of(ledger: Ledger) -> dict[str, list[object]]:
    """Every row of every table."""

    def work(connection: sqlite3.Connection) -> dict[str, list[object]]:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names.fetchall()}

    return ledger.read(work)


@pytest.mark.timeout(60 + RUNS * 5)
@pytest.mark.parametrize("first", range(0, RUNS, EACH))
def test_clean_up_leaves_no_deleted_byte_and_every_other_row(tmp_path: Path, first: int) -> None:
    print(f"SUOSTUMUS_SEED={SEED}")
    for run in range(first, min(first + EACH, RUNS)):
        folder = tmp_path / str(run)
        folder.mkdir()
        life = Life(folder / "ledger.sqlite", SEED + run)
        life.live()
        gone = life.forget()
        before = content_of(life.ledger)
        life.ledger.compact()
        assert content_of(life.ledger) == before
        for visitor in gone:
            assert files_with(folder, str(visitor).encode()) == []
            assert files_with(folder, visitor.hex.encode()) == []
        life.ledger.close()


def test_numbers_of_the_queue_go_on_after_a_clean_up(tmp_path: Path) -> None:
    life = Life(tmp_path / "ledger.sqlite", SEED)
    newest = "SELECT seq FROM sqlite_sequence WHERE name = 'bundles'"
    life.ledger.write(life._append)
    before = life.ledger.read(lambda connection: connection.execute(newest).fetchone())
    life.ledger.compact()
    assert life.ledger.read(lambda connection: connection.execute(newest).fetchone()) == before
    life.ledger.close()


@pytest.mark.parametrize("is_older", [False, True])
def test_a_page_that_another_table_takes_over_brings_nothing_along(tmp_path: Path, is_older: bool) -> None:
    """A table that outgrows its one page moves it to a free page, and writes what it uses of it only."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    if is_older:  # than the overwriting of pages that are freed
        ledger._writer.executescript("PRAGMA secure_delete = FAST; PRAGMA user_version = 0")
    visitor = uuid4()

    def leave_a_page(connection: sqlite3.Connection) -> None:
        outcome = str(visitor).encode() * 80  # a page of its own
        connection.execute("INSERT INTO decided VALUES (x'01', ?, ?, 1)", (visitor.bytes, outcome))
        connection.execute("DELETE FROM decided")

    row = QueuedRow("2026-10", owner_of(visitor.bytes, 1), b"{}")
    for _ in range(10):
        ledger.write(leave_a_page)
        ledger.write(lambda connection: append_rows(connection, "events", [row] * 40, 1_790_000_000))
    ledger.compact()
    assert files_with(tmp_path, str(visitor).encode()) == []
    ledger.close()
