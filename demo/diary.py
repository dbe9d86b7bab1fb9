"""What the demonstration's traffic has done so far, noted as it goes, so that an interrupted run can go on."""

import os
from datetime import date
from pathlib import Path

import msgspec

DIARY_FILE = "demo-traffic.jsonl"


class Plan(msgspec.Struct, frozen=True, tag="plan"):
    """What traffic there is to be. Addresses are kept: a newer city database would give other visits."""

    seed: int
    start: date  # in the site's time zone
    addresses: dict[str, list[str]]  # by country


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """A slice is under way; those before it are done."""

    slice: int
    at: float  # seconds since 1970, by the real clock


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Every request of a slice was answered."""

    slice: int


class Answered(msgspec.Struct, frozen=True, omit_defaults=True, tag="answered"):
    """A request was answered."""

    visitor: int
    at: int  # milliseconds since 1970, by the traffic's clock
    token: str | None = None  # the visitor's from here on, "" for none; None: as before


Entry = Plan | Begun | Done | Answered


class Diary:
    """A file of entries, one JSON object a line; whoever reads it holds visitors' tokens, so only its owner may."""

    def __init__(self, path: Path) -> None:
        """Read what was noted, up to the last whole line."""
        self.plan: Plan | None = None
        self.begun: Begun | None = None
        self.done = 0  # slices
        self.tokens: dict[int, str] = {}  # by visitor
        self._answered: dict[int, int] = {}  # by visitor: the last request's time
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        lines, _, torn = path.read_bytes().rpartition(b"\n")
        os.truncate(self._file, path.stat().st_size - len(torn))
        for entry in msgspec.json.Decoder(Entry).decode_lines(lines):
            self._apply(entry)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

    def note(self, entry: Entry) -> None:
        """Add an entry; a killed program does not lose it."""
        os.write(self._file, msgspec.json.encode(entry) + b"\n")
        self._apply(entry)

    def sync(self) -> None:
        """Not even a power failure loses what was noted until here."""
        os.fsync(self._file)

    def has_answer(self, visitor: int, at: int) -> bool:
        """Whether a request was answered: each visitor's are sent one after another."""
        return self._answered.get(visitor, -1) >= at

    def _apply(self, entry: Entry) -> None:
        match entry:
            case Plan():
                self.plan = entry
            case Begun():
                self.begun = entry
            case Done():
                self.done = entry.slice + 1
            case Answered():
                self._answered[entry.visitor] = entry.at
                if entry.token is not None:
                    self.tokens[entry.visitor] = entry.token
