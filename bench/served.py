"""A server to be measured, in a process of its own: `python -m bench.served bare|product DATA GEO_FILE DATABASE`.

Prints its address, then answers each line on its standard input with what it used so far, as one line of JSON.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bench.scratch import scratch_settings
from suostumus.server.app import public_app
from suostumus.server.installation import Installation
from suostumus.server.serve import Listener, serve


class Usage(msgspec.Struct, frozen=True):
    """What the process used since it began."""

    cpu_seconds: float  # user and system, of all threads
    resident_bytes: int
    peak_bytes: int


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM."""
    kind, data, geo_file, database = arguments
    if kind == "bare":
        _run(_bare_app(), lambda: None)
        return
    settings = msgspec.structs.replace(scratch_settings(Path(data), Path(geo_file)), database=database)
    installation = Installation(settings)
    installation.start()
    try:
        _run(public_app(installation.parts), lambda: _write(installation))
    finally:
        installation.close()


def _bare_app() -> Starlette:
    async def take(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    return Starlette(routes=[Route("/api/events", take, methods=["POST"])])


def _write(installation: Installation) -> None:
    """What was acknowledged is in ClickHouse before its cost is told."""
    installation.parts.writer.flush()


def _run(app: ASGIApp, settle: Callable[[], None]) -> None:
    """On the event loop that the product runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Listener(app, "127.0.0.1:0"), settle))


async def _serve(listener: Listener, settle: Callable[[], None]) -> None:
    _tell(listener.address)
    threading.Thread(target=_answer, args=(settle,), daemon=True).start()
    await serve([listener])


def _answer(settle: Callable[[], None]) -> None:
    for _ in sys.stdin:
        settle()
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        resident, peak = (int(status[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        _tell(msgspec.json.encode(Usage(time.process_time(), resident, peak)).decode())


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
