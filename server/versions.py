"""The versions of each site's notice, each kept for good under the hash of its content."""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from suostumus.server.clock import iso
from suostumus.server.durable import write_durably
from suostumus.server.messages import Layout
from suostumus.server.settings import PurposeText

HASH_DIGITS = 16
FOLDER = "notices"
HISTORY_FILE = "history.json"
READ_ONLY = 0o444


class LanguageContent(msgspec.Struct, frozen=True):
    """What a version says in one language."""

    text: str  # the owner's own sentences
    page: dict[str, str]  # the software's words, by key
    banner: dict[str, str]  # the script's words, by key
    purposes: dict[str, PurposeText]
    trial: dict[str, str] = {}  # the script's words in the second arm of an experiment; empty without one


class Content(msgspec.Struct, frozen=True):
    """Everything that one version of a notice says. Plain tables, so that later releases can still read it."""

    site: str
    effective: str  # ISO 8601 date
    controller: dict[str, str]
    authority: dict[str, str]
    retention: dict[str, int]
    ip_storage: str
    recipients: tuple[str, ...]  # of everything
    purpose_recipients: dict[str, tuple[str, ...]]  # of one purpose
    purposes: tuple[str, ...]  # in the order shown
    languages: dict[str, LanguageContent]
    declared: dict[str, tuple[str, ...]] = {}  # by purpose: whose cookies and storage keys the shop's scripts keep
    reworded: dict[str, tuple[str, ...]] = {}  # by earlier version: purposes whose words changed, but not their meaning

    @property
    def version(self) -> str:
        """The hash of it: 16 hex digits."""
        return content_hash(self)

    def shown(self, language: str, layout: Layout, *, in_trial: bool = False) -> str:
        """The hash of what the script, or the visitor's page, shows in a language."""
        spoken = self.languages[language]
        return content_hash(
            {
                "language": language,
                "layout": layout.value,
                "texts": spoken.trial if in_trial else spoken.banner,
                "purposes": [(purpose, spoken.purposes[purpose]) for purpose in self.purposes],
            }
        )


class Published(msgspec.Struct, frozen=True):
    """That a version came into force here."""

    version: str
    since: str  # ISO 8601, UTC


class Versions:
    """The versions of one site in the data folder."""

    def __init__(self, data_path: Path, site: str) -> None:
        self._folder = data_path / FOLDER / site

    def history(self) -> list[Published]:
        """What was in force when, the oldest first; a version that came back stands twice."""
        try:
            return msgspec.json.decode((self._folder / HISTORY_FILE).read_bytes(), type=list[Published])
        except FileNotFoundError:
            return []

    def read(self, version: str) -> Content | None:
        """A version as it was published; None when its file is missing, or is not what its name says."""
        try:
            written = self._path(version).read_bytes()
            return msgspec.json.decode(written, type=Content) if _digest(written) == version else None
        except (OSError, msgspec.MsgspecError):
            return None

    def keep(self, content: Content, now: datetime) -> None:
        """Publish a version, unless it is the one in force already."""
        history = self.history()
        if history and history[-1].version == content.version:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(content.version)
        if not path.exists():
            write_durably(path, _canonical(content).decode())
            path.chmod(READ_ONLY)
        history.append(Published(content.version, iso(now)))
        write_durably(self._folder / HISTORY_FILE, msgspec.json.encode(history).decode())

    def _path(self, version: str) -> Path:
        return self._folder / f"{version}.json"


def content_hash(content: object) -> str:
    """The first 16 hex digits of SHA-256 over canonical JSON."""
    return _digest(_canonical(content))


def _canonical(content: object) -> bytes:
    return msgspec.json.encode(content, order="deterministic")


def _digest(written: bytes) -> str:
    return hashlib.sha256(written).hexdigest()[:HASH_DIGITS]
