"""What the dearest requests cost that a stranger can send, beside normal ones, in the process itself."""

import asyncio
import random
import statistics
import string
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import msgspec
from starlette.types import ASGIApp, Message

from bench.messages import user_agents
from bench.scratch import ORIGIN, SITE, Lab
from bench.tables import Cell, Table
from suostumus.server.app import public_app
from suostumus.server.parts import Parts

FULL_EVENTS = 50
ROUNDS = 5
REQUESTS = 12  # in a round
DEAREST = 5  # are measured again, side by side with normal ones: the dearest of many is mostly the unluckiest
AGENT = user_agents()[0]

Headers = dict[str, str]
Make = Callable[[], tuple[bytes, Headers]]
Json = dict[str, object]


def measure(lab: Lab) -> list[Table]:
    """Each kind in turn, again and again, each time a little different so that nothing remembered helps."""
    with lab.installation("hostile") as installation:
        sender = _Sender(installation.parts)
        normal = {events: sender.cost(lambda events=events: sender.normal(events)) for events in (1, 10, FULL_EVENTS)}  # type: ignore[misc]
        rows: list[tuple[Cell, ...]] = [
            (f"normal, {events} events", cost * 1000, cost / normal[1], 1.0) for events, cost in normal.items()
        ]
        measured = [(sender.cost(make), name, events, make) for name, events, make in sender.kinds()]
        rows += [(name, cost * 1000, cost / normal[1], cost / normal[events]) for cost, name, events, _ in measured]
        for _, name, events, make in sorted(measured, key=lambda one: one[0] / normal[one[2]])[-DEAREST:]:
            cost, beside = sender.costs(make, lambda events=events: sender.normal(events))  # type: ignore[misc]
            rows.append((f"again: {name}", cost * 1000, "", cost / beside))
    columns = ("request", "CPU ms", "x normal, 1 event", "x normal, as many events")
    return [Table("The dearest requests that a stranger can send", columns, rows)]


class _Sender:
    """A stranger with a consent of their own."""

    def __init__(self, parts: Parts) -> None:
        self._app: ASGIApp = public_app(parts)
        self._loop = asyncio.new_event_loop()
        notice = parts.notices[SITE]
        decision = {
            "site": SITE,
            "action": "accept",
            "decision": str(uuid4()),
            "notice": notice.version,
            "shown": notice.wordings["fi"].shown["bar"],
            "language": "fi",
            "layout": "bar",
            "surface": "banner",
            "method": "click",
        }
        headers = {"sec-fetch-site": "cross-site"}
        answer = self._loop.run_until_complete(_ask(self._app, "/api/consent", msgspec.json.encode(decision), headers))
        self._token = msgspec.json.decode(answer)["token"]

    def cost(self, make: Make) -> float:
        """CPU seconds of one request: the median of some rounds."""
        return statistics.median(self._round(make) for _ in range(ROUNDS))

    def costs(self, make: Make, beside: Make) -> tuple[float, float]:
        """The same of two kinds, round by round beside each other, in more rounds."""
        pairs = [(self._round(make), self._round(beside)) for _ in range(4 * ROUNDS)]
        return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)

    def _round(self, make: Make) -> float:
        requests = [make() for _ in range(REQUESTS)]
        began = time.process_time()
        for body, headers in requests:
            self._loop.run_until_complete(_ask(self._app, "/api/events", body, headers))
        return (time.process_time() - began) / len(requests)

    def normal(self, events: int) -> tuple[bytes, Headers]:
        """What the script sends."""
        return self._body([self._event() for _ in range(events)]), {}

    def kinds(self) -> Iterator[tuple[str, int, Make]]:
        """Name, number of events to compare with, and how to make one."""
        nested = b"[" * 30_000
        yield "deep JSON", 1, lambda: (b'{"site":"bench","sent":1,"events":[' + nested + b"]}", {})
        keys = b",".join(b'"k%d":%d' % (number, number) for number in range(5000))
        yield "5,000 unknown keys", 1, lambda: (b"{" + keys + b"}", {})
        yield "30,000 tiny events", 1, lambda: (b'{"site":"bench","sent":1,"events":[' + b"1," * 30_000 + b"1]}", {})
        yield "50 invalid events", 50, lambda: (self._body([{"id": str(uuid4()), "x" * 900: 1}] * 50), {})
        yield "50 events without token", 50, lambda: (self._body([self._event()] * 50, token=None), {})
        yield "50 events, forged token", 50, lambda: (self._body([self._event()] * 50, token="v1.k1." + "A" * 2000), {})
        yield (
            "unique user agent of 8 kB",
            1,
            lambda: (self.normal(1)[0], {"user-agent": f"Mozilla/5.0 {uuid4()} " + "(; Android 1 " * 600}),
        )
        yield (
            "X-Forwarded-For of 4,000 hops",
            1,
            lambda: (self.normal(1)[0], {"x-forwarded-for": ", ".join(["127.0.0.1"] * 4000)}),
        )
        cookies = "; ".join(f"c{number}={'x' * 20}" for number in range(1500))
        yield "1,500 cookies, no token", 1, lambda: (self._body([self._event()], token=None), {"cookie": cookies})
        for name, text in (
            ("letters", "abcdefg" * 71),
            ("@ after @", "a@" * 250), ("e-mail addresses", "a@b.fi " * 70), ("e-mail after e-mail", "a@b.c" * 100),
            ("telephone numbers", "0401234567 " * 45), ("digits and spaces", "01 23 " * 83), ("signs", "+1" * 250),
            ("digits", "4" * 500), ("cards nearly", "4111 1111 1111 1112 " * 25), ("percent signs", "%25" * 160),
            ("digits with gaps", "01 2 3 4 5 6 x" * 35), ("one @ at the end", "x" * 499 + "@"),
            ("groups of four", "2222 2222 222 " * 35), ("broken percent signs", "%%25" * 125), ("zeros", "0 1 (0" * 83),
            ("digits and dashes", "01-23 " * 83),
        ):  # fmt: skip
            yield f"title: {name}", 1, lambda text=text: (self._body([self._event(**_texts(text))]), {})  # type: ignore[misc]
            yield f"path: {name}", 1, lambda text=text: (self._body([self._led_astray(text)]), {})  # type: ignore[misc]
            yield (
                f"10 events, every address and title: {name}",
                10,
                lambda text=text: (
                    self._body([self._led_astray(text, **_texts(text)) for _ in range(10)]),
                    {},
                ),  # type: ignore[misc]
            )
            yield (
                f"50 orders of three items: {name}",
                50,
                lambda text=text: (self._body([self._order_led_astray(text) for _ in range(50)]), {}),  # type: ignore[misc]
            )
            items = [{"item_name": text, "item_brand": text[:100], "item_category": text[:100]}] * 80
            yield (
                f"80 items: {name}",
                1,
                lambda items=items: (  # type: ignore[misc]
                    self._body([self._event(name="view_item", ecommerce={"items": items})]),
                    {},
                ),
            )
        yield (
            "100 prices of 500 digits",
            1,
            lambda: (
                self._body([self._event(name="view_item", ecommerce={"items": [{"price": "1." + "3" * 500}] * 100})]),
                {},
            ),
        )
        yield (
            "price of 60,000 digits",
            1,
            lambda: (
                self._body([self._event(name="view_item", ecommerce={"items": [{"price": "1." + "3" * 60_000}]})]),
                {},
            ),
        )
        query = "&".join(f"utm_source={number}%2540" for number in range(95))
        yield "95 campaign parameters", 1, lambda: (self._body([self._event(url=f"{ORIGIN}/?{query}"[:2048])]), {})

    def _event(self, **changes: object) -> Json:
        event: Json = {
            "id": str(uuid4()),
            "session": str(uuid4()),
            "name": "page_view",
            "time": 1,
            "url": f"{ORIGIN}/p",
        }
        return event | changes

    def _led_astray(self, text: str, **changes: object) -> Json:
        """An event whose addresses are full of it, and were never seen before."""
        url, referrer, link = (
            f"{origin}/{uuid4()}/{text.replace(' ', '%20') * 4}"[:1600]
            for origin in (ORIGIN, "https://from.example", "https://to.example")
        )
        return self._event(url=url, referrer=referrer, link_url=link, **changes)

    def _order_led_astray(self, text: str) -> Json:
        """An order whose products' names are full of it, and were never seen before."""
        items = [{"item_name": _unlike(text)[:300]} for _ in range(3)]
        return self._event(name="view_item", ecommerce={"items": items})

    def _body(self, events: list[Json], token: str | None = "") -> bytes:
        told = self._token if token == "" else token
        return msgspec.json.encode({"site": SITE, "token": told, "sent": 1, "events": events})


def _texts(text: str) -> Json:
    return {"title": _unlike(text), "search_term": _unlike(text)}


def _unlike(text: str) -> str:
    """As long a text, its beginning another each time."""
    return "".join(random.choices(string.ascii_letters, k=8)) + text[8:]  # noqa: S311 -- only to be another


async def _ask(app: ASGIApp, path: str, body: bytes, changes: Headers) -> bytes:
    headers = {
        "host": "stats.shop.example",
        "origin": ORIGIN,
        "user-agent": AGENT,
        "x-forwarded-for": "192.0.2.7",
    } | changes
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http", "query_string": b"", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }  # fmt: skip
    answer: list[bytes] = []
    received: Message = {"type": "http.request", "body": body, "more_body": False}

    async def receive() -> Message:
        return received

    async def send(message: Message) -> None:
        answer.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(answer)
