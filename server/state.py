"""What decides about tokens: the epoch, what is known of visitors, and which events came already."""

import hashlib
import logging
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from suostumus.server import bundles, poison
from suostumus.server.clock import seconds
from suostumus.server.ledger import Ledger
from suostumus.server.mark import Marker
from suostumus.server.meta import read_meta, set_meta
from suostumus.server.news import News
from suostumus.server.standings import SPLIT, Standing, read_with_revision

log = logging.getLogger("suostumus.state")

STANDINGS_REMEMBERED = 50_000  # in memory: 10 MB


@dataclass(frozen=True, slots=True)
class _Known:
    """Standings as they were at one revision, of the visitors lately asked for."""

    revision: int
    standings: dict[bytes, Standing]


class State:
    """The state of one machine, in its ledger. A ledger that came from a copy begins a new epoch."""

    def __init__(self, ledger: Ledger, *, is_joining: bool = False) -> None:
        """Read the state, or begin one in an empty ledger.

        A process that joins another on the same ledger leaves it to that one to tell whether it is an older copy.
        """
        self._ledger = ledger
        self._marker = Marker(ledger)
        self._news = News(ledger.path.with_suffix(".news"))
        self._known = _Known(-1, {})
        mark = self._marker.read()  # before the ledger, which may be in use: it only grows newer
        stored = ledger.read(read_meta) or ledger.write(_begin)
        self.is_new = "confirmed" not in stored
        self.machine = stored["machine"]
        self.epoch = stored["epoch"]
        self._key = bytes.fromhex(stored["key"])
        self.forgotten_until = int(stored.get("forgotten_until", "0"))
        ledger.write(self._news.follow)
        if is_joining:
            return
        if not self.is_new and self._marker.tells_older_copy(stored, mark):
            self.renew()
        identity = self._marker.create_identity(self.machine)
        ledger.write(lambda connection: set_meta(connection, "file", identity))
        self.write_mark()

    def confirm(self) -> None:
        """This state decides from now on: a new one may begin beside what is stored already."""
        self._ledger.write(lambda connection: set_meta(connection, "confirmed", "1"))

    def hash_visitor(self, visitor: str) -> bytes:
        """The keyed hash by which the state knows a visitor: 16 bytes."""
        return self._digest(b"visitor", visitor)

    def hash_seen(self, *parts: str) -> bytes:
        """The keyed hash by which the state recognises a repeat: 16 bytes."""
        return self._digest(b"seen", *parts)

    def hash_events(self, visitor: str, events: Iterable[str]) -> list[bytes]:
        """The same for events of one visitor.

        They begin alike, so that those of a request lie on one page of the ledger, and not each on a page of its own.
        """
        beginning = self._digest(b"seen", visitor)[:4]
        return [beginning + self._digest(b"seen", visitor, event)[4:] for event in events]

    def standing(self, visitor_hash: bytes) -> Standing:
        """What is known of a visitor now. Raises LedgerError when that cannot be read.

        Answered from memory while the state has not changed since it was read, by whichever process.
        """
        known = self._known
        if known.revision == self._news.revision and visitor_hash in known.standings:
            return known.standings[visitor_hash]
        revision, standing = self._ledger.read(lambda connection: read_with_revision(connection, visitor_hash))
        if revision != known.revision or len(known.standings) >= STANDINGS_REMEMBERED:
            known = self._known = _Known(revision, {})
        known.standings[visitor_hash] = standing
        return standing

    def revision(self) -> int:
        """How many decisions this state has made that an older copy of it would lack."""
        return int(self._ledger.read(read_meta)["revision"])

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Take over what another process on this ledger has decided about all tokens at once."""
        stored = read_meta(connection)
        self.epoch = stored["epoch"]
        self.forgotten_until = max(self.forgotten_until, int(stored.get("forgotten_until", "0")))

    def renew(self, known_revision: int = 0) -> None:
        """Begin a new epoch: every token ends, and what was queued in the old one is thrown away."""
        mark = self._marker.read()
        revision = max(known_revision, mark.revision if mark else 0, self.revision()) + 1

        def work(connection: sqlite3.Connection) -> int:
            dropped = bundles.drop_all(connection) + len(poison.take_all(connection))
            connection.execute("DELETE FROM decided")
            connection.execute("DELETE FROM placed")
            set_meta(connection, "epoch", secrets.token_hex(8))
            set_meta(connection, "revision", str(revision))
            _skip_numbers(connection, revision)
            return dropped

        dropped = self._ledger.write(work)
        self.epoch = self._ledger.read(read_meta)["epoch"]
        self.write_mark()
        log.warning("the state is older than what it decided: new epoch, %d queued rows dropped", dropped)

    def write_mark(self) -> None:
        """Note beside the ledger how far it has come."""
        self._marker.write()

    def forget_expired(self, now: datetime) -> None:
        """Drop what has expired. Tokens that ended before now stay void, should the clock be set back."""

        def work(connection: sqlite3.Connection) -> None:
            for table in ("seen", "decided", "standings"):
                connection.execute(f"DELETE FROM {table} WHERE expires < ?", (seconds(now),))  # noqa: S608 -- fixed names
            connection.execute(
                "UPDATE erasures SET visitor_hash = x'' WHERE erased IS NOT NULL AND visitor_hash != x''"
                " AND visitor_hash NOT IN (SELECT visitor FROM standings)"
            )
            set_meta(connection, "forgotten_until", str(self.forgotten_until))

        self.forgotten_until = max(self.forgotten_until, seconds(now))
        self._ledger.write(work)

    def _digest(self, person: bytes, *parts: str) -> bytes:
        return hashlib.blake2b("\0".join(parts).encode(), key=self._key, digest_size=16, person=person).digest()


def remember(connection: sqlite3.Connection, hashes: Sequence[bytes], expires: datetime) -> list[bool]:
    """Note ids; for each whether it was not noted before."""
    split = b"".join(hashes)
    looked_up = connection.execute(f"SELECT id FROM seen WHERE id IN ({SPLIT})", (split,))  # noqa: S608 -- fixed text
    known = {found for (found,) in looked_up}
    fresh = []
    for one in hashes:
        fresh.append(one not in known)
        known.add(one)
    noted = b"".join(one for one, is_fresh in zip(hashes, fresh, strict=True) if is_fresh)
    connection.execute(f"INSERT INTO seen SELECT *, ?2 FROM ({SPLIT})", (noted, seconds(expires)))  # noqa: S608 -- fixed text
    return fresh


def _skip_numbers(connection: sqlite3.Connection, number: int) -> None:
    """Number erasures beyond this: those that an older copy of the ledger does not know keep theirs."""
    connection.execute(
        "INSERT INTO sqlite_sequence SELECT 'erasures', 0 WHERE 'erasures' NOT IN (SELECT name FROM sqlite_sequence)"
    )
    connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'erasures'", (number,))


def _begin(connection: sqlite3.Connection) -> dict[str, str]:
    fresh = {
        "machine": str(uuid4()),
        "epoch": secrets.token_hex(8),
        "key": secrets.token_hex(32),
        "revision": "0",
    }
    for name, value in fresh.items():
        set_meta(connection, name, value)
    return fresh
