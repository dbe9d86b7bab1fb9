"""Starting again after SIGKILL with a long queue: seconds until requests are answered, and until all is written.

`python -m bench.recovery DATA GEO_FILE ROWS` is the process that is killed: it fills the queue and waits.
"""

import asyncio
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec

from bench.ingest import MEBIBYTE, await_port, start_served
from bench.scratch import Lab, scratch_settings
from bench.steps import accept_visitor
from bench.tables import Table
from suostumus.server.clock import iso
from suostumus.server.events import EventRow
from suostumus.server.installation import Installation
from suostumus.server.parts import Parts

REQUEST_ROWS = 50
REQUESTS_AT_A_TIME = 200


def measure(lab: Lab) -> list[Table]:
    """Fill, kill, start."""
    folder, rows = lab.folder / "served", lab.sizes.spooled
    command = [sys.executable, "-m", "bench.recovery", str(folder), str(lab.geo_file), str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- ours
        assert process.stdout  # noqa: S101 -- a pipe
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    size = (folder / "ledger.sqlite").stat().st_size
    began = time.perf_counter()
    with start_served(lab, "product") as server:
        await_port(server.address)
        answering = time.perf_counter() - began
        server.usage()
        written = time.perf_counter() - began
    columns = ("rows waiting", "ledger MiB", "s until it answers", "s until all is in ClickHouse", "rows/s")
    found = (rows, size / MEBIBYTE, answering, written, rows / written)
    return [Table("Starting after SIGKILL with a long queue", columns, [found])]


def main(arguments: list[str]) -> None:
    """Fill the queue of an installation, tell, and wait to be killed."""
    data, geo_file, rows = arguments
    installation = Installation(scratch_settings(Path(data), Path(geo_file)))
    asyncio.run(_fill(installation.parts, int(rows)))
    sys.stdout.write("full\n")
    sys.stdout.flush()
    signal.pause()


async def _fill(parts: Parts, rows: int) -> None:
    token = parts.keys.read(accept_visitor(parts).token)
    now = datetime.now(UTC)
    sample = EventRow(
        site=token.site,
        visitor=token.visitor,
        generation=token.generation,
        born=iso(datetime.fromtimestamp(token.born, UTC)),
        event="",
        session=str(uuid4()),
        name="page_view",
        time=iso(now),
        received=iso(now),
        url="https://shop.example/p/lamp",
        path="/p/lamp",
    )
    visitor_hash = parts.state.hash_visitor(token.visitor)

    async def append() -> None:
        events = [msgspec.structs.replace(sample, event=str(uuid4())) for _ in range(REQUEST_ROWS)]
        await parts.spool.append(events, visitor_hash, now.date().isoformat())

    for _ in range(0, rows, REQUEST_ROWS * REQUESTS_AT_A_TIME):
        await asyncio.gather(*(append() for _ in range(REQUESTS_AT_A_TIME)))


if __name__ == "__main__":
    main(sys.argv[1:])
