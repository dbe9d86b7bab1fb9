"""The HTTP protocol with bounds on what an unfinished request may hold: bytes, time, connections."""

import asyncio
import resource
from asyncio.events import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 16_384  # of the request line and all headers; a browser sends about 1,000, and cookies
HEAD_LINES = 100
HEAD_SECONDS = 10.0  # from the first byte, or the connection, to the end of the headers
CONNECTIONS = 4_000


def _refusal(status: str, error: str) -> bytes:
    """A whole answer: no application has seen the request."""
    body = f'{{"error":"{error}"}}'
    head = f"HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode()


_TOO_LARGE = _refusal(
    "431 Request Header Fields Too Large", f"headers: longer than {HEAD_BYTES} bytes, or more than {HEAD_LINES} lines"
)
_TOO_SLOW = _refusal("408 Request Timeout", f"headers: not complete in {HEAD_SECONDS:g} seconds")


class GuardedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which itself waits for headers without an end and keeps as many of them as come."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_timer: TimerHandle | None = None
        self._head_bytes = 0
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Close at once when there are too many already."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown too large."""
        if self._is_refused:
            return
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > HEAD_BYTES:
            self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request has begun, maybe behind another one that is still answered."""
        super().on_message_begin()
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head has arrived: go on, unless it is too large."""
        self._end_head()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > HEAD_LINES:
            self._refuse(_TOO_LARGE)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The body of a refused request is not kept."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A refused request is never complete."""
        if not self._is_refused:
            super().on_message_complete()

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, _TOO_SLOW)

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, answer: bytes) -> None:
        self._end_head()
        self._is_refused = True
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def allow_many_files() -> None:
    """Let this process hold as many connections as the system permits; the usual soft limit is 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
