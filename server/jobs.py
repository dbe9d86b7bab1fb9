"""The declared table of periodic jobs."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from suostumus.server.ledger import LedgerError
from suostumus.server.store import StoreError

log = logging.getLogger("suostumus.jobs")


@dataclass(frozen=True)
class Job:
    """Something done again and again; it may be done twice without harm."""

    name: str
    seconds: float  # between two runs
    run: Callable[[], object]


class Jobs:
    """Runs jobs one after another in one thread; one that fails is tried again at its next time."""

    def __init__(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Run in the background until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the job under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_all(self) -> None:
        """Run every job now."""
        for job in self._jobs:
            _attempt(job)

    def _run(self) -> None:
        due = {job.name: time.monotonic() for job in self._jobs}
        while not self._stop.is_set():
            now = time.monotonic()
            for job in self._jobs:
                if due[job.name] <= now:
                    _attempt(job)
                    due[job.name] = now + job.seconds
            self._stop.wait(max(0.0, min(due.values()) - time.monotonic()))


def _attempt(job: Job) -> None:
    try:
        job.run()
    except (LedgerError, StoreError, OSError) as error:
        log.warning("job %s waits: %s", job.name, type(error).__name__)
