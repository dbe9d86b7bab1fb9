"""ClickHouse's HTTP interface over the in-process engine, so that the product's HTTP client meets a real socket.

Run as a program it serves one data folder until SIGTERM. It proves our client code and our SQL on the real engine; it
is no ClickHouse server: no users beside one, no replication, no quotas, and sessions are refused.
"""

import argparse
import json
import signal
import socketserver
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from clickhouse_compression import compress, decompress
from clickhouse_engine import INSERT, Asked, Engine, Refused

# Parameters of a request that are no settings of a query.
MOST_FIELD_BYTES = 131_072  # of a form: http_max_field_value_size
TRANSPORT = {
    "query",
    "database",
    "query_id",
    "session_id",
    "session_timeout",
    "session_check",
    "user",
    "password",
    "quota_key",
    "role",
    "compress",
    "decompress",
    "buffer_size",
    "wait_end_of_query",
    "client_protocol_version",
    "default_format",
    "send_progress_in_http_headers",
    "http_headers_progress_interval_ms",
    "cancel_http_readonly_queries_on_client_close",
    "enable_http_compression",
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for headers and body
    server: "Server"

    def do_GET(self) -> None:
        """Answer /ping, or a query that changes nothing."""
        if urlsplit(self.path).path == "/ping":
            self._send(HTTPStatus.OK, b"Ok.\n", {})
        else:
            self._answer()

    def do_POST(self) -> None:
        """Answer a query."""
        self._answer()

    def _answer(self) -> None:
        query_id = str(uuid4())
        try:
            asked = self._asked()
            query_id = asked.query_id
            answered = self.server.engine.answer(asked)
        except Refused as refused:
            self._refuse(query_id, refused)
            return
        headers = {
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Server-Display-Name": "in-process engine",
            "X-ClickHouse-Timezone": self.server.engine.time_zone,
            "X-ClickHouse-Summary": json.dumps(answered.summary),
        }
        if answered.format:
            headers["X-ClickHouse-Format"] = answered.format
        self._send(HTTPStatus.OK, *self._packed(answered.body, headers))

    def _refuse(self, query_id: str, refused: Refused) -> None:
        text = f"{refused} (version {self.server.engine.version} (in-process engine))\n"
        headers = {"X-ClickHouse-Exception-Code": str(refused.code), "X-ClickHouse-Query-Id": query_id}
        self._send(refused.status, text.encode(), headers)

    def _asked(self) -> Asked:
        """Take the request apart. Raises Refused."""
        self._parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body()  # first, so that a refusal leaves the connection usable
        self._authenticate()
        if self._parameters.get("session_id"):
            raise Refused("Code: 48. DB::Exception: Sessions are off. (NOT_IMPLEMENTED)")
        if self.headers.get_content_type() == "multipart/form-data":
            self._parameters |= self._form(body)
            body = b""
        query = self._parameters.get("query", "").encode()
        text = query + b"\n" + body if query and body else query or body
        insert = INSERT.match(text)
        head, data = (text[: insert.end()], text[insert.end() :]) if insert else (text, b"")
        if not head.strip():
            raise Refused("Code: 62. DB::Exception: Empty query. (SYNTAX_ERROR)")
        given = self._parameters
        return Asked(
            query=head.decode(),
            data=data,
            parameters={name[6:]: value for name, value in given.items() if name.startswith("param_")},
            settings={
                name: value for name, value in given.items() if name not in TRANSPORT and not name.startswith("param_")
            },
            database=given.get("database", ""),
            query_id=given.get("query_id") or str(uuid4()),
            format=given.get("default_format", "TabSeparated"),
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            content = b"".join(self._chunks())
        else:
            length = int(self.headers.get("Content-Length", 0))
            content = self.rfile.read(length)
            if len(content) < length:
                raise ConnectionError("the request ended early")
        return decompress(content, self.headers.get("Content-Encoding", ""))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0] or b"x", 16):
            chunk = self.rfile.read(size)
            if len(chunk) < size:
                raise ConnectionError("the request ended early")
            yield chunk
            self.rfile.readline()
        self.rfile.readline()

    def _form(self, body: bytes) -> dict[str, str]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields = {
            str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True))
            for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
        }
        if any(len(value) > MOST_FIELD_BYTES for value in fields.values()):
            raise Refused("Code: 1000. DB::Exception: HTML Form Exception: Field value too long. (POCO_EXCEPTION)")
        return {name: value.decode() for name, value in fields.items()}

    def _authenticate(self) -> None:
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        user, _, password = b64decode(given).decode().partition(":") if scheme == "Basic" else ("default", "", "")
        user = self.headers.get("X-ClickHouse-User", user)
        password = self.headers.get("X-ClickHouse-Key", password)
        if (user, password) != self.server.login:
            raise Refused(
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect, or there is no user"
                " with such name. (AUTHENTICATION_FAILED)"
            )

    def _packed(self, body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        """The body as the client accepts it, if it asked for compression."""
        accepted = [one.split(";")[0].strip() for one in self.headers.get("Accept-Encoding", "").split(",")]
        if self._parameters.get("enable_http_compression") != "1" or not accepted[0]:
            return body, headers
        return compress(body, accepted[0]), headers | {"Content-Encoding": accepted[0]}

    def _send(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        with suppress(ConnectionError):  # the client left
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/plain; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The engine behind one address of the loopback."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, engine: Engine, port: int, login: tuple[str, str]) -> None:
        self.engine = engine
        self.login = login
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """As http.server, without looking up this machine's name."""
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        """A client that left early is no fault."""


def main() -> None:
    """Serve until SIGTERM; the first line of output is the port."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    options.path.mkdir(parents=True, exist_ok=True)
    engine = Engine(options.path)
    server = Server(engine, options.port, (options.user, options.password))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(server.server_address[1], flush=True)
    server.serve_forever(0.1)
    server.server_close()
    engine.close()


if __name__ == "__main__":
    main()
