"""The note beside the ledger by which a ledger is recognised that is an older copy of itself."""

import fcntl
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from suostumus.server.durable import write_durably
from suostumus.server.ledger import Ledger
from suostumus.server.meta import read_meta

log = logging.getLogger("suostumus.state")


class Mark(msgspec.Struct, frozen=True):
    """How far the state beside it had come."""

    machine: str
    epoch: str
    revision: int


class Marker:
    """Writes the mark of a ledger, and tells by it whether the ledger is what it was."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._path = ledger.path.with_suffix(".mark")
        self._birth_path = ledger.path.with_suffix(".birth")
        self._writing = threading.Lock()
        self._written: Mark | None = None

    def read(self) -> Mark | None:
        """The mark as it is, None when there is none that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Mark)
        except (OSError, msgspec.MsgspecError):
            return None

    def write(self) -> None:
        """Note epoch and revision, durably. A mark that lags behind is no fault: it is logged."""
        with self._writing:
            try:
                with _locked(self._path.with_suffix(".lock")):
                    stored = self._ledger.read(read_meta)
                    mark = Mark(stored["machine"], stored["epoch"], int(stored["revision"]))
                    if mark != self._written:
                        write_durably(self._path, msgspec.json.encode(mark).decode())
                        self._written = mark
            except OSError as error:
                log.warning("the mark beside the ledger cannot be written: %s", type(error).__name__)

    def tells_older_copy(self, stored: Mapping[str, str], mark: Mark | None) -> bool:
        """Whether what a ledger says of itself is not what stood beside it, or not where it was written."""
        return (
            mark is None
            or stored.get("file") != self.identity()
            or (mark.machine, mark.epoch) != (stored["machine"], stored["epoch"])
            or mark.revision > int(stored["revision"])
        )

    def create_identity(self, machine: str) -> str:
        """The identity, from here on if there was none."""
        if not self._birth_path.exists():
            write_durably(self._birth_path, machine)
        return self.identity()

    def identity(self) -> str:
        """What distinguishes this folder's files from a copy of them: no copy keeps the moment of a change."""
        try:
            birth, ledger = self._birth_path.stat(), self._ledger.path.stat()
        except OSError:
            return ""
        return f"{ledger.st_ino}:{birth.st_ino}:{birth.st_ctime_ns}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Among the processes on one ledger, one at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
