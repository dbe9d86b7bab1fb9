"""Load on a server, from a process of its own: `python -m bench.load`, told on its standard input what to send."""

import asyncio
import sys
import time
from itertools import cycle

import msgspec

from bench.messages import Browser, events_body, request

GRACE_SECONDS = 10  # for the answers that are under way when the time is over


class Order(msgspec.Struct, frozen=True):
    """What to send."""

    address: str  # HOST:PORT
    browsers: list[Browser]
    events: int  # in each request
    requests: int  # at most
    seconds: float  # at most
    connections: int


class Outcome(msgspec.Struct, frozen=True):
    """What came of it."""

    requests: int
    stored: int  # events
    failures: int  # answers other than 2xx
    seconds: float
    p50_milliseconds: float
    p99_milliseconds: float


class _Run:
    """What the connections share."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._browsers = cycle(order.browsers)
        self._sent = 0
        self._deadline = time.perf_counter() + order.seconds
        self.latencies: list[float] = []
        self.stored = 0
        self.failures = 0

    def next_request(self) -> bytes | None:
        """Another request, None when enough was sent."""
        if self._sent >= self._order.requests or time.perf_counter() > self._deadline:
            return None
        self._sent += 1
        browser = next(self._browsers)
        return request("/api/events", browser, events_body(browser, self._order.events))

    def note(self, answer: bytes, seconds: float) -> None:
        """An answer has arrived as a whole."""
        self.latencies.append(seconds)
        self.stored += answer.count(b'"stored"')
        self.failures += not answer.startswith(b"HTTP/1.1 2")


class _Connection(asyncio.Protocol):
    """Sends a request, waits for its answer, sends the next."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- of a stream, what else
        self._transport = transport
        self._send(transport)

    def data_received(self, data: bytes) -> None:
        """Go on once the answer is complete."""
        self._received += data
        if self._transport and _is_complete(self._received):
            self._run.note(self._received, time.perf_counter() - self._sent_at)
            self._received = b""
            self._send(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the protocol's signature
        """The server closed, or everything was sent."""
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self, transport: asyncio.Transport) -> None:
        content = self._run.next_request()
        if content is None:
            transport.close()
            return
        self._sent_at = time.perf_counter()
        transport.write(content)


async def load(order: Order) -> Outcome:
    """Send until the count or the time is used up."""
    run = _Run(order)
    host, _, port = order.address.rpartition(":")
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    opened = [loop.create_connection(lambda: _Connection(run), host, int(port)) for _ in range(order.connections)]
    connections = [connection for _, connection in await asyncio.gather(*opened)]
    ended = [connection.ended for connection in connections]
    await asyncio.wait_for(asyncio.gather(*ended), order.seconds + GRACE_SECONDS)
    seconds = time.perf_counter() - began
    latencies = sorted(run.latencies)
    p50, p99 = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.99))
    return Outcome(len(latencies), run.stored, run.failures, seconds, p50, p99)


def _is_complete(received: bytes) -> bool:
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(body) >= (int(lengths[0]) if lengths else 0)


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.write(msgspec.json.encode(asyncio.run(load(told))).decode())
