"""Several processes on one data folder: one has ClickHouse, the others collect, and this one watches over them.

It forks them before it has a thread, a database or a loop, and has none itself: nothing in it can fail. It holds the
data folder's lock, and so does each of its children, so that no other installation can begin beside one that is left.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from suostumus.server.installation import lock_folder
from suostumus.server.serve import bind
from suostumus.server.settings import Settings

log = logging.getLogger("suostumus.supervisor")

EXIT_ORPHANED = 70
STOP_SECONDS = 30.0  # after which a process that was told to end is killed
ORPHAN_SECONDS = 5.0  # for what is left of an earlier life to notice that it is alone
LONG_LIFE_SECONDS = 10.0  # whoever lived as long is started again at once
LONGEST_PAUSE_SECONDS = 5.0
WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}

Run = Callable[[], int]
"""What a child does; its exit status."""


@dataclass
class _Child:
    """One place among the children, whoever is in it now."""

    name: str
    run: Run
    pid: int = 0  # 0: nobody
    started: float = 0.0
    pause_seconds: float = 0.0
    due: float = 0.0


class Supervisor:
    """Starts the owner, then the port, then the collectors; starts again whoever dies; ends them in reverse."""

    def __init__(
        self,
        settings: Settings,
        workers: int,
        own: Callable[[Callable[[], None]], int],
        collect: Callable[[socket.socket], int],
        opened: Callable[[], None],
    ) -> None:
        """`own` is given what it calls once it is ready; `opened` is called when the port is open."""
        self._settings = settings
        self._workers = workers
        self._own = own
        self._collect = collect
        self._opened = opened
        self._children: list[_Child] = []
        self._lifeline = os.pipe()  # its writing end is open only here: the children notice when it closes
        self._listening: socket.socket | None = None

    def run(self) -> int:
        """Until SIGTERM; the exit status. Raises StartError when the folder is in use, OSError when the port is."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        with lock_folder(self._settings.data_path, ORPHAN_SECONDS):
            status = self._start_owner()
            if status is not None:  # it has said why
                return status
            try:
                self._start_collectors()
                self._watch()
            finally:
                self._stop()
        return 0

    def _start_owner(self) -> int | None:
        """Wait until the owner is ready; the exit status if it ended instead."""
        reading, writing = os.pipe()
        owner = _Child("owner", lambda: self._own(lambda: _tell(writing)))
        self._start(owner)
        os.close(writing)
        is_ready = bool(os.read(reading, 1))
        os.close(reading)
        if not is_ready:
            return os.waitstatus_to_exitcode(os.waitpid(owner.pid, 0)[1])
        owner.run = lambda: self._own(lambda: None)
        self._children.append(owner)
        return None

    def _start_collectors(self) -> None:
        self._listening = listening = bind(self._settings.public_listen)
        for number in range(self._workers):
            child = _Child(f"collector {number + 1}", lambda: self._collect(listening))
            self._start(child)
            self._children.append(child)
        self._opened()

    def _watch(self) -> None:
        """Start again whoever dies, until told to stop."""
        while True:
            due = [child.due for child in self._children if not child.pid]
            patience = max(0.0, min(due) - time.monotonic()) if due else LONGEST_PAUSE_SECONDS
            told = signal.sigtimedwait(WATCHED, patience)
            if told and told.si_signo != signal.SIGCHLD:
                log.info("stopping")
                return
            self._reap()
            for child in self._children:
                if not child.pid and child.due <= time.monotonic():
                    self._start(child)

    def _reap(self) -> None:
        for child in self._children:
            if child.pid and os.waitpid(child.pid, os.WNOHANG)[0]:
                lived = time.monotonic() - child.started
                longer = min(LONGEST_PAUSE_SECONDS, child.pause_seconds * 2 + 0.1)
                child.pause_seconds = 0.0 if lived > LONG_LIFE_SECONDS else longer
                child.due = time.monotonic() + child.pause_seconds
                child.pid = 0
                log.warning("%s ended and is started again", child.name)

    def _stop(self) -> None:
        """The collectors first: what they have promised needs the owner."""
        if self._listening:
            self._listening.close()
        for group in (self._children[1:], self._children[:1]):
            pids = {child.pid for child in group if child.pid}
            for pid in pids:
                os.kill(pid, signal.SIGTERM)
            _await_end(pids)

    def _start(self, child: _Child) -> None:
        child.started = time.monotonic()
        child.pid = os.fork() or self._live(child)

    def _live(self, child: _Child) -> NoReturn:
        """The child's whole life."""
        status = EXIT_ORPHANED
        try:
            os.close(self._lifeline[1])
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            threading.Thread(target=self._end_with_parent, name="lifeline", daemon=True).start()
            status = child.run()
        except Exception as error:  # noqa: BLE001 -- the last resort: a traceback may quote values
            log.critical("%s ended by %s", child.name, type(error).__name__)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _end_with_parent(self) -> None:
        """Whoever is left alone ends at once: that is as good as a crash, after which nothing is lost."""
        os.read(self._lifeline[0], 1)
        os._exit(EXIT_ORPHANED)


def _tell(pipe: int) -> None:
    os.write(pipe, b"1")


def _await_end(pids: set[int]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while pids:
        pids -= {pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0]}
        if pids and time.monotonic() > deadline:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
        if pids:
            signal.sigtimedwait({signal.SIGCHLD}, 1.0)
