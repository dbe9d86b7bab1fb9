"""The shop's page that every contestant stands on, served on loopback, and what it loaded."""

import gzip
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import brotli
from baked import configuration, shop_page
from shop import Shop

from bench.banners.contestants import MODULES, SETUPS, Contestant

HERE = Path(__file__).parent
INSTALLED = Path("build/banners/node_modules")
# What our collector would say, in as far as the script reads it.
ANSWER = (
    b'{"purposes":["statistics","marketing","personalisation","profiling"],"receipt":null,"token":null,"events":[]}'
)
OUR_TAG = '<script src="/s/demo.js" defer></script>'


class Stage:
    """One contestant's page at a time."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.contestant: Contestant | None = None
        self.policy = ""
        self.loaded: dict[str, bytes] = {}  # scripts and styles, by path
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def show(self, contestant: Contestant, policy: str = "") -> None:
        """Put a contestant on the page, under a Content-Security-Policy."""
        self.contestant, self.policy, self.loaded = contestant, policy, {}

    def answer(self, path: str) -> bytes:
        """The page, or a file of a contestant, which is remembered."""
        if path == "/s/demo.js":
            self.loaded[path] = self.shop.script().encode()
        elif path.startswith((MODULES, SETUPS)):
            folder = INSTALLED if path.startswith(MODULES) else HERE / "setups"
            self.loaded[path] = (folder / path.split("/", 2)[2]).read_bytes()
        else:
            head = self.contestant.head if self.contestant else ""
            return shop_page().replace(OUR_TAG, head).encode()
        return self.loaded[path]

    @property
    def weights(self) -> tuple[int, int, int]:
        """Bytes of everything loaded: raw, gzip -9, brotli -11."""
        files = self.loaded.values()
        return (
            sum(len(content) for content in files),
            sum(len(gzip.compress(content, 9, mtime=0)) for content in files),
            sum(len(brotli.compress(content, mode=brotli.MODE_TEXT, quality=11)) for content in files),
        )


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A stage with our script baked for one language, as the others have one."""
    shop = Shop()
    stage = Stage(shop)
    shop.collector = stage.url
    shop.config["languages"] = {"en": configuration(stage.url)["languages"]["en"]}
    try:
        yield stage
    finally:
        stage.close()
        shop.close()


def _handler(stage: Stage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            try:
                self._reply(200, stage.answer(path), mimetypes.guess_type(path)[0] or "text/html; charset=utf-8")
            except FileNotFoundError:
                self._reply(404, b"", "text/plain")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._reply(200, ANSWER, "application/json")

        def _reply(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if stage.policy and kind.startswith("text/html"):
                self.send_header("Content-Security-Policy", stage.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
            """Say nothing."""

    return Handler
