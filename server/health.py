"""/health for everybody, and for the shop's own network /health with reasons and /metrics."""

import msgspec
from anyio.to_thread import run_sync
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from suostumus.server.elsewhere import Watcher
from suostumus.server.ledger import LedgerError
from suostumus.server.metrics import registry_of
from suostumus.server.parts import Parts


class PublicHealth:
    """Whether the intake is open, and nothing more: 200, or 503 when it is not."""

    def __init__(self, watch: Watcher) -> None:
        self._watch = watch

    async def show(self, request: Request) -> Response:  # noqa: ARG002 -- a handler's signature
        """Answer at once, from the last look."""
        ready = self._watch.condition.ready
        return JSONResponse({"live": True, "ready": ready}, 200 if ready else 503, {"Cache-Control": "no-store"})


def operations_routes(parts: Parts) -> list[BaseRoute]:
    """What watches over an installation asks for, without an account: the internal listener's networks may."""
    registry = registry_of(parts)

    async def health(request: Request) -> Response:  # noqa: ARG001 -- a handler's signature
        condition = parts.watch.condition
        return Response(msgspec.json.encode(condition), 200 if condition.ready else 503, media_type="application/json")

    async def metrics(request: Request) -> Response:  # noqa: ARG001 -- a handler's signature
        try:
            content = await run_sync(generate_latest, registry)
        except LedgerError:
            return PlainTextResponse("the ledger cannot be read now\n", 503)
        return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/health", health), Route("/metrics", metrics)]
