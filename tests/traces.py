"""Byte searches in everything that is stored."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from databases import DATABASES
from house import House, Visitor


def traces_of(visitor: Visitor) -> list[bytes]:
    """What a byte search looks for: the ids as text and as ClickHouse writes them, address and markers."""
    traces: list[bytes] = [visitor.address.encode(), b"marked-page", b"marked-click"]
    for text in (visitor.id, visitor.session):
        raw = UUID(text).bytes
        traces += [text.encode(), raw[7::-1] + raw[:7:-1]]
    return traces


def left(house: House, traces: list[bytes]) -> dict[bytes, list[Path]]:
    """Traces that are still found, and where."""
    return {trace: found for trace in traces if (found := files_with(house.data, trace))}


def files_with(folder: Path, marker: bytes) -> list[Path]:
    """Every file below a folder, or of the engine beside it, that holds these bytes.

    What vanishes while it is searched is no live file.
    """
    folders = [folder, DATABASES.folder] if DATABASES.folder else [folder]
    return [path for one in folders for path in _files(one) if marker in _content(path)]


def files_with_any(folder: Path, markers: Iterable[bytes]) -> list[bytes]:
    """Those of many markers that are in any file below a folder, or of the engine beside it: each file is read once."""
    wanted, found = set(markers), set[bytes]()
    for content in contents(folder):
        found |= {marker for marker in wanted - found if marker in content}
    return sorted(found)


def contents(folder: Path) -> Iterator[bytes]:
    """The content of every file below a folder, or of the engine beside it."""
    for one in [folder, DATABASES.folder] if DATABASES.folder else [folder]:
        yield from map(_content, _files(one))


def _files(folder: Path) -> Iterator[Path]:
    for inside, _, names in os.walk(folder):
        yield from (Path(inside, name) for name in names)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""
