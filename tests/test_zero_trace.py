"""Nothing before consent: ten thousand marked requests leave no byte behind, while valid ones are stored."""

import logging
import random
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec
import pytest
from conftest import MovingClock
from house import SHOP, House, JsonObject, Visitor
from traces import files_with

from suostumus.geo.reader import Place
from suostumus.server import pipeline
from suostumus.server.browsers import Browser, read_browser
from suostumus.server.client_address import Address

pytestmark = pytest.mark.files

REQUESTS = 10_000
VALID_EACH = 20

MARKED_ADDRESS = "198.51.100.{}"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@dataclass
class Intruder:
    """Makes requests that must leave nothing, each with its own markers."""

    house: House
    random: random.Random
    marker: str  # in user agents, URLs, referrers, ids and wherever a browser could put it
    tokens: dict[str, str]

    def headers(self) -> dict[str, str]:
        """Headers with the markers."""
        return {
            "origin": SHOP,
            "user-agent": f"Mozilla/5.0 {self.marker}",
            "referer": f"{SHOP}/{self.marker}",
            "x-forwarded-for": MARKED_ADDRESS.format(self.random.randrange(1, 255)),
            "content-type": "text/plain",
            "accept-language": self.marker,
            "cookie": f"visited={self.marker}",
        }

    def event(self) -> JsonObject:
        """An event full of markers."""
        visitor = Visitor(self.house, session=self.marked_uuid())
        return visitor.event(
            path=f"/{self.marker}?utm_source={self.marker}&gclid={self.marker}",
            id=self.marked_uuid(),
            title=self.marker,
            referrer=f"https://search.example/{self.marker}",
            customer=self.marker,
            ecommerce={
                "transaction_id": self.marker,
                "value": 1,
                "currency": "EUR",
                "items": [{"item_id": self.marker}],
            },
        )

    def marked_uuid(self) -> str:
        """An id whose binary form starts with the marker."""
        return f"{self.marker}-0000-4000-8000-{self.random.getrandbits(48):012x}"

    def request(self) -> tuple[str, bytes, dict[str, str], str]:
        """Address, body, headers and expected reason ("" where the answer is an error)."""
        kind = self.random.choice(
            ["no_token", "prefetch", "bot", "malformed", "foreign", "reject", "script", "page", "order", *self.tokens]
        )
        headers = self.headers()
        body = {"site": "shop", "token": self.tokens.get(kind), "sent": 1_800_000_000_000, "events": [self.event()]}
        if kind == "prefetch":
            return "/api/events", msgspec.json.encode(body), headers | {"sec-purpose": "prefetch"}, "prefetch"
        if kind == "bot":
            body["token"] = self.tokens["in force"]
            return (
                "/api/events",
                msgspec.json.encode(body),
                headers | {"user-agent": f"{GOOGLEBOT} {self.marker}"},
                "bot",
            )
        if kind == "malformed":
            return "/api/events", self.broken(msgspec.json.encode(body)), headers, ""
        if kind == "foreign":
            body["token"] = self.tokens["in force"]
            return "/api/events", msgspec.json.encode(body), headers | {"origin": f"https://{self.marker}.example"}, ""
        if kind == "reject":
            refusal = Visitor(self.house).decision("reject") | {"decision": self.marked_uuid(), "language": "zz"}
            return "/api/consent", msgspec.json.encode(refusal | {"notice": f"{self.marker}00000000"}), headers, ""
        if kind in {"script", "page"}:
            path = "/s/shop.js" if kind == "script" else "/privacy/shop"
            return f"GET {path}?{self.marker}={self.marker}", b"", headers, ""
        if kind == "order":
            told = {"site": "shop", "orders": [{"name": "purchase", "ecommerce": self.event()["ecommerce"]}]}
            del headers["origin"]
            return "/api/orders", msgspec.json.encode(told), headers | {"authorization": f"Bearer {self.marker}"}, ""
        if kind == "in force":
            return "/api/events", msgspec.json.encode(body | {"events": []}), headers, ""
        return "/api/events", msgspec.json.encode(body), headers, kind

    def broken(self, body: bytes) -> bytes:
        """A body that is damaged somewhere before its end."""
        place = self.random.randrange(len(body) - 1)
        return body[:place] + bytes([self.random.randrange(32)]) + body[place + 1 :]


@pytest.fixture
def lookups(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that was looked up and every user agent that was parsed."""
    seen: list[str] = []
    place_of: Callable[[Address], Place] = house.installation.parts.geo.place

    def spy_place(address: Address) -> Place:
        seen.append(str(address))
        return place_of(address)

    def spy_browser(user_agent: str) -> Browser:
        seen.append(user_agent)
        return read_browser(user_agent)

    monkeypatch.setattr(house.installation.parts.pipeline, "_place_of", spy_place)
    monkeypatch.setattr(pipeline, "read_browser", spy_browser)
    return seen


def test_requests_without_valid_consent_leave_no_trace(
    house: House,
    clock: MovingClock,
    lookups: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("suostumus", "uvicorn", "asyncio", "clickhouse_connect"):
        caplog.set_level(logging.DEBUG, name)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("SQLITE_TMPDIR", str(temporary))
    house.uncompress()
    marker = secrets.token_hex(4)
    intruder = Intruder(house, random.Random(marker), marker, _tokens(house, clock))
    allowed = Visitor(house, address="192.0.2.77")
    allowed.decide("accept")
    valid = stored = 0
    with house.served() as address, httpx2.Client(base_url=address) as client:
        for number in range(REQUESTS):
            path, body, headers, reason = intruder.request()
            method, _, path = path.rpartition(" ")
            answer = client.request(method or "POST", path, content=body, headers=headers)
            assert answer.status_code < 500, answer.text
            if "set-cookie" in answer.headers:
                assert path == "/api/consent"
                assert "=v1." not in answer.headers["set-cookie"]
            if reason:
                assert [event["reason"] for event in answer.json()["events"]] == [reason]
            client.cookies.clear()
            if number % VALID_EACH == 0:
                valid += 1
                good = allowed.body(allowed.event(path=f"/valid-{number}"))
                answer = client.post("/api/events", json=good, headers=allowed.send_headers())
                stored += answer.json()["events"][0]["result"] == "stored"
        house.installation.settle()
        assert stored == valid == REQUESTS // VALID_EACH
        assert len(house.raw("SELECT 1 FROM events WHERE path LIKE '/valid-%'")) == valid
        _assert_found(tmp_path, b"192.0.2.77")
        for trace in (marker.encode(), bytes.fromhex(marker), bytes.fromhex(marker)[::-1], b"198.51.100."):
            assert files_with(tmp_path, trace) == []
        assert marker not in caplog.text
        assert "198.51.100." not in caplog.text
    assert not [seen for seen in lookups if re.search(marker, seen) and "Googlebot" not in seen]
    assert not [seen for seen in lookups if seen.startswith("198.51.100.")]


def _tokens(house: House, clock: MovingClock) -> dict[str, str]:
    """A token for each way of not being in force, by the reason expected; and one that is."""
    texts: dict[str, str] = {"malformed_token": "v1.what.ever", "in force": _accepted(house)}
    expired = Visitor(house)
    expired.decide("accept")
    texts["expired"] = expired.token or ""
    clock.move(days=190)
    texts["in force"] = _accepted(house)
    texts["forged_token"] = texts["in force"][:-8] + "AAAAAAAA"
    superseded = Visitor(house)
    superseded.decide("save", ["statistics"])
    texts["superseded"] = superseded.token or ""
    superseded.decide("accept")
    gone = Visitor(house)
    gone.decide("accept")
    texts["withdrawn"] = gone.token or ""
    gone.decide("withdraw")
    other = Visitor(house, site="other", origin="https://other.example", headers={"sec-fetch-site": "cross-site"})
    other.decide("accept")
    texts["wrong_site"] = other.token or ""
    partly = Visitor(house)
    partly.decide("save", ["marketing"])
    texts["no_purpose"] = partly.token or ""
    texts["old_epoch"] = _of_old_epoch(house)
    return texts


def _of_old_epoch(house: House) -> str:
    keys = house.installation.parts.keys
    return keys.sign(msgspec.structs.replace(keys.read(_accepted(house)), epoch="0" * 16))


def _accepted(house: House) -> str:
    visitor = Visitor(house)
    visitor.decide("accept")
    return visitor.token or ""


def _assert_found(folder: Path, trace: bytes) -> None:
    """The positive control: what was stored on consent is found by the same search."""
    assert [path for path in files_with(folder, trace) if "clickhouse" in path.parts]


def test_search_finds_what_was_stored_on_consent(open_house: Callable[..., House], tmp_path: Path) -> None:
    house = open_house()
    house.uncompress()
    visitor = Visitor(house, address="192.0.2.99")
    visitor.decide("accept")
    visitor.results(visitor.event(path="/seen-plainly"))
    house.installation.settle()
    assert files_with(tmp_path, b"/seen-plainly")
    assert files_with(tmp_path, b"192.0.2.99")
