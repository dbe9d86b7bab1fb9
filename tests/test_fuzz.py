"""Hostile input at the public door: never a 5xx, every valid event stored among it, nothing else."""

import copy
import os
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import msgspec
import pytest
from house import SHOP, House, JsonObject, Visitor

REQUESTS = int(os.environ.get("SUOSTUMUS_FUZZ", "10000"))
SEED = int(os.environ.get("SUOSTUMUS_SEED", str(random.randrange(2**32))))
VALID_EACH = 10
RAW_EACH = 50
TOLD_EACH = 20  # by a shop's server, with its secret
LOOKS = 10  # at the memory
SECRET = "s" * 40

WRONG: list[Any] = [
    None, True, -1, 1.5, 2**63, 1e308, "", "x" * 3000, "\x00", "\ud83d\ude00" * 600, [], {}, [[]], {"a": {}},
    "null", "NaN",
    "../../etc/passwd", "<script>alert(1)</script>", "'; DROP TABLE events --", "{url:String}", "%00", "￾",
]  # fmt: skip
FIELDS = [
    "id",
    "session",
    "name",
    "time",
    "url",
    "title",
    "referrer",
    "link_url",
    "search_term",
    "customer",
    "ecommerce",
]
ORDER_FIELDS = ["currency", "value", "tax", "shipping", "items", "transaction_id", "coupon", "payment_type"]
ITEM_FIELDS = ["item_id", "item_name", "price", "quantity", "discount"]


class Fuzzer:
    """Makes requests that are wrong in exactly one place, or everywhere."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self.house = house
        self.chance = chance
        self.visitor = Visitor(house)
        self.visitor.decide("accept")

    def valid(self) -> JsonObject:
        """A request in which everything is right."""
        item = {"item_id": "6408430000012", "item_name": "Cup", "price": 24.9, "quantity": 2}
        order = {"currency": "EUR", "value": 49.8, "transaction_id": "A-1", "items": [item]}
        events = [self.visitor.event(), self.visitor.event("purchase", "/thanks", ecommerce=order)]
        return self.visitor.body(*events)

    def wrong_in_one_place(self) -> tuple[JsonObject, dict[str, str]]:
        """A valid request of one event, with one thing about it changed for the worse."""
        body = self.valid()
        body["events"] = body["events"][1:]
        headers = self.visitor.send_headers()
        kind = self.chance.choice(["event", "order", "item", "token", "site", "envelope", "unknown", "header"])
        (event,) = body["events"]
        if kind == "event":
            self._spoil(event, FIELDS)
        elif kind == "order":
            self._spoil(event["ecommerce"], ORDER_FIELDS)
        elif kind == "item":
            self._spoil(event["ecommerce"]["items"][0], ITEM_FIELDS)
        elif kind == "token":
            body["token"] = self._spoiled_token(body["token"])
        elif kind == "site":
            body["site"] = self.chance.choice(["other", "", "Shop", "shop "])
        elif kind == "envelope":
            self._spoil(body, ["site", "sent", "events", "token"])
        elif kind == "unknown":
            self.chance.choice([body, event, event["ecommerce"], event["ecommerce"]["items"][0]])["extra"] = 1
        else:
            headers["origin"] = self.chance.choice(["null", "https://evil.example", f"{SHOP}/", SHOP.upper()])
        return body, headers

    def told(self) -> bytes:
        """What a shop's server sends, with one thing of it changed for the worse, or a piece of it."""
        told: JsonObject = {"name": "purchase", "refund_id": "", "ecommerce": self.valid()["events"][1]["ecommerce"]}
        target, fields = self.chance.choice(
            [(told, ["name", "time", "refund_id", "ecommerce"]), (told["ecommerce"], ORDER_FIELDS)]
        )
        target[self.chance.choice(fields)] = self.chance.choice(WRONG)
        body = _encode({"site": "shop", "orders": [told]})
        return body if self.chance.random() < 0.8 else body[: self.chance.randrange(len(body))]

    def garbage(self) -> tuple[str, str, bytes, dict[str, str]]:
        """A request that is wrong in any number of ways: method, path, body and headers."""
        method = self.chance.choice(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"])
        path = self.chance.choice(
            [
                "/api/events", "/api/consent", "/api/orders", "/privacy/shop", "/privacy/nowhere", "/receipt/1",
                f"/receipt/{uuid4()}",
                "/s/shop.js", "/s/shop.0123456789abcdef.js", "/s/..%2f..%2f.js", "/s/%00.js", "/static/../app.py",
                "/static/visitor.css", "/health", "/", "//evil.example", "/privacy/shop?language=%ff&receipt=%00",
            ]
        )  # fmt: skip
        body = msgspec.json.encode(self.valid())
        place = self.chance.randrange(len(body))
        body = self.chance.choice(
            [
                b"",
                body[:place],
                body[:place] + self.chance.randbytes(3) + body[place:],
                b"[" * 50_000,
                b'{"a":' * 20_000,
            ]
        )
        headers = {
            "origin": SHOP,
            "content-type": self.chance.choice(["text/plain", "application/x-www-form-urlencoded", "a/b; c=\x01d", ""]),
            "cookie": self.chance.choice(["", "suostumus_shop=", "a=b; suostumus_shop=v1.a.b.c", ";;;=", "x" * 2000]),
            "accept-language": self.chance.choice(["", "fi", ",,,;;;", "*;q=" + "9" * 50]),
            "x-forwarded-for": self.chance.choice(["", "1.2.3", "::1%eth0", ",,,", "192.0.2.1:99999", "\xff" * 10]),
            "content-encoding": self.chance.choice(["identity", "gzip", "br"]),
            "sec-gpc": self.chance.choice(["1", "0", "1, 1"]),
            "accept-encoding": self.chance.choice(["br", "gzip;q=0", "*"]),
        }
        return method, path, body, headers

    def _spoil(self, target: JsonObject, fields: list[str]) -> None:
        """Put a wrong value in a field; where the value would be right, an unknown field instead."""
        name = self.chance.choice(fields)
        value = self.chance.choice(WRONG)
        if _is_harmless(name, value):
            target["unknown"] = value
        else:
            target[name] = value

    def _spoiled_token(self, token: str) -> object:
        place = self.chance.randrange(len(token))
        changed = token[:place] + chr((ord(token[place]) + 1) % 128) + token[place + 1 :]
        return self.chance.choice([changed, token[:-1], token + "A", token.replace("v1", "v2"), "x" * 2049, 7])


def _is_harmless(name: str, value: object) -> bool:
    """Whether the value is permitted there: any short text in a text field, null where nothing is needed, …"""
    texts = {
        "title",
        "referrer",
        "link_url",
        "search_term",
        "transaction_id",
        "coupon",
        "payment_type",
        "item_id",
        "item_name",
    }
    if name in texts:
        return isinstance(value, str)
    if name in {"currency", "customer"}:
        return value in {"", "null", "NaN"} if isinstance(value, str) else False
    if isinstance(value, str) and name in {"value", "tax", "shipping", "price", "discount", "quantity"}:
        return True  # read as shops write amounts, or left out
    if name in {"value", "tax", "shipping", "price", "discount"}:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
    if name in {"quantity", "time", "sent"}:
        return False
    return (
        (name, value) == ("ecommerce", None)
        or (name == "ecommerce" and value == {})
        or (name == "items" and value == [])
    )


@pytest.mark.timeout(120 + REQUESTS // 50)
def test_hostile_requests_are_answered_and_only_valid_events_stored(open_house: Callable[..., House]) -> None:
    house = open_house(order_secrets=f"shop:{SECRET}")
    print(f"SUOSTUMUS_SEED={SEED}")
    chance = random.Random(SEED)
    fuzzer = Fuzzer(house, chance)
    valid: set[str] = set()
    refused = 0
    with house.served() as address, httpx2.Client(base_url=address, timeout=600) as client:
        for number in range(REQUESTS):
            if number % max(1, REQUESTS // LOOKS) == 0:
                print(f"{number:>9,} requests, {_resident_mebibytes():>5.0f} MiB")
            if number % VALID_EACH == 0:
                body = fuzzer.valid()
                answer = client.post("/api/events", json=body, headers=fuzzer.visitor.send_headers())
                assert [event["result"] for event in answer.json()["events"]] == ["stored", "stored"]
                valid |= {event["id"] for event in body["events"]}
            elif number % 2:
                body, headers = fuzzer.wrong_in_one_place()
                answer = client.post("/api/events", content=_encode(body), headers=headers)
                refused += _is_refused(answer, body)
            elif number % TOLD_EACH == 4:
                headers = {"authorization": f"Bearer {SECRET}"}
                answer = client.post("/api/orders", content=fuzzer.told(), headers=headers)
                assert answer.status_code in {200, 400}, answer.text
            elif number % RAW_EACH == 2:
                assert _raw(address, chance) not in range(500, 600)
                continue
            else:
                method, path, content, headers = fuzzer.garbage()
                answer = client.request(method, path, content=content, headers=_sendable(headers))
            assert answer.status_code < 500, (SEED, number, answer.text)
            client.cookies.clear()
        house.installation.settle()
    assert refused > REQUESTS / 3
    print(f"{REQUESTS:>9,} requests, {_resident_mebibytes():>5.0f} MiB")
    stored = house.rows("events")
    assert {str(row["event"]) for row in stored if not row["confirmed"]} == valid
    assert {row["order"] for row in stored if row["confirmed"]} <= {"A-1"}
    assert house.installation.verify().is_clean


def _resident_mebibytes() -> float:
    """Memory of this process, which is server, engine and client in one."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def _is_refused(answer: httpx2.Response, body: JsonObject) -> bool:
    if answer.status_code == 200:
        assert [event["result"] for event in answer.json()["events"]] == ["dropped"], body
    else:
        assert answer.status_code in {400, 403, 413, 431}, (answer.text, body)
        assert answer.json()["error"]
    return True


def _encode(body: JsonObject) -> bytes:
    """JSON as a hostile client writes it: lone surrogates and all."""
    import json

    return json.dumps(copy.deepcopy(body)).encode()


def _sendable(headers: dict[str, str]) -> Any:
    """Headers as bytes: clients refuse to send some texts that others do send."""
    return [(name.encode(), value.replace("\x01", "").encode("latin-1")) for name, value in headers.items()]


def _raw(address: str, chance: random.Random) -> int:
    """Bytes that are no HTTP, or hardly; the status of the answer, 0 when there is none."""
    makers: list[Callable[[], bytes]] = [
        lambda: chance.randbytes(200) + b"\r\n\r\n",
        lambda: b"GET /s/shop.js HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        lambda: b"POST /api/events HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        lambda: b"POST /api/events HTTP/1.1\r\nHost: a\r\nOrigin: a\r\nOrigin: b\r\nContent-Length: 2\r\n\r\n{}",
        lambda: b"GET http://evil.example/privacy/shop HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        lambda: b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        lambda: b"GET /privacy/shop HTTP/1.1\r\nCookie: \xff\xfe=\xfd\r\nUser-Agent: \xff\r\nHost: a\r\n\r\n",
        lambda: b"POST /api/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ]
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.sendall(chance.choice(makers)())
        connection.shutdown(socket.SHUT_WR)
        head = connection.recv(64)
    return int(head.split()[1]) if head.startswith(b"HTTP/1.1 ") else 0
