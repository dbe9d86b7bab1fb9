"""Whether the ledger's file and its log are whole, before anything is believed that stands in them. Changes nothing."""

import fcntl
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

HEADER_BYTES = 32  # of the log, and of each frame in it 24: sqlite.org/fileformat2.html#walformat
FRAME_BYTES = 24
_WORDS = 0xFFFFFFFF


def find_damage(path: Path) -> str:
    """What is wrong with a ledger, "" when nothing is or when there is none yet."""
    if not path.exists() or not path.stat().st_size:
        return ""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and not _is_in_use(path) and _has_lost_commits(log):
        return "its log is damaged: what was acknowledged after the damage cannot be read"
    try:
        with closing(open_untouched(path)) as connection:
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        verdict = getattr(error, "sqlite_errorname", type(error).__name__)
    return "" if verdict == "ok" else f"it is damaged or cannot be read ({verdict.partition(':')[0].strip()[:80]})"


def open_untouched(path: Path) -> sqlite3.Connection:
    """Read-only. Without a log beside it, the file is read as it is: SQLite would otherwise begin one."""
    alone = not path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}", uri=True)


def _is_in_use(path: Path) -> bool:
    """Whether another process has the ledger open, so that its log grows while it is read; it was checked before then.

    Every connection holds a lock on one byte of the shared memory: WAL_DMS in SQLite's os_unix.c. This process must
    have none, because closing the file here would end its locks.
    """
    try:
        with path.with_name(f"{path.name}-shm").open("r+b") as shared:
            fcntl.lockf(shared, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _has_lost_commits(log: Path) -> bool:
    """Whether whole commits of this log follow a frame whose checksum is wrong.

    A write that was cut short by a power failure leaves one commit unfinished, which nobody was told of, and nothing
    after it: each commit is on disk before the next one begins. SQLite leaves out whatever follows a wrong checksum,
    without a word; so more than one commit there were acknowledged, and would be lost.
    """
    with log.open("rb") as file:
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            return False
        magic, _, page_bytes, _ = struct.unpack(">4I", header[:16])
        order = ">" if magic & 1 else "<"
        sums = _checksum(header[:24], (0, 0), order)
        if sums != struct.unpack(">2I", header[24:32]):
            return log.stat().st_size > HEADER_BYTES + 2 * (FRAME_BYTES + int(page_bytes))
        return _commits_after_damage(file, header[16:24], sums, page_bytes, order) > 1


def _commits_after_damage(file: BinaryIO, salts: bytes, sums: tuple[int, int], page_bytes: int, order: str) -> int:
    commits = 0
    is_whole = True
    while len(frame := file.read(FRAME_BYTES + page_bytes)) == FRAME_BYTES + page_bytes:
        is_of_this_log = frame[8:16] == salts  # others are left over from an earlier round
        if is_whole:
            sums = _checksum(frame[:8] + frame[FRAME_BYTES:], sums, order)
            is_whole = is_of_this_log and sums == struct.unpack(">2I", frame[16:24])
        if not is_whole and is_of_this_log and frame[4:8] != b"\0\0\0\0":
            commits += 1
    return commits


def _checksum(content: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    for left, right in struct.iter_unpack(f"{order}2I", content):
        first = (first + left + second) & _WORDS
        second = (second + right + first) & _WORDS
    return first, second
