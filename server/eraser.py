"""From a withdrawal to verified deletion: hide, wait for what is in flight, delete, count, forget."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from itertools import islice
from uuid import uuid4

from suostumus.server.clock import Clock, iso
from suostumus.server.erasures import (
    Erasure,
    Withdrawal,
    begin_erasure,
    find_by_receipt,
    finished_partial,
    forget_visitor,
    newest_number,
    receipt_line,
    set_erased,
    unfinished,
)
from suostumus.server.events import COLUMN_PURPOSES
from suostumus.server.ledger import Ledger, LedgerError
from suostumus.server.read_filter import ReadFilter
from suostumus.server.rollup import Rollup
from suostumus.server.spool import Spool
from suostumus.server.standings import EVERY_GENERATION, withdrawn_among
from suostumus.server.state import State
from suostumus.server.store import Connection, Row, Store, StoreError, Value, query

log = logging.getLogger("suostumus.eraser")

RETRY_SECONDS = 1.0
RECHECK_SECONDS = 10.0  # a process that died may have listed a withdrawal without telling
LISTED_AT_ONCE = 50  # in one transaction, in which nothing else is stored
REST_SHARE = 4  # times as long as an erasure took, it rests: what comes meanwhile shares one rewriting of the files
LEAST_REST_SECONDS, MOST_REST_SECONDS = 3.0, 60.0
ERASED_AT_ONCE = 1_000  # named by number in one statement, whose parameters may not be of any length
OLD_PARTS_SECONDS = 60.0
NO_RECEIPT = "00000000-0000-0000-0000-000000000000"

Numbers = dict[str, Value]


class ErasureIncompleteError(Exception):
    """Rows or files are left after a deletion; it is tried again."""


class Eraser:
    """Takes each withdrawal through its steps. Every step may be repeated, so a crash between any two is harmless."""

    def __init__(self, ledger: Ledger, state: State, spool: Spool, store: Store, rollup: Rollup, clock: Clock) -> None:
        self._ledger = ledger
        self._state = state
        self._spool = spool
        self._store = store
        self._rollup = rollup
        self._clock = clock
        self._connection: Connection | None = None
        self._filter = ReadFilter(ledger, state, store, clock)
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._rests_until = 0.0
        self._thread = threading.Thread(target=self._run, name="eraser", daemon=True)

    def start(self) -> None:
        """Erase in the background until stopped; once is enough."""
        if not self._thread.ident:
            self._thread.start()

    def stop(self) -> None:
        """Stop after the step under way; the rest goes on at the next start."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """Give the connections back."""
        self._filter.close()
        if self._connection:
            self._connection.close()

    def hide_soon(self, erasure: Erasure) -> "Future[None]":
        """Take the visitor out of every query, and erase soon; the future is as the read filter's."""
        hidden = self._filter.hide_soon(erasure)
        self.wake()
        return hidden

    def wake(self) -> None:
        """Look for withdrawals now."""
        self._wake.set()

    def hide_all(self) -> None:
        """Load the read filter with every withdrawal that is not verified yet. Raises StoreError."""
        self._filter.hide(self._ledger.read(unfinished), again=True)

    def adopt(self, *, of_every_machine: bool) -> int:
        """Take over pending withdrawals that this state does not know, because it is new or older than they are.

        Returns how many. Raises StoreError.
        """
        known = {(erasure.number, erasure.receipt): erasure for erasure in self._ledger.read(unfinished)}
        found = self._connected().rows(query("read_pending"))
        orphans = [
            row
            for row in found
            if (
                (row["number"], str(row["receipt"])) not in known
                if str(row["machine"]) == self._state.machine
                else of_every_machine
            )
        ]
        first = max([self._ledger.read(newest_number), *(row["number"] for row in found)]) + 1
        self._begin([(row, number) for number, row in enumerate(orphans, first)])
        for row in orphans:
            self._alter("forget_pending", {"machine": row["machine"], "numbers": [row["number"]]})
        given_twice = {row["number"] for row in orphans}  # while ClickHouse could not tell that the state is older
        self._filter.hide([erasure for (number, _), erasure in known.items() if number in given_twice], again=True)
        return len(orphans)

    def erase(self) -> int:
        """Take withdrawals as far as they go, so many at once; return how many are verified now.

        Raises StoreError, LedgerError or ErasureIncompleteError when one has to wait.
        """
        waiting = self._ledger.read(unfinished)
        self._filter.hide([erasure for erasure in waiting if not erasure.hidden])
        settled = (erasure for erasure in waiting if not self._spool.is_in_flight(erasure.visitor_hash))
        ready = list(islice(settled, ERASED_AT_ONCE))
        if not ready:
            return 0
        numbers: Numbers = {"machine": self._state.machine, "numbers": [erasure.number for erasure in ready]}
        with self._rollup.held():
            self._delete(numbers, ready)
            self._count(numbers, ready)
            with self._filter.held():
                self._on_each(ready, forget_visitor)
            self._ledger.compact()
            self._count(numbers, ready)
        self._mirror(self._present(ready))  # before the last row goes that tells their revisions
        self._alter("forget_pending", numbers)
        self._await_old_parts(["pending"])
        now = self._clock()
        self._mirror([replace(erasure, erased=iso(now)) for erasure in self._present(ready)])
        self._on_each(ready, lambda connection, number: set_erased(connection, number, now))
        return len(ready)

    def sweep(self) -> int:
        """Begin to erase again what a restored ClickHouse brought back of visitors who withdrew; return how many.

        Raises StoreError or LedgerError.
        """
        waiting = {erasure.visitor_hash for erasure in self._ledger.read(unfinished)}
        back = [str(row["visitor"]) for row in self._connected().rows(query("visitors_of_events"))]
        hashes = {self._state.hash_visitor(visitor): visitor for visitor in back}
        buried = self._ledger.read(lambda connection: withdrawn_among(connection, hashes))
        rows = [
            {"visitor": hashes[visitor_hash], "generation": EVERY_GENERATION, "purposes": ()}
            for visitor_hash in buried - waiting
        ]
        if self._connected().value(query("verify_purposes")):
            rows += [
                {"visitor": hashes[one.visitor_hash], "generation": one.generation, "purposes": one.purposes}
                for one in self._ledger.read(finished_partial)
                if one.visitor_hash in hashes
            ]
        self._begin([(row, None) for row in rows])
        return len(rows)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(RECHECK_SECONDS if self._try_erase() else RETRY_SECONDS)
            self._stopped.wait(self._rests_until - time.monotonic())
            self._wake.clear()

    def _try_erase(self) -> bool:
        """Erase what waits; True when nothing waits any more."""
        began = time.monotonic()
        try:
            done = self.erase()
            if 0 < done < ERASED_AT_ONCE:  # there is no rest after a full round
                took = time.monotonic() - began
                rest = min(max(REST_SHARE * took, LEAST_REST_SECONDS), MOST_REST_SECONDS)
                self._rests_until = time.monotonic() + rest
            return not self._ledger.read(unfinished)
        except (StoreError, LedgerError, ErasureIncompleteError) as error:
            log.warning("an erasure waits: %s", error)
            self._rests_until = time.monotonic() + RETRY_SECONDS  # whoever withdraws meanwhile does not end the rest
            return False

    def _begin(self, rows: Sequence[tuple[Row, int | None]]) -> None:
        """Hide the visitors of these rows, listed under these numbers."""
        listed: list[Erasure] = []
        for first in range(0, len(rows), LISTED_AT_ONCE):
            listed += self._ledger.write(partial(self._list_all, rows=rows[first : first + LISTED_AT_ONCE]))
        self._filter.hide(listed)

    def _list_all(self, connection: sqlite3.Connection, rows: Sequence[tuple[Row, int | None]]) -> list[Erasure]:
        return [self._list(connection, row, number) for row, number in rows]

    def _list(self, connection: sqlite3.Connection, row: Row, number: int | None) -> Erasure:
        """List an erasure that another life of the state had begun."""
        visitor = str(row["visitor"])
        told = str(row.get("receipt", NO_RECEIPT))
        taken = told == NO_RECEIPT or find_by_receipt(connection, told) is not None
        withdrawal = Withdrawal(
            site=row.get("site", ""),
            visitor=visitor,
            visitor_hash=self._state.hash_visitor(visitor),
            receipt=str(uuid4()) if taken else told,
            purposes=tuple(row["purposes"]),
            generation=row["generation"],
        )
        return begin_erasure(connection, withdrawal, self._clock(), number)

    def _delete(self, numbers: Numbers, ready: Sequence[Erasure]) -> None:
        if any(not erasure.purposes for erasure in ready):
            self._alter("delete_rolled_of_pending", numbers)  # first: late events never make up for erased ones
            self._alter("delete_events_of_pending", numbers)
            self._alter("empty_consents_of_pending", numbers)
        for purpose in _purposes_with_columns(ready):
            self._alter(f"empty_{purpose}_of_pending", numbers)
        self._await_old_parts(["events", "rolled_sessions", "consents"])

    def _count(self, numbers: Numbers, ready: Sequence[Erasure]) -> None:
        """Count what is left on the raw tables. Raises ErasureIncompleteError unless nothing is."""
        left = self._connected().value(query("count_left_of_pending"), numbers)
        for purpose in _purposes_with_columns(ready):
            left += self._connected().value(query(f"count_{purpose}_of_pending"), numbers)
        if left:
            raise ErasureIncompleteError(f"{left} rows are left")

    def _alter(self, name: str, numbers: Numbers) -> None:
        self._connected().command(query(name), numbers, {"mutations_sync": 1})

    def _await_old_parts(self, tables: Sequence[str]) -> None:
        """Wait until the files that were replaced are unlinked. Raises ErasureIncompleteError after a minute.

        Parts that were set aside count too: rows in them are out of every mutation's reach.
        """
        parameters = {"tables": list(tables)}
        if self._connected().value(query("count_detached_parts"), parameters):
            raise ErasureIncompleteError("detached parts are in the data folder: attach or drop them")
        old = {row["part"] for row in self._connected().rows(query("old_parts"), parameters)}
        deadline = time.monotonic() + OLD_PARTS_SECONDS
        while old & {row["part"] for row in self._connected().rows(query("old_parts"), parameters)}:
            if time.monotonic() > deadline:
                raise ErasureIncompleteError("old files are left")
            time.sleep(0.1)

    def _on_each(self, erasures: Sequence[Erasure], step: Callable[[sqlite3.Connection, int], None]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for erasure in erasures:
                step(connection, erasure.number)

        self._ledger.write(work)

    def _present(self, erasures: Sequence[Erasure]) -> list[Erasure]:
        """The erasures as the ledger has them now."""
        numbers = {erasure.number for erasure in erasures}
        return [erasure for erasure in self._ledger.read(unfinished) if erasure.number in numbers]

    def _mirror(self, erasures: Sequence[Erasure]) -> None:
        """Copy the receipts to ClickHouse, where an older state is recognised by them."""
        self._connected().insert_lines("erasures", [receipt_line(self._state.machine, one) for one in erasures])

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.connect()
        return self._connection


def _purposes_with_columns(erasures: Sequence[Erasure]) -> list[str]:
    owners = {purpose.value for purpose in COLUMN_PURPOSES.values()}
    return sorted(owners & {purpose for erasure in erasures for purpose in erasure.purposes})
