"""What answers while the installation cannot open: 503 and the reason, instead of ending and being started again."""

import asyncio
import logging
import signal
from collections.abc import Callable

import msgspec
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from suostumus.server.answers import AllowedNetworks
from suostumus.server.condition import Reason, Trouble
from suostumus.server.installation import Installation
from suostumus.server.ledger import LedgerError
from suostumus.server.serve import Listener
from suostumus.server.settings import Settings

log = logging.getLogger("suostumus.standby")

RETRY_SECONDS = 15.0
SLOWEST_RETRY_SECONDS = 240.0
METHODS = ["GET", "POST", "OPTIONS"]


def open_or_stand_by(settings: Settings, open_installation: Callable[[], Installation]) -> Installation | None:
    """The installation once it opens; None when told to end before. Other faults than the disk's are raised."""
    wait = RETRY_SECONDS
    while True:
        try:
            return open_installation()
        except (LedgerError, OSError) as error:
            fault = str(error) if isinstance(error, LedgerError) else f"the data folder: {error.strerror}"
        log.error("standing by: %s", fault)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if runner.run(_stand_by(settings, fault, wait)):
                return None
        wait = min(wait * 2, SLOWEST_RETRY_SECONDS)


async def _stand_by(settings: Settings, fault: str, wait_seconds: float) -> bool:
    """Answer for some seconds; whether SIGINT or SIGTERM came meanwhile."""
    told_to_end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    internal = AllowedNetworks(standby_app(fault, tells_why=True), settings.internal_ranges)
    listeners = [
        Listener(standby_app(fault, tells_why=False), settings.public_listen),
        Listener(internal, settings.internal_listen),
    ]
    serving = [asyncio.create_task(listener.serve()) for listener in listeners]
    try:
        async with asyncio.timeout(wait_seconds):
            await told_to_end.wait()
    except TimeoutError:
        pass
    for listener in listeners:
        listener.stop()
    await asyncio.gather(*serving)
    return told_to_end.is_set()


def standby_app(fault: str, *, tells_why: bool) -> ASGIApp:
    """Live, not ready, and on the internal listener the reason; everything else is answered 503."""
    reason = Reason(
        Trouble.LEDGER_UNWRITABLE,
        stops=True,
        words=f"The installation cannot be opened: {fault}. Nothing is taken in; it is tried again by itself.",
        advice="`suostumus doctor` says more. docs/operations.md says what to do with a damaged ledger.",
    )

    async def health(request: Request) -> Response:  # noqa: ARG001 -- a handler's signature
        why = {"reasons": [msgspec.to_builtins(reason)]} if tells_why else {}
        return JSONResponse({"live": True, "ready": False, **why}, 503, {"Cache-Control": "no-store"})

    async def later(request: Request) -> Response:  # noqa: ARG001
        return JSONResponse({"error": "nothing was stored, send again"}, 503, {"Retry-After": "60"})

    return Starlette(routes=[Route("/health", health), Route("/{path:path}", later, methods=METHODS)])
