"""The parts of a running installation, opened in the order that keeps the promises: state, spool, port."""

import fcntl
import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import msgspec

from suostumus.server.clock import Clock, add_months, utc_now
from suostumus.server.consent import ConsentGate
from suostumus.server.decisions import Decisions
from suostumus.server.jobs import Job, Jobs
from suostumus.server.ledger import LedgerError
from suostumus.server.limits import Limits
from suostumus.server.notice import publish_notice
from suostumus.server.parts import LEDGER_FILE, Parts, open_confirmations, open_parts, open_spool
from suostumus.server.settings import Settings
from suostumus.server.store import Connection, SchemaError, StoreError, migrate, query
from suostumus.server.tally import Tally
from suostumus.server.verify import Findings, verify

log = logging.getLogger("suostumus")

LOCK_FILE = "lock"


class StartError(Exception):
    """The installation must not start. The message says what to do."""


class FolderTakenError(StartError):
    """Another process keeps the data folder."""


class Installation:
    """One data folder in use by this process, and the threads that work on it."""

    def __init__(
        self, settings: Settings, clock: Clock = utc_now, *, new_state: bool = False, is_locked: bool = False
    ) -> None:
        """Open everything; nothing runs yet. Raises StartError, LedgerError, StoreError or SigningKeyError.

        `new_state` permits to begin an empty state beside stored events: every consent then ends. `is_locked` says
        that whoever started this process has taken the data folder for it.
        """
        self._admin: Connection | None = None
        with ExitStack() as opened:
            if not is_locked:
                opened.enter_context(lock_folder(settings.data_path))
            self.parts = open_parts(settings, clock, opened)
            opened.callback(self._close_admin)
            self._is_checked = False
            self._is_running = False
            self._check_state(new_state=new_state)
            for notice in self.parts.notices.values():
                publish_notice(settings, notice, clock())
            self._jobs = Jobs(_jobs(self.parts, self.load_filter))
            self._rolling = Jobs([Job("roll up", 300, self.parts.rollup.run)])  # apart: it may take a minute
            self._opened = opened.pop_all()

    def start(self) -> None:
        """Finish what an earlier life left open, then work in the background."""
        self._is_running = True
        self.load_filter()
        self._begin_writing()
        self._jobs.start()
        self._rolling.start()
        self.parts.watch.start()

    def close(self) -> None:
        """Write what waits, and give everything back."""
        self.parts.watch.stop()
        self.parts.rollup.stop()
        self._rolling.stop()
        self._jobs.stop()
        self.parts.writer.stop()
        self.parts.eraser.stop()
        self._keep_counts()
        self._opened.close()

    def settle(self) -> None:
        """Write, erase and count now what would be done in a moment. Raises what the parts raise."""
        self.parts.writer.flush()
        self.parts.eraser.erase()
        self.parts.tally.flush()
        self.parts.keeper.mirror_counts()

    def at(self, clock: Clock, limits: Limits) -> Parts:
        """The same installation by another clock, for the demonstration's past: what is stored is shared.

        Ids are remembered for `limits.repeat_seconds` of that clock; the installation's jobs forget them by its own.
        """
        parts = self.parts
        settings = msgspec.structs.replace(parts.settings, limits=limits)
        gate = ConsentGate(parts.keys, parts.state, parts.notices, clock)
        confirmations = open_confirmations(settings, parts.ledger, parts.state, clock, parts.notices)
        return replace(
            parts,
            settings=settings,
            clock=clock,
            confirmations=confirmations,
            spool=open_spool(confirmations, limits),
            gate=gate,
            decisions=Decisions(settings, parts.ledger, parts.state, parts.keys, gate, parts.notices, clock),
            tally=Tally(parts.ledger, clock),
        )

    def verify(self) -> Findings:
        """Check every stored row. Raises StoreError or LedgerError."""
        if not self._is_checked:
            self._check_state(new_state=False)
        self.parts.writer.flush()
        return verify(self._connected(), self.parts.ledger, self.parts.state)

    def _check_state(self, *, new_state: bool) -> None:
        """Apply migrations; refuse events without their state; renew a state that ClickHouse knows to be older."""
        state = self.parts.state
        try:
            connection = self._connected()
            migrate(connection)
        except SchemaError:
            raise
        except StoreError as error:
            if self.parts.settings.database == "embedded" or state.is_new:
                raise
            log.warning("ClickHouse does not answer yet: %s", error)
            return
        if state.is_new and connection.value(query("count_all_events")) and not new_state:
            raise StartError(
                f"{LEDGER_FILE} is missing but ClickHouse holds events: put it back, or start once with --new-state,"
                " which ends every consent"
            )
        known = connection.value(query("newest_revision"), {"machine": state.machine})
        if known > state.revision():
            state.renew(known)
        self.parts.eraser.adopt(of_every_machine=state.is_new)
        state.confirm()
        self._is_checked = True

    def load_filter(self) -> None:
        """Let dashboards answer, once no query shows who withdrew."""
        if self.parts.reader.is_open:
            return
        if not self._is_checked:
            self._check_state(new_state=False)
        self._begin_writing()
        try:
            self.parts.eraser.hide_all()
        except StoreError as error:
            log.warning("dashboards wait for ClickHouse: %s", error)
            return
        if self._is_checked:
            self.parts.reader.open()

    def _begin_writing(self) -> None:
        """Write and erase what waits once the state is known to be the newest.

        An older one's queue is thrown away, and what it does not know of withdrawals is taken over first.
        """
        if self._is_running and self._is_checked:
            self.parts.writer.start()
            self.parts.eraser.start()

    def _keep_counts(self) -> None:
        """Put down what was counted since the last time."""
        try:
            self.parts.tally.flush()
            self.parts.keeper.mirror_counts()
        except (LedgerError, StoreError) as error:
            log.warning("counters wait: %s", type(error).__name__)

    def _close_admin(self) -> None:
        if self._admin:
            self._admin.close()

    def _connected(self) -> Connection:
        if self._admin is None:
            self._admin = self.parts.store.connect()
        return self._admin


def lock_folder(data_path: Path, patience_seconds: float = 0.0) -> TextIO:
    """Take the data folder, made if need be, for this process. Raises FolderTakenError when another one keeps it."""
    data_path.mkdir(parents=True, exist_ok=True)
    data_path.chmod(0o700)  # whoever made it: addresses of visitors are in there
    lock = (data_path / LOCK_FILE).open("w")
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() >= deadline:
                lock.close()
                raise FolderTakenError(f"{data_path}: in use by another process") from error
            time.sleep(0.05)
        else:
            return lock


def _jobs(parts: Parts, open_dashboards: Callable[[], None]) -> list[Job]:
    return [
        Job("open dashboards", 2, open_dashboards),
        Job("count", 1, parts.tally.flush),
        Job("mirror counts", 5, parts.keeper.mirror_counts),
        Job("read geo file", 60, parts.geo.refresh),
        Job("forget expired", 600, lambda: parts.state.forget_expired(parts.clock())),
        Job("forget orders", 600, parts.confirmations.forget_expired),
        Job("shorten addresses", 3600, parts.keeper.shorten_addresses),
        Job("delete old events", 3600, parts.keeper.delete_old_events),
        Job("forget old visitors", 3600, parts.keeper.forget_old_visitors),
        Job("forget old looks", 3600, lambda: _forget_old_looks(parts)),
        Job("sweep", 86_400, parts.eraser.sweep),
    ]


def _forget_old_looks(parts: Parts) -> None:
    """The log of looks is kept as long as what was looked at."""
    parts.looks.forget_before(add_months(parts.clock(), -parts.settings.retention.events_months))
