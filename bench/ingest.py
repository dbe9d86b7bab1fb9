"""Ingestion over HTTP: processor time, throughput, latency and memory, beside a route that does nothing."""

import http.client
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from bench.engine import Engine, running_engine
from bench.load import Order, Outcome
from bench.messages import Browser, user_agents
from bench.scratch import ORIGIN, SITE, Lab
from bench.served import Usage
from bench.tables import Table
from suostumus.server.notice import build_notice

CONNECTIONS = 32
TURNS = 5
BROWSERS = 150
WARM_UP_EVENTS = 3_000  # three for each page of the shop: what is remembered of pages is, as in a server that is up
START_SECONDS = 10
STOP_SECONDS = 30
REST_SECONDS = 5
MEBIBYTE = 1 << 20


@dataclass
class _Server:
    """A measured process, and the engine's when that is another one."""

    process: subprocess.Popen[str]
    address: str
    engine: Engine | None = None

    def usage(self) -> Usage:
        """What it used so far, what was acknowledged being written; its memory is its own only."""
        assert self.process.stdin  # noqa: S101 -- both are pipes
        assert self.process.stdout  # noqa: S101
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        own = msgspec.json.decode(self.process.stdout.readline(), type=Usage)
        engine = self.engine.cpu_seconds() if self.engine else 0.0
        return msgspec.structs.replace(own, cpu_seconds=own.cpu_seconds + engine)


@dataclass(frozen=True)
class _Side:
    """A server, and with what it is loaded."""

    name: str
    server: _Server
    browsers: list[Browser]
    events: int  # of a request
    requests: int  # in all turns

    def order(self, requests: int, seconds: float) -> Order:
        """So much of it."""
        return Order(self.server.address, self.browsers, self.events, requests, seconds, CONNECTIONS)


@dataclass(frozen=True)
class _Measured:
    name: str
    outcome: Outcome
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.outcome.requests / self.outcome.seconds

    @property
    def cpu_of_thousand(self) -> float:
        """CPU seconds of 1,000 requests."""
        return self.cpu_seconds * 1000 / self.outcome.requests


def measure(lab: Lab) -> list[Table]:
    """Load the servers by turns."""
    sizes = lab.sizes
    with ExitStack() as running:
        engine = running.enter_context(running_engine(lab.folder / "engine"))
        bare, product, over_http = (
            running.enter_context(start_served(lab, kind, its_engine))
            for kind, its_engine in (("bare", None), ("product", None), ("product", engine))
        )
        at_rest = [_rest(server) for server in (bare, product, over_http)]
        ours, theirs = _browsers(lab, product.address), _browsers(lab, over_http.address)
        groups = []
        for events, asked, asked_bare in (
            (1, sizes.requests, sizes.bare_requests),
            (10, sizes.large_requests, sizes.bare_requests // 4),
        ):
            amount = f"{events} event{'s' if events > 1 else ''}"
            sides = [
                _Side(f"bare, body of {amount}", bare, ours, events, asked_bare),
                _Side(f"product, {amount}", product, ours, events, asked),
                _Side(f"product over HTTP, {amount}", over_http, theirs, events, asked),
            ]
            measured = _by_turns(sides, sizes.seconds)
            groups.append((measured[0], measured[1:]))
        peaks = [server.usage().peak_bytes for server in (bare, product, over_http)]
    names = ("bare", "product with its engine", "product, its engine behind HTTP")
    return [_speed_table(groups), _rest_table(list(zip(names, at_rest, peaks, strict=True)))]


def _rest(server: _Server) -> tuple[Usage, float]:
    """What it holds at rest, and which share of a processor it uses then."""
    before = server.usage()
    time.sleep(REST_SECONDS)
    after = server.usage()
    return after, (after.cpu_seconds - before.cpu_seconds) / REST_SECONDS


def _rest_table(measured: list[tuple[str, tuple[Usage, float], int]]) -> Table:
    _, (bare, _), bare_peak = measured[0]
    rows: list[tuple[str | int | float, ...]] = [
        (
            name,
            usage.resident_bytes / MEBIBYTE,
            usage.resident_bytes / bare.resident_bytes,
            peak / MEBIBYTE,
            peak / bare_peak,
            share * 100,
        )
        for name, (usage, share), peak in measured
    ]
    columns = ("server", "MiB at rest", "x bare", "MiB at most under load", "x bare", "CPU at rest, %")
    return Table("Memory", columns, rows)


def _speed_table(groups: list[tuple[_Measured, list[_Measured]]]) -> Table:
    columns = (
        "server",
        "requests/s",
        "x bare",
        "p50 ms",
        "p99 ms",
        "CPU s per 1,000 requests",
        "x bare",
        "CPU s per 1,000 events stored",
        "x bare of 1 event",
    )
    empty = groups[0][0]
    return Table(
        f"Ingestion over loopback, {CONNECTIONS} connections",
        columns,
        [_speed_row(measured, bare, empty) for bare, products in groups for measured in (bare, *products)],
    )


def _speed_row(measured: _Measured, bare: _Measured, empty: _Measured) -> tuple[str | float, ...]:
    outcome = measured.outcome
    cpu_of_events = measured.cpu_seconds * 1000 / outcome.stored if outcome.stored else 0.0
    return (
        measured.name,
        measured.rate,
        measured.rate / bare.rate,
        outcome.p50_milliseconds,
        outcome.p99_milliseconds,
        measured.cpu_of_thousand,
        measured.cpu_of_thousand / bare.cpu_of_thousand,
        cpu_of_events or "",
        cpu_of_events / empty.cpu_of_thousand or "",
    )


def _by_turns(sides: list[_Side], seconds: float) -> list[_Measured]:
    """Warm each up, then load them by turns: what else runs on the machine falls on all of them."""
    for side in sides:
        _send(side.order(WARM_UP_EVENTS // side.events, seconds))
    rounds = [[_turn(side, seconds / TURNS) for side in sides] for _ in range(TURNS)]
    return [_summed(turns) for turns in zip(*rounds, strict=True)]


def _turn(side: _Side, seconds: float) -> _Measured:
    before = side.server.usage()
    outcome = _send(side.order(max(side.requests // TURNS, 1), seconds))
    after = side.server.usage()
    if outcome.failures or outcome.stored not in {0, outcome.requests * side.events}:
        raise RuntimeError(f"{side.name}: {outcome.failures} failures, {outcome.stored} events stored")
    return _Measured(side.name, outcome, after.cpu_seconds - before.cpu_seconds)


def _summed(turns: Sequence[_Measured]) -> _Measured:
    """All turns of a server as one; of latencies the median of the turns'."""
    outcomes = [turn.outcome for turn in turns]
    outcome = Outcome(
        requests=sum(one.requests for one in outcomes),
        stored=sum(one.stored for one in outcomes),
        failures=0,
        seconds=sum(one.seconds for one in outcomes),
        p50_milliseconds=statistics.median(one.p50_milliseconds for one in outcomes),
        p99_milliseconds=statistics.median(one.p99_milliseconds for one in outcomes),
    )
    return _Measured(turns[0].name, outcome, sum(turn.cpu_seconds for turn in turns))


def _send(order: Order) -> Outcome:
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=msgspec.json.encode(order), capture_output=True, check=True)  # noqa: S603 -- ours
    return msgspec.json.decode(done.stdout, type=Outcome)


@contextmanager
def start_served(lab: Lab, kind: str, engine: Engine | None = None) -> Iterator[_Server]:
    """A server in a process of its own, that listens; its engine is in it unless another one is named."""
    folder = lab.folder / ("served over HTTP" if engine else "served")
    database = engine.url if engine else "embedded"
    command = [sys.executable, "-m", "bench.served", kind, str(folder), str(lab.geo_file), database]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 -- ours
    try:
        assert process.stdout  # noqa: S101 -- a pipe
        server = _Server(process, process.stdout.readline().strip(), engine)
        await_port(server.address)
        yield server
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def await_port(address: str) -> None:
    """Wait until a server answers. The address is told when the port is taken; a moment later it listens."""
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port))).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _browsers(lab: Lab, address: str) -> list[Browser]:
    """Visitors who accept."""
    draw = random.Random(1)  # noqa: S311 -- repeatable on purpose
    agents = user_agents()
    connection = http.client.HTTPConnection(address)
    body = _decision(lab)
    found = []
    for _ in range(BROWSERS):
        visitor, agent = str(draw.choice(lab.addresses)), draw.choice(agents)
        headers = {"Origin": ORIGIN, "User-Agent": agent, "X-Forwarded-For": visitor, "Sec-Fetch-Site": "cross-site"}
        connection.request("POST", "/api/consent", msgspec.json.encode(body | {"decision": str(uuid4())}), headers)
        token = msgspec.json.decode(connection.getresponse().read())["token"]
        found.append(Browser(token, visitor, agent, str(uuid4())))
    connection.close()
    return found


def _decision(lab: Lab) -> dict[str, object]:
    settings = lab.settings("served")
    notice = build_notice(settings, settings.sites[0])
    return {
        "site": SITE,
        "action": "accept",
        "notice": notice.version,
        "shown": notice.wordings["fi"].shown["bar"],
        "language": "fi",
        "layout": "bar",
        "surface": "banner",
        "method": "click",
    }
