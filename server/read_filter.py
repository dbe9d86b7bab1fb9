"""Puts withdrawn visitors into `pending`, the filter by which no query shows them."""

import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from suostumus.server.clock import Clock
from suostumus.server.erasures import Erasure, find_by_receipt, pending_line, set_hidden, unhidden
from suostumus.server.ledger import Ledger, LedgerError
from suostumus.server.state import State
from suostumus.server.store import Connection, Store, StoreError

log = logging.getLogger("suostumus.eraser")


class ReadFilter:
    """Hides on a thread of its own, for a deletion may take long. Whoever asks while an insert is under way shares
    the next one: a thousand withdrawals at once cost two."""

    def __init__(self, ledger: Ledger, state: State, store: Store, clock: Clock) -> None:
        self._ledger = ledger
        self._state = state
        self._store = store
        self._clock = clock
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hider")
        self._asked: list[tuple[str, Future[None]]] = []  # receipts
        self._lock = threading.Lock()
        self._holding = threading.Lock()

    def hide_soon(self, erasure: Erasure) -> "Future[None]":
        """Take the visitor out of every query; the future is done, or holds a StoreError, when ClickHouse answered.

        First it alone: while ClickHouse is silent, trying costs no more the longer that lasts. Once it is hidden,
        those who could not be are too.
        """
        hidden: Future[None] = Future()
        with self._lock:
            self._asked.append((erasure.receipt, hidden))
        self._thread.submit(self._hide_asked)
        return hidden

    def hide(self, erasures: Sequence[Erasure], *, again: bool = False) -> None:
        """Take all of these visitors out of every query, `again` also where they are; wait for it.

        Raises StoreError or LedgerError.
        """
        self._thread.submit(self._insert, [erasure.receipt for erasure in erasures], again=again).result()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody joins the filter meanwhile. Whose id the ledger forgets in here does not join it later either."""
        with self._holding:
            yield

    def close(self) -> None:
        """Give the connection back."""
        self._thread.shutdown()
        if self._connection:
            self._connection.close()

    def _hide_asked(self) -> None:
        with self._lock:
            taken, self._asked = self._asked, []
        asked = [one for one in taken if one[1].set_running_or_notify_cancel()]
        if not asked:
            return
        try:
            self._insert([receipt for receipt, _ in asked])
        except Exception as error:  # noqa: BLE001 -- raised again where the futures are awaited
            for _, hidden in asked:
                hidden.set_exception(error)
            return
        for _, hidden in asked:
            hidden.set_result(None)
        self._hide_left()

    def _hide_left(self) -> None:
        """ClickHouse answers: whoever could not be hidden before need not wait for the eraser."""
        try:
            self._insert([erasure.receipt for erasure in self._ledger.read(unhidden)])
        except (StoreError, LedgerError) as error:
            log.warning("hiding waits: %s", error)

    def _insert(self, receipts: Sequence[str], *, again: bool = False) -> None:
        with self._holding:
            erasures = self._ledger.read(lambda connection: _nameable(connection, receipts))
            hidden = [erasure for erasure in erasures if again or not erasure.hidden]
            if not hidden:
                return
            if self._connection is None:
                self._connection = self._store.connect()
            self._connection.insert_lines("pending", [pending_line(self._state.machine, one) for one in hidden])
        self._ledger.write(partial(_note_hidden, erasures=hidden, now=self._clock()))


def _note_hidden(connection: sqlite3.Connection, erasures: Sequence[Erasure], now: datetime) -> None:
    for erasure in erasures:
        set_hidden(connection, erasure.number, now)


def _nameable(connection: sqlite3.Connection, receipts: Sequence[str]) -> list[Erasure]:
    """These erasures as they are now, less those whose visitors nobody can name any more."""
    found = (find_by_receipt(connection, receipt) for receipt in receipts)
    return [erasure for erasure in found if erasure and erasure.visitor]
