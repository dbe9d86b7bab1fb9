"""A reverse proxy as shops put before the collector: says from which address a visitor comes."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A browser that left before its answer is no fault."""


class Proxy:
    """Forwards everything from one loopback port to another, in the name of an address."""

    def __init__(self, port: int, target_port: int, address: str) -> None:
        self.address = address
        self.cut = False  # while set, nothing is forwarded and connections just end
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self) -> None:
                """Send the request on and the answer back."""
                if proxy.cut:
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
                target = http.client.HTTPConnection("127.0.0.1", target_port, timeout=30)
                target.request(self.command, self.path, body, {**headers, "X-Forwarded-For": proxy.address})
                answer = target.getresponse()
                content = answer.read()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"connection", "transfer-encoding"}:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
                target.close()

            do_GET = do_POST = do_OPTIONS = forward  # noqa: N815 -- http.server's names

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = _QuietServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop forwarding."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
