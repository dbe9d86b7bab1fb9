"""What decides: tombstones, lowest valid generations, the epoch, the counters."""

import fcntl
import hashlib
import logging
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

import msgspec

from suostumus.server import bundles, poison
from suostumus.server.clock import seconds
from suostumus.server.durable import write_durably
from suostumus.server.ledger import Ledger
from suostumus.server.news import News

log = logging.getLogger("suostumus.state")

EVERY_GENERATION = 4_294_967_295
STANDINGS_REMEMBERED = 50_000  # in memory: 10 MB
ASKED_AT_ONCE = 1_000  # visitors in one statement

_SPLIT = (
    "WITH RECURSIVE place(at) AS (VALUES (1) UNION ALL SELECT at + 16 FROM place WHERE at + 16 <= length(?1))"
    " SELECT substr(?1, at, 16) FROM place WHERE length(?1) > 0"
)
"""Hashes of 16 bytes, joined into one value: a statement for a whole commit costs less than one for each."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the state knows of a visitor. One that it never heard of has the defaults."""

    generation: int = 0  # the lowest that is valid
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """Standings as they were at one revision, of the visitors lately asked for."""

    revision: int
    standings: dict[bytes, Standing]


class Mark(msgspec.Struct, frozen=True):
    """A note beside the ledger by which an older copy of it is recognised."""

    machine: str
    epoch: str
    revision: int


class State:
    """The state of one machine, in its ledger. A ledger that came from a copy begins a new epoch."""

    def __init__(self, ledger: Ledger, *, is_joining: bool = False) -> None:
        """Read the state, or begin one in an empty ledger.

        A process that joins another on the same ledger leaves it to that one to tell whether it is an older copy.
        """
        self._ledger = ledger
        self._mark_path = ledger.path.with_suffix(".mark")
        self._birth_path = ledger.path.with_suffix(".birth")
        self._marking = threading.Lock()
        self._marked: Mark | None = None
        self._news = News(ledger.path.with_suffix(".news"))
        self._known = _Known(-1, {})
        mark = self._read_mark()  # before the ledger, which may be in use: it only grows newer
        stored = ledger.read(_read_meta) or ledger.write(_begin)
        self.is_new = "confirmed" not in stored
        self.machine = stored["machine"]
        self.epoch = stored["epoch"]
        self._key = bytes.fromhex(stored["key"])
        self.forgotten_until = int(stored.get("forgotten_until", "0"))
        ledger.write(self._news.follow)
        if is_joining:
            return
        if not self.is_new and self._is_older_copy(stored, mark):
            self.renew()
        identity = self._identity(create=True)
        ledger.write(lambda connection: _set(connection, "file", identity))
        self.write_mark()

    def confirm(self) -> None:
        """This state decides from now on: a new one may begin beside what is stored already."""
        self._ledger.write(lambda connection: _set(connection, "confirmed", "1"))

    def hash_visitor(self, visitor: str) -> bytes:
        """The keyed hash by which the state knows a visitor: 16 bytes."""
        return self._digest(b"visitor", visitor)

    def hash_seen(self, *parts: str) -> bytes:
        """The keyed hash by which the state recognises a repeat: 16 bytes."""
        return self._digest(b"seen", *parts)

    def standing(self, visitor_hash: bytes) -> Standing:
        """What is known of a visitor now. Raises LedgerError when that cannot be read.

        Answered from memory while the state has not changed since it was read, by whichever process.
        """
        known = self._known
        if known.revision == self._news.revision and visitor_hash in known.standings:
            return known.standings[visitor_hash]
        revision, standing = self._ledger.read(lambda connection: _read_with_revision(connection, visitor_hash))
        if revision != known.revision or len(known.standings) >= STANDINGS_REMEMBERED:
            known = self._known = _Known(revision, {})
        known.standings[visitor_hash] = standing
        return standing

    def revision(self) -> int:
        """How many decisions this state has made that an older copy of it would lack."""
        return int(self._ledger.read(_read_meta)["revision"])

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Take over what another process on this ledger has decided about all tokens at once."""
        stored = _read_meta(connection)
        self.epoch = stored["epoch"]
        self.forgotten_until = max(self.forgotten_until, int(stored.get("forgotten_until", "0")))

    def renew(self, known_revision: int = 0) -> None:
        """Begin a new epoch: every token ends, and what was queued in the old one is thrown away."""
        mark = self._read_mark()
        revision = max(known_revision, mark.revision if mark else 0, self.revision()) + 1

        def work(connection: sqlite3.Connection) -> int:
            dropped = bundles.drop_all(connection) + len(poison.take_all(connection))
            connection.execute("DELETE FROM decided")
            connection.execute("DELETE FROM placed")
            _set(connection, "epoch", secrets.token_hex(8))
            _set(connection, "revision", str(revision))
            return dropped

        dropped = self._ledger.write(work)
        self.epoch = self._ledger.read(_read_meta)["epoch"]
        self.write_mark()
        log.warning("the state is older than what it decided: new epoch, %d queued rows dropped", dropped)

    def write_mark(self) -> None:
        """Note epoch and revision beside the ledger, durably. A mark that lags behind is no fault: it is logged."""
        with self._marking:
            try:
                with _locked(self._mark_path.with_suffix(".lock")):
                    stored = self._ledger.read(_read_meta)
                    mark = Mark(self.machine, stored["epoch"], int(stored["revision"]))
                    if mark != self._marked:
                        write_durably(self._mark_path, msgspec.json.encode(mark).decode())
                        self._marked = mark
            except OSError as error:
                log.warning("the mark beside the ledger cannot be written: %s", type(error).__name__)

    def forget_expired(self, now: datetime) -> None:
        """Drop what has expired. Tokens that ended before now stay void, should the clock be set back."""

        def work(connection: sqlite3.Connection) -> None:
            for table in ("seen", "decided", "standings"):
                connection.execute(f"DELETE FROM {table} WHERE expires < ?", (seconds(now),))  # noqa: S608 -- fixed names
            connection.execute(
                "UPDATE erasures SET visitor_hash = x'' WHERE erased IS NOT NULL AND visitor_hash != x''"
                " AND visitor_hash NOT IN (SELECT visitor FROM standings)"
            )
            _set(connection, "forgotten_until", str(self.forgotten_until))

        self.forgotten_until = max(self.forgotten_until, seconds(now))
        self._ledger.write(work)

    def _digest(self, person: bytes, *parts: str) -> bytes:
        return hashlib.blake2b("\0".join(parts).encode(), key=self._key, digest_size=16, person=person).digest()

    def _is_older_copy(self, stored: dict[str, str], mark: Mark | None) -> bool:
        return (
            mark is None
            or stored.get("file") != self._identity(create=False)
            or (mark.machine, mark.epoch) != (stored["machine"], stored["epoch"])
            or mark.revision > int(stored["revision"])
        )

    def _identity(self, *, create: bool) -> str:
        """What distinguishes this folder's files from a copy of them: no copy keeps the moment of a change."""
        if create and not self._birth_path.exists():
            write_durably(self._birth_path, self.machine)
        try:
            birth, ledger = self._birth_path.stat(), self._ledger.path.stat()
        except OSError:
            return ""
        return f"{ledger.st_ino}:{birth.st_ino}:{birth.st_ctime_ns}"

    def _read_mark(self) -> Mark | None:
        try:
            return msgspec.json.decode(self._mark_path.read_bytes(), type=Mark)
        except (OSError, msgspec.MsgspecError):
            return None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Among the processes on one ledger, one at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_standing(connection: sqlite3.Connection, visitor_hash: bytes) -> Standing:
    """What is known of a visitor, inside a transaction or on a read connection."""
    return read_standings(connection, [visitor_hash]).get(visitor_hash, Standing())


def read_standings(connection: sqlite3.Connection, visitor_hashes: Iterable[bytes]) -> dict[bytes, Standing]:
    """What is known of those visitors of whom anything is known."""
    found = connection.execute(
        f"SELECT visitor, generation, withdrawn FROM standings WHERE visitor IN ({_SPLIT})",  # noqa: S608 -- fixed text
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


def _read_with_revision(connection: sqlite3.Connection, visitor_hash: bytes) -> tuple[int, Standing]:
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
    revision = int(_read_meta(connection)["revision"]) + 1
    _set(connection, "revision", str(revision))
    return revision


def remember(connection: sqlite3.Connection, hashes: Sequence[bytes], expires: datetime) -> list[bool]:
    """Note ids; for each whether it was not noted before."""
    split = b"".join(hashes)
    looked_up = connection.execute(f"SELECT id FROM seen WHERE id IN ({_SPLIT})", (split,))  # noqa: S608 -- fixed text
    known = {found for (found,) in looked_up}
    fresh = []
    for one in hashes:
        fresh.append(one not in known)
        known.add(one)
    noted = b"".join(one for one, is_fresh in zip(hashes, fresh, strict=True) if is_fresh)
    connection.execute(f"INSERT INTO seen SELECT *, ?2 FROM ({_SPLIT})", (noted, seconds(expires)))  # noqa: S608 -- fixed text
    return fresh


def note_time(connection: sqlite3.Connection, now: int) -> int:
    """Remember the latest moment seen, in seconds since 1970; return it."""
    latest = max(now, int(_read_meta(connection).get("latest", "0")))
    _set(connection, "latest", str(latest))
    return latest


def count(connection: sqlite3.Connection, key: "CountKey", amount: int = 1) -> None:
    """Add to a daily counter."""
    connection.execute(
        "INSERT INTO counts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        (key.site, key.day, key.kind, key.detail, amount),
    )


@dataclass(frozen=True)
class CountKey:
    """What a daily counter counts. Never anything about a person."""

    site: str
    day: str  # ISO 8601 date in the site's time zone
    kind: str
    detail: str = ""


def _begin(connection: sqlite3.Connection) -> dict[str, str]:
    fresh = {
        "machine": str(uuid4()),
        "epoch": secrets.token_hex(8),
        "key": secrets.token_hex(32),
        "revision": "0",
    }
    for name, value in fresh.items():
        _set(connection, name, value)
    return fresh


def _read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, value FROM meta").fetchall())


def _set(connection: sqlite3.Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
