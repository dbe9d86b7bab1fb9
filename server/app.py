"""The two applications: what visitors' browsers reach, and what the shop's own network reaches."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from suostumus.server.choose import Chooser
from suostumus.server.collect import Collector
from suostumus.server.installation import Installation
from suostumus.server.intake import Intake, own_origin
from suostumus.server.script import Scripts
from suostumus.server.settings import Settings

PUBLIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class PublicHeaders:
    """Adds what every public answer carries; sites' origins may read it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._origins = {origin for site in settings.sites for origin in site.origins} | {own_origin(settings)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers(origin, message["headers"])]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _headers(self, origin: str, present: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers = dict(PUBLIC_HEADERS)
        if origin in self._origins:
            headers |= {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Expose-Headers": "Retry-After",
                "Vary": "Origin",
            }
        taken = {name.lower() for name, _ in present}
        return [
            (name.lower().encode(), value.encode())
            for name, value in headers.items()
            if name == "Vary" or name.lower().encode() not in taken
        ]


def public_app(installation: Installation) -> Starlette:
    """The script, consents, events and the visitor's pages."""
    parts = installation.parts
    settings = parts.settings
    intake = Intake(settings)
    collector = Collector(settings, intake, parts.gate, parts.pipeline, parts.spool, parts.tally, parts.clock)
    chooser = Chooser(settings, intake, parts.decisions, parts.eraser, parts.ledger, parts.notices)
    scripts = Scripts(settings, parts.notices)
    return Starlette(
        routes=[
            Route("/s/{name}.js", scripts.serve, methods=["GET"]),
            Route("/api/events", collector.collect, methods=["POST"]),
            Route("/api/consent", chooser.choose, methods=["POST"]),
            Route("/health", _health, methods=["GET"]),
        ],
        middleware=[Middleware(PublicHeaders, settings=settings)],
        exception_handlers={HTTPException: _explain},
    )


async def _health(request: Request) -> Response:
    return JSONResponse({"live": True})


async def _explain(request: Request, error: Exception) -> Response:
    """An error as JSON that names the field."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
