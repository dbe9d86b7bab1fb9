"""What the measured visitors send."""

import random
import time
from functools import cache
from uuid import uuid4

import msgspec

from bench.scratch import ORIGIN, SITE
from suostumus.demo.audience import load_audience
from suostumus.demo.catalogue import Product, load_catalogue

PAGES = 1_000  # of products, in the measured shop


class Browser(msgspec.Struct, frozen=True):
    """A visitor's browser that has a consent."""

    token: str
    address: str
    user_agent: str
    session: str


def user_agents() -> list[str]:
    """Those of the demonstration's visitors."""
    return [browser.user_agent for browser in load_audience().browsers]


def events_body(browser: Browser, events: int) -> bytes:
    """A request with so many events, alternately of pages and of products on them, any of the shop's."""
    listed = [_event(browser, number, random.randrange(PAGES)) for number in range(events)]  # noqa: S311 -- a load
    return msgspec.json.encode({"site": SITE, "token": browser.token, "sent": _now(), "events": listed})


def request(path: str, browser: Browser, body: bytes) -> bytes:
    """A whole HTTP request, as it arrives from a proxy on this machine."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: stats.shop.example\r\nOrigin: {ORIGIN}\r\nUser-Agent: {browser.user_agent}\r\n"
        f"X-Forwarded-For: {browser.address}\r\nSec-Fetch-Site: cross-site\r\nAccept: */*\r\n"
        f"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@cache
def _products() -> tuple[Product, ...]:
    return tuple(load_catalogue().products)


def _event(browser: Browser, number: int, page: int) -> dict[str, object]:
    product = _products()[page % len(_products())]
    event: dict[str, object] = {
        "id": str(uuid4()),
        "session": browser.session,
        "name": "page_view",
        "time": _now(),
        "url": f"{ORIGIN}/p/{product.slug}-{page}?utm_source=news&utm_medium=email&utm_campaign=week",
        "title": f"{product.names['en']} {page} · Bench",
        "referrer": "https://search.example/find?q=lamp",
    }
    if number % 2 == 0:
        return event
    item = {
        "item_id": f"{product.sku}-{page}",
        "item_name": f"{product.names['en']} {page}",
        "item_brand": product.brand,
        "item_category": product.category,
        "price": float(product.price),
        "quantity": 1,
    }
    return event | {
        "name": "view_item",
        "ecommerce": {"currency": "EUR", "value": float(product.price), "items": [item]},
    }


def _now() -> int:
    return int(time.time() * 1000)
