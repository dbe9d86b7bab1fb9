"""What surrounds every answer: headers, errors as JSON, and the last resort."""

import logging
from http import HTTPStatus
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from suostumus.server.client_address import Network, parse_address
from suostumus.server.intake import own_origin
from suostumus.server.ledger import LedgerError
from suostumus.server.settings import Settings
from suostumus.server.tally import Tally

log = logging.getLogger("suostumus")

PUBLIC_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}


class ApiHeaders:
    """What every public answer carries; pages of the sites' origins may read the API's."""

    def __init__(self, settings: Settings) -> None:
        sites = {origin for site in settings.sites for origin in site.origins}
        self._plain = [*PUBLIC_HEADERS.items(), (b"vary", b"Origin")]
        self._readable = {
            origin.encode(): [
                *self._plain,
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", b"Retry-After"),
            ]
            for origin in sites | {own_origin(settings)}
        }

    def of(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """The headers of the answer to a request."""
        if scope["path"].startswith("/api/"):
            for name, value in scope["headers"]:
                if name == b"origin":
                    return self._readable.get(value, self._plain)
        return self._plain


class PublicHeaders:
    """Adds what every public answer carries, unless it carries its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = ApiHeaders(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]} - {b"vary"}
                added = [(name, value) for name, value in self._headers.of(scope) if name not in present]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class AllowedNetworks:
    """Answers only to the networks that may reach the internal listener."""

    def __init__(self, app: ASGIApp, networks: list[Network]) -> None:
        self._app = app
        self._networks = networks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 403."""
        address = parse_address(scope["client"][0]) if scope.get("client") else None
        allowed = address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )
        answer = self._app if allowed else PlainTextResponse("this network may not enter\n", 403)
        await answer(scope, receive, send)


class LastResort:
    """Turns what nobody caught into a 500. Logs the error's class and a request id: texts may quote values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        started = False

        async def remember_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, remember_start)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 -- the one last-resort handler
            request_id = str(uuid4())
            log.error("request %s failed: %s", request_id, type(error).__name__)  # noqa: TRY400 -- no traceback
            if not started:
                answer = JSONResponse({"error": "unexpected", "request": request_id}, 500)
                await answer(scope, receive, send)


class Rejections:
    """Counts the requests that were not read, by the answer's name, for the owner."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    async def explain(self, request: Request, error: Exception) -> Response:
        """Count, and answer as `explain` does."""
        if isinstance(error, HTTPException):
            self._tally.add_rejected(HTTPStatus(error.status_code).name.lower())
        return await explain(request, error)


async def explain(request: Request, error: Exception) -> Response:
    """An HTTPException as JSON that names the field; a ledger that cannot be read as 503."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    if isinstance(error, LedgerError):
        return JSONResponse({"error": "not readable now, try again"}, 503, {"Retry-After": "5"})
    raise error
