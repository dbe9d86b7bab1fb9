"""What all internal pages share: strict headers, forms that only our own pages can send, templates."""

from functools import cache
from importlib.resources import files
from urllib.parse import parse_qsl

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM_BYTES = 8192
FORM_FIELDS = 10

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class FormError(Exception):
    """A form that is too long, unreadable, or sent by a page that is not ours. The message says which."""


class StrictHeaders:
    """Puts the internal pages' headers on every answer of an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers added."""

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_strictly)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form that one of our own pages sent. Raises FormError."""
    if not _is_own(request):
        raise FormError("this form was not sent by a page of this server")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise FormError(f"this form is longer than {FORM_BYTES} bytes")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS)
    except ValueError as error:
        raise FormError("this form cannot be read") from error
    return dict(pairs)


def own_path(text: str) -> str:
    """A path of this server to go on to; the start page for anything that could lead elsewhere."""
    is_path = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_path else "/"


def templates() -> Environment:
    """The templates of the pages, with autoescape on."""
    return Environment(
        loader=FileSystemLoader(str(files("suostumus.server").joinpath("templates"))),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def country_places() -> dict[str, list[float]]:
    """Where each country's circle goes on the drawn world, by ISO 3166-1 alpha-2."""
    text = files("suostumus.server").joinpath("static", "built", "world.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, list[float]])


def _is_own(request: Request) -> bool:
    """Fetch Metadata where the browser sends it, else RFC 6454's Origin, must say that the page is ours."""
    sites = request.headers.getlist("sec-fetch-site")
    origins = request.headers.getlist("origin")
    if any(site != "same-origin" for site in sites):
        return False
    host = request.headers.get("host", "")
    if any(origin not in {f"http://{host}", f"https://{host}"} for origin in origins):
        return False
    return bool(sites or origins)
