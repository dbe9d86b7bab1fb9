"""A small shop and its collector on loopback, for tests of the browser script: records whatever reaches them."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
from baked import BUILT, MAX_AGE, NOTICE, PURPOSES, SITE, Json, configuration, layout_style, shop_page
from browser import OpenPage
from playwright.sync_api import Page

from suostumus.server.events import ENDINGS
from suostumus.server.settings import Features

SHOWN = {"controller", "layout", "languages", "style", "logo"}  # what only a page needs that shows something

HOST = "#suostumus"
CHOICE = f"suostumus_{SITE}_choice"

Visit = Callable[..., Page]


@dataclass(frozen=True)
class Request:
    """What arrived."""

    method: str
    path: str  # without query
    headers: dict[str, str]  # names in lower case
    body: str

    @property
    def json(self) -> Json:
        """The body, decoded."""
        decoded: Json = json.loads(self.body)
        return decoded


@dataclass(frozen=True)
class Answer:
    """What the collector says."""

    body: Json = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


UNAVAILABLE = Answer({"error": "not now"}, status=503)


def store_all(message: Json) -> Answer:
    """Acknowledge each event."""
    return Answer({"events": [{"id": event["id"], "result": "stored"} for event in message["events"]]})


def drop_all(reason: str) -> Callable[[Json], Answer]:
    """Answer each event with a reason why it was not stored."""
    ended = {"ended": ENDINGS[reason]} if reason in ENDINGS else {}
    return lambda message: Answer(
        {"events": [{"id": event["id"], "result": "dropped", "reason": reason} for event in message["events"]]} | ended
    )


class Shop:
    """Serves pages on any path, the script, and the collector's addresses; `localhost` and 127.0.0.1 are two sites."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.page = shop_page()
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}  # of pages
        self.status = 200  # of pages
        self.config: Json = {}  # changes to the baked configuration
        self.features = [name for name, on in msgspec.structs.asdict(Features()).items() if on]
        self.answer_events: Callable[[Json], Answer] = store_all
        self.answer_consent: Callable[[Json], Answer | None] = lambda _: None
        self._server = _Server(self)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.collector = self.url  # the other host name makes it another site
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def other_site(self) -> str:
        """The same server under a name that browsers take for another site."""
        return f"http://localhost:{self.port}"

    def sent(self, path: str) -> list[Request]:
        """The requests to an address of the collector."""
        return [request for request in self.requests if request.path == path and request.method == "POST"]

    @property
    def decisions(self) -> list[Json]:
        """The decisions that arrived."""
        return [request.json for request in self.sent("/api/consent")]

    @property
    def events(self) -> list[Json]:
        """The events that arrived, each once: repeats carry the same id."""
        messages = [request.json for request in self.sent("/api/events")]
        return list({event["id"]: event for message in messages for event in message["events"]}.values())

    @property
    def event_names(self) -> list[str]:
        """The names of the events that arrived."""
        return [event["name"] for event in self.events]

    def script(self) -> str:
        """The built script with this shop's configuration, as the server bakes it."""
        baked = {**configuration(self.collector), **self.config}
        baked["style"] = layout_style(baked["layout"]) + layout_style("logo") * ("logo" in baked) + baked["style"]
        read = json.dumps({key: value for key, value in baked.items() if key not in SHOWN})
        shown = json.dumps({key: value for key, value in baked.items() if key in SHOWN})
        features = [(BUILT / f"suostumus.{name}.js").read_text("utf-8") for name in self.features]
        script = (BUILT / "suostumus.js").read_text("utf-8")
        script = script.replace('"__SUOSTUMUS_FEATURES__"', ",".join(features))
        return script.replace('"__SUOSTUMUS_CONFIG__"', f'{read[:-1]},"shown":()=>({shown})}}')


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop with the script on each page."""
    shop = Shop()
    yield shop
    shop.close()


@pytest.fixture
def visit(shop: Shop, open_page: OpenPage) -> Visit:
    """Opens a page of the shop in a fresh browser profile."""

    def visit_one(path: str = "/", *, script: str = "", **options: Any) -> Page:
        page = open_page(**options)
        if script:
            page.add_init_script(script)
        page.goto(shop.url + path)
        return page

    return visit_one


def press(page: Page, action: str) -> None:
    """Click a button of the question or of the control."""
    page.click(f'[data-suostumus-action="{action}"]')


def choice(page: Page) -> str:
    """The choice's cookie, empty when there is none."""
    return next((str(cookie["value"]) for cookie in page.context.cookies() if cookie["name"] == CHOICE), "")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, shop: Shop) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.shop = shop


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._record()
        path = urlsplit(self.path).path
        if path == f"/s/{SITE}.js":
            self._reply(200, self.server.shop.script(), {"Content-Type": "text/javascript; charset=utf-8"})
        elif path.endswith((".js", ".mjs")):
            self._reply(200, self.server.shop.pages[path], {"Content-Type": "text/javascript; charset=utf-8"})
        elif path == "/favicon.ico":
            self._reply(204, "", {})
        else:
            self._reply(
                self.server.shop.status,
                self.server.shop.pages.get(path, self.server.shop.page),
                {"Content-Type": "text/html", **self.server.shop.headers},
            )

    def do_POST(self) -> None:
        request = self._record()
        if request.path == "/api/events":
            self._answer(self.server.shop.answer_events(request.json))
        elif request.path == "/api/consent":
            self._answer(self.server.shop.answer_consent(request.json) or self._consent(request))
        else:
            self._reply(200, "<!doctype html><title>A page</title>", {"Content-Type": "text/html"})

    def do_OPTIONS(self) -> None:
        self._record()
        self._reply(405, "", {})

    def _record(self) -> Request:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, urlsplit(self.path).path, headers, body)
        if request.path != "/favicon.ico":
            self.server.shop.requests.append(request)
        return request

    def _consent(self, request: Request) -> Answer:
        """A server's answer in both modes; the token is any text, this collector checks none."""
        message = request.json
        granted = {"accept": PURPOSES, "save": message["purposes"]}.get(message["action"], [])
        if request.headers.get("sec-gpc") == "1" and message["action"] == "accept":
            granted = ["statistics"]
        cookie_mode = request.headers["sec-fetch-site"] != "cross-site"
        held = message["token"] or f"suostumus_{SITE}=v1" in request.headers.get("cookie", "")
        body = {
            "purposes": granted,
            "receipt": str(uuid4()) if granted or held else None,
            "expires": "2027-01-01T00:00:00Z" if granted else None,
            "token": f"v1.{uuid4()}" if granted and not cookie_mode else None,
            "status": f"{self.server.shop.collector}/receipt/{uuid4()}" if held and not granted else None,
        }
        return Answer(body, headers=self._cookies(granted) if cookie_mode else {})

    def _cookies(self, granted: list[str]) -> dict[str, str]:
        choice = f"suostumus_{SITE}_choice={NOTICE}:{'.'.join(granted) or 'none'}"
        age = MAX_AGE if granted else 0
        return {
            "Set-Cookie": f"{choice}; Path=/; Max-Age={MAX_AGE}; SameSite=Lax",
            "set-cookie": f"suostumus_{SITE}=v1.token; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly",
        }

    def _answer(self, answer: Answer) -> None:
        self._reply(answer.status, json.dumps(answer.body), {"Content-Type": "application/json", **answer.headers})

    def _reply(self, status: int, body: str, headers: dict[str, str]) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if origin := self.headers.get("Origin"):
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Credentials", "true")
            self.send_header("Access-Control-Expose-Headers", "Retry-After")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Say nothing."""
