"""Requests that no browser sends are answered, are no fault of the server's, and hold nobody up."""

import socket
import time

import msgspec
import pytest
from house import House, Visitor

ODD_REQUESTS = [
    "GET http://evil.example/s/shop.js HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /s/../etc/passwd.js HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /s/%2e%2e%2fx%00.js HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /receipt/%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /receipt/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /privacy/shop?receipt=%0d%0aX:1&language=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /privacy/shop HTTP/1.1\r\nHost: x\r\nCookie: \xff;=;suostumus_shop=v1.k1.\xe9.\xff\r\n\r\n",
    "GET /privacy/shop HTTP/1.1\r\nHost: x\r\nAccept-Language: ;;q=,,\xff\r\n\r\n",
    "GET /privacy/shop HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "GET /privacy/shop/ HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "HEAD /privacy/shop HTTP/1.1\r\nHost: x\r\n\r\n",
    "PUT /api/consent HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /api/events HTTP/1.1\r\nHost: x\r\nOrigin: a\r\nOrigin: b\r\nContent-Length: 2\r\n\r\n{}",
    "POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "POST /api/events HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ,,%,[::,\xff\r\nContent-Length: 2\r\n\r\n{}",
    "GET /static/visitor.css HTTP/1.1\r\nHost: x\r\nRange: bytes=9-1,-,x\r\n\r\n",
    "GET /s/shop.js HTTP/1.1\r\nHost: x\r\nIf-None-Match: \xff\r\nAccept-Encoding: \xff\r\n\r\n",
]


@pytest.mark.parametrize(
    "events", [b'[{"id":"\xff"}]', b'[{"id":"x","title":"\xff"}]', b'[{"\xff":1}]', b'["\xff"]'], ids=repr
)
@pytest.mark.parametrize("with_token", [False, True])
def test_invalid_utf8_in_an_event_is_invalid(house: House, events: bytes, *, with_token: bool) -> None:
    """msgspec raises UnicodeDecodeError, which is none of its own errors."""
    visitor = Visitor(house)
    if with_token:
        visitor.decide("accept")
    body = msgspec.json.encode(visitor.body()).replace(b'"events":[]', b'"events":' + events)
    answer = house.door.post("/api/events", content=body, headers=visitor.send_headers())
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api/events", "/api/consent"])
def test_invalid_utf8_in_a_body_is_answered_400(house: House, path: str) -> None:
    """The same around the events, and in a decision."""
    body = b'{"site":"\xff","sent":1,"events":[{}]}'
    assert house.door.post(path, content=body, headers=Visitor(house).send_headers()).status_code == 400


def test_form_with_too_many_fields_is_answered_400(house: House) -> None:
    """`parse_qs` raises ValueError beyond its limit."""
    form = "&".join(f"a{number}=1" for number in range(65))
    answer = house.door.post("/privacy/shop", content=form, headers=Visitor(house).send_headers())
    assert answer.status_code == 400


def test_refused_coding_is_not_sent(house: House) -> None:
    """RFC 9110 section 12.5.3: a coding with `q=0` is not acceptable."""
    answer = house.door.get("/s/shop.js", headers={"accept-encoding": "br;q=0, gzip"})
    assert answer.headers.get("content-encoding") == "gzip"


def test_redirect_does_not_repeat_a_foreign_host(house: House) -> None:
    """A path with one slash too many is redirected to whatever Host said."""
    answer = house.door.get("/privacy/shop/", headers={"host": "evil.example"}, follow_redirects=False)
    assert "evil.example" not in answer.headers.get("location", "")


def test_page_of_one_shop_cannot_read_what_another_shop_stored(house: House) -> None:
    """The visitor's pages are for reading by nobody's script: they need no CORS headers at all."""
    answer = house.door.get("/privacy/shop", headers={"origin": "https://other.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_odd_requests_are_no_fault_of_the_server(house: House) -> None:
    """Whatever a socket brings, the answer is not 5xx, and the next request is answered."""
    with house.served() as address:
        host, _, port = address.removeprefix("http://").partition(":")
        for request_text in ODD_REQUESTS:
            with _connected(host, int(port)) as client:
                client.sendall(request_text.encode("latin-1"))
                status = client.recv(64).split(b" ")[1:2]
            assert status, request_text
            assert not status[0].startswith(b"5"), request_text


def _connected(host: str, port: int) -> socket.socket:
    deadline = time.monotonic() + 5
    while True:
        try:
            return socket.create_connection((host, port), 5)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
