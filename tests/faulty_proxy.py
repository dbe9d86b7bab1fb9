"""A proxy between the product and ClickHouse that breaks what passes, in the way and at the moment a test chooses."""

import http.client
import re
import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RESET = struct.pack("ii", 1, 0)  # SO_LINGER of nought: closing sends RST
SPOOLED = re.compile(rb"INSERT INTO (?:events|consents) ")


class Fault(StrEnum):
    """What happens to one request."""

    NONE = "none"
    LOST = "lost"  # the connection is reset before the request arrives
    CUT = "cut"  # half of the request arrives
    ANSWER_LOST = "answer lost"  # done, and reset before the answer
    ANSWER_CUT = "answer cut"  # done, and reset in the middle of the answer
    BAD_GATEWAY = "bad gateway"  # 502, nothing arrived
    GATEWAY_TIMEOUT = "gateway timeout"  # done, and answered 504
    UNAVAILABLE = "unavailable"  # 503, nothing arrived
    LATE = "late"  # reset at once; the request arrives when `release` is called
    SILENT = "silent"  # the request arrives and is done; no answer ever comes
    READ_ONLY = "Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)"
    FULL = "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)"
    BUSY = "Code: 252. DB::Exception: Too many parts (3000). (TOO_MANY_PARTS)"


@dataclass
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class FaultyProxy:
    """Forwards to a port of the loopback; each planned fault meets one matching request."""

    def __init__(self, target_port: int, port: int = 0, matching: re.Pattern[bytes] = SPOOLED) -> None:
        self.plan: deque[Fault] = deque()
        self.choose: Callable[[], Fault] | None = None  # asked instead of the plan, for every request
        self.met: list[Fault] = []
        self.is_down = False  # refuse everything
        self.delay = threading.Event()
        self.delay_seconds = 0.0
        self._matching = matching
        self._target_port = target_port
        self._held: list[_Request] = []
        self._ended = threading.Event()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = _Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop forwarding."""
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def release(self) -> list[int]:
        """Deliver what was held back; the statuses of the answers, which nobody waits for any more."""
        held, self._held = self._held, []
        return [self.forward(request)[0] for request in held]

    def fault_of(self, request: "_Request") -> Fault:
        """What happens to this request."""
        if self.is_down:
            return Fault.LOST
        if self.choose:
            return self.choose()
        if self.plan and self._matching.search(request.path.encode().replace(b"+", b" ") + b" " + request.body[:200]):
            fault = self.plan.popleft()
            self.met.append(fault)
            return fault
        return Fault.NONE

    def hold(self, request: "_Request") -> None:
        """Keep a request until `release`."""
        self._held.append(request)

    def wait(self) -> None:
        """Be silent until the end."""
        self._ended.wait()

    def pause(self) -> None:
        """The latency of each request."""
        self.delay.wait(self.delay_seconds)

    def forward(self, request: "_Request") -> tuple[int, list[tuple[str, str]], bytes]:
        """Have the server answer."""
        target = http.client.HTTPConnection("127.0.0.1", self._target_port, timeout=120)
        try:
            target.request(request.method, request.path, request.body, dict(request.headers))
            answer = target.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            target.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """As http.server, without looking up this machine's name."""
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        """Connections break here: that is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    owner: FaultyProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        """Forward one request, or break it."""
        request = self._read()
        self.owner.pause()
        fault = self.owner.fault_of(request)
        if fault is Fault.LOST:
            self._reset()
        elif fault is Fault.LATE:
            self.owner.hold(request)
            self._reset()
        elif fault is Fault.CUT:
            self._deliver_half(request)
            self._reset()
        elif fault in {Fault.BAD_GATEWAY, Fault.UNAVAILABLE}:
            status = HTTPStatus.BAD_GATEWAY if fault is Fault.BAD_GATEWAY else HTTPStatus.SERVICE_UNAVAILABLE
            self._send(status, [], b"<html>no upstream</html>")
        elif fault.startswith("Code: "):
            code = fault.split(".")[0].removeprefix("Code: ")
            text = f"{fault} (version 26.9.2.1 (in-process engine))\n"
            self._send(500, [("X-ClickHouse-Exception-Code", code)], text.encode())
        else:
            self._answer(request, fault)

    do_GET = do_POST  # noqa: N815 -- http.server's name

    def _answer(self, request: _Request, fault: Fault) -> None:
        """Have it done; what becomes of the answer is another matter."""
        status, headers, content = self.owner.forward(request)
        if fault is Fault.SILENT:
            self.owner.wait()
        if fault in {Fault.ANSWER_LOST, Fault.SILENT}:
            self._reset()
        elif fault is Fault.ANSWER_CUT:
            self._send(status, headers, content or b"\n", cut=True)
            self._reset()
        elif fault is Fault.GATEWAY_TIMEOUT:
            self._send(504, [], b"<html>too late</html>")
        else:
            self._send(status, headers, content)

    def _read(self) -> _Request:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        dropped = {"connection", "transfer-encoding", "content-length"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        return _Request(self.command, self.path, headers, body)

    def _deliver_half(self, request: _Request) -> None:
        with socket.create_connection(("127.0.0.1", self.owner._target_port)) as target:
            lines = [f"{request.method} {request.path} HTTP/1.1", f"Content-Length: {len(request.body)}"]
            lines += [f"{name}: {value}" for name, value in request.headers.items()]
            target.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + request.body[: len(request.body) // 2])

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes, *, cut: bool = False) -> None:
        with suppress(ConnectionError):
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
            self.wfile.flush()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
