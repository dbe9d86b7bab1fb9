"""Connections of strangers: what is unfinished is bounded in bytes, time and number."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest
from house import House

from suostumus.server import guard, intake
from suostumus.server.intake import RateLimiter


@pytest.fixture
def door(house: House) -> Iterator[tuple[str, int]]:
    """Host and port of a served installation."""
    with house.served() as address:
        parts = urlsplit(address)
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port


def answer_to(door: tuple[str, int], *sent: bytes) -> bytes:
    """Everything that is answered until the server closes; b"" when it closes at once."""
    with socket.create_connection(door, timeout=30) as connection:
        try:
            for piece in sent:
                connection.sendall(piece)
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:
            return b"reset"


def is_well(door: tuple[str, int]) -> bool:
    """Whether others are answered."""
    with closing(http.client.HTTPConnection(*door, timeout=30)) as connection:
        connection.request("GET", "/health", headers={"x-filler": "x" * 8000})
        return bool(connection.getresponse().status == 200)


def test_headers_that_never_end_are_refused(door: tuple[str, int]) -> None:
    answer = answer_to(door, b"GET /health HTTP/1.1\r\nhost: x\r\nx: ", *[b"x" * 8192] * 40)
    assert answer == b"reset" or answer.startswith(b"HTTP/1.1 431")
    assert is_well(door)


def test_large_headers_are_refused(door: tuple[str, int]) -> None:
    head = b"POST /api/events HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nx: " + b"x" * 17_000 + b"\r\n\r\nhello"
    assert answer_to(door, head).startswith(b"HTTP/1.1 431")
    assert is_well(door)


def test_many_headers_are_refused(door: tuple[str, int]) -> None:
    lines = b"".join(b"x-%d: 1\r\n" % number for number in range(150))
    assert answer_to(door, b"GET /health HTTP/1.1\r\nhost: x\r\n" + lines + b"\r\n").startswith(b"HTTP/1.1 431")


def test_long_addresses_are_refused(door: tuple[str, int]) -> None:
    assert answer_to(door, b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n").startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("begun", [b"", b"\r\n", b"GET /health HTTP/1.1\r\nhost: x\r\n"])
def test_slow_headers_are_not_waited_for(door: tuple[str, int], monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(guard, "HEAD_SECONDS", 0.2)
    assert answer_to(door, begun).startswith(b"HTTP/1.1 408")


def test_slow_headers_of_a_second_request_are_not_waited_for(
    door: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "HEAD_SECONDS", 0.5)
    answered = answer_to(door, b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n", b"GET /health HTT")
    assert answered.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answered


def test_more_connections_than_allowed_are_closed_and_the_others_served(
    door: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "CONNECTIONS", 20)
    held = [http.client.HTTPConnection(*door, timeout=30) for _ in range(20)]
    for connection in held:
        connection.request("GET", "/health")
        assert connection.getresponse().read()
    assert answer_to(door, b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n") in {b"", b"reset"}
    held[0].request("GET", "/health")
    assert held[0].getresponse().status == 200
    for connection in held:
        connection.close()


def test_rate_limit_counts_an_ipv6_network_and_the_customers_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    limiter = RateLimiter(10)
    one_network = [limiter.allows(ip_address(f"2001:db8:1:1::{number}")) for number in range(1, 15)]
    assert one_network == [True] * 10 + [False] * 4
    many_networks = [limiter.allows(ip_address(f"2001:db8:2:{number:x}::1")) for number in range(400)]
    assert many_networks.count(True) == 10 * intake.WIDE_NETWORKS
    assert limiter.allows(ip_address("2001:db8:3::1"))


def test_rate_limit_remembers_a_bounded_number_of_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "NETWORKS_REMEMBERED", 1000)
    limiter = RateLimiter(10)
    for number in range(5000):
        assert limiter.allows(ip_address(0x0A000000 + number))
    assert len(limiter._buckets) == 1000
