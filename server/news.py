"""The newest revision of the state, in memory that the machine's processes share."""

import mmap
import os
import sqlite3
from pathlib import Path

_BYTES = 8


class News:
    """Tells in no time whether what was read of the state is still all there is.

    The number changes before the change itself can be read. So whoever read the state at this revision
    knows it; whoever did not must read it.
    """

    def __init__(self, path: Path) -> None:
        """Map the file, which is made if it is missing. Raises OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, _BYTES)
            self._number = mmap.mmap(descriptor, _BYTES)
        finally:
            os.close(descriptor)

    @property
    def revision(self) -> int:
        """The newest revision, of which the commit may still be under way."""
        return int.from_bytes(self._number[:], "little")

    def announce(self, revision: int | str) -> None:
        """Tell every process, inside the transaction that makes the change."""
        self._number[:] = int(revision).to_bytes(_BYTES, "little")

    def follow(self, connection: sqlite3.Connection) -> None:
        """Announce the present revision, and each one that this connection makes, whoever makes it."""
        connection.create_function("announce", 1, self.announce)
        connection.execute(
            "CREATE TEMP TRIGGER IF NOT EXISTS revision_announced AFTER INSERT ON main.meta WHEN new.name = 'revision'"
            " BEGIN SELECT announce(new.value); END"
        )
        connection.execute("SELECT announce(value) FROM meta WHERE name = 'revision'").fetchone()
