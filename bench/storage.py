"""From the spool to the disk: rows a second of the writer, and bytes that an event takes in the end."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from uuid import UUID, uuid4

import msgspec

from bench.scratch import ORIGIN, SITE, Lab
from bench.tables import Table
from suostumus.demo.recorder import Tag
from suostumus.demo.traffic import visits
from suostumus.server.appender import HANDED_OVER_REQUESTS
from suostumus.server.clock import milliseconds, seconds
from suostumus.server.consent import Grant
from suostumus.server.events import EventRow
from suostumus.server.installation import Installation
from suostumus.server.messages import decode_event
from suostumus.server.parts import Parts
from suostumus.server.pipeline import Visit
from suostumus.server.store import Connection
from suostumus.server.token import Token
from suostumus.server.writer import BatchSize

FIRST_DAY = date(2026, 11, 2)
MEBIBYTE = 1 << 20


def measure(lab: Lab) -> list[Table]:
    """Write the demonstration's traffic, then see what became of it on the disk."""
    with lab.installation("storage") as installation:
        rows = list(_rows(lab, installation.parts))
        lines = [msgspec.json.encode(row) for row in rows]
        appended = _timed(lambda: _append_all(installation.parts, rows))
        written = _timed(installation.parts.writer.flush)
        connection = installation.parts.store.connect()
        bare = _timed(lambda: _insert_bare(connection, lines))
        compacted = _bytes_on_disk(connection)
        whole = _folder_bytes(installation)
        connection.close()
    count, line_bytes = len(rows), sum(len(line) for line in lines)
    speed: list[tuple[str | int | float, ...]] = [
        ("bare insert of the same rows, synced", count / bare, 1.0),
        ("writer: spool to ClickHouse, exactly once", count / written, bare / written),
        ("spool: requests of one visitor each, thousands at once", count / appended, bare / appended),
    ]
    disk: list[tuple[str | int | float, ...]] = [
        ("as JSON lines", line_bytes / count, 1.0),
        ("in ClickHouse, merged", compacted / count, compacted / line_bytes),
    ]
    return [
        Table(f"Writing {count:,} events of the demonstration (rows/s)", ("way", "rows/s", "x bare"), speed),
        Table(
            f"Bytes of an event ({count:,} events; the data folder has {whole / MEBIBYTE:.0f} MiB with its log)",
            ("form", "bytes", "x JSON"),
            disk,
        ),
    ]


def _rows(lab: Lab, parts: Parts) -> Iterator[EventRow]:
    """The rows of the demonstration's visits, through the pipeline."""
    site = parts.settings.sites[0]
    shown = dict.fromkeys(("fi", "sv", "en"), "0" * 16)
    tag = Tag(SITE, ORIGIN, parts.notices[SITE].version, shown, site.purposes)
    networks = {"FI": lab.addresses}
    for visit in visits(1, FIRST_DAY, lab.sizes.demo_days, networks, tag):
        visitor = str(UUID(int=visit.visitor, version=4))
        begins = seconds(visit.begins)
        token = Token(
            site=SITE,
            epoch=parts.state.epoch,
            visitor=visitor,
            generation=1,
            purposes=list(site.purposes),
            notice=tag.notice,
            born=begins,
            issued=begins,
            expires=begins + 1_000_000,
        )
        grant = Grant(token, parts.state.hash_visitor(visitor), frozenset(site.purposes))
        agent = visit.headers["User-Agent"]
        for post in visit.posts:
            sent = msgspec.convert(post.body.get("sent", 0), int)
            arrived = Visit(site, grant, visit.address, agent, milliseconds(post.at), sent)
            shared = parts.pipeline.read_visit(arrived)
            for raw in msgspec.convert(post.body.get("events", []), list[object]):
                message = decode_event(msgspec.json.encode(raw), "")
                yield parts.pipeline.read_event(shared, arrived, message)


def _append_all(parts: Parts, rows: list[EventRow]) -> None:
    """One append a visitor and moment, as requests come, as many at a time as the spool takes into memory."""
    groups = [list(group) for _, group in groupby(rows, key=lambda row: (row.visitor, row.received))]

    async def append(at_once: Sequence[list[EventRow]]) -> None:
        await asyncio.gather(
            *(
                parts.spool.append(group, parts.state.hash_visitor(group[0].visitor), FIRST_DAY.isoformat())
                for group in at_once
            )
        )

    for first in range(0, len(groups), HANDED_OVER_REQUESTS):
        asyncio.run(append(groups[first : first + HANDED_OVER_REQUESTS]))


def _insert_bare(connection: Connection, lines: list[bytes]) -> None:
    connection.command("CREATE TABLE bare_events AS events")
    suffix = f',"batch":"{uuid4()}"}}'.encode()
    rows = BatchSize().rows
    for first in range(0, len(lines), rows):
        connection.insert_lines("bare_events", [line[:-1] + suffix for line in lines[first : first + rows]])
    connection.command("DROP TABLE bare_events SYNC")


def _bytes_on_disk(connection: Connection) -> int:
    connection.command("OPTIMIZE TABLE events FINAL")
    taken: int = connection.value(
        "SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'events' AND active AND database = currentDatabase()"
    )
    return taken


def _folder_bytes(installation: Installation) -> int:
    folder: Path = installation.parts.settings.data_path
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
