"""The whole main job in a real browser: a visitor agrees, browses, orders, is counted, withdraws and is gone."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from browser import OpenPage
from customer import access_copy, action, go, order
from house import House
from playwright.sync_api import Page, expect
from product import DEMO_SITE, Product
from proxy import Proxy
from traces import files_with
from waiting import wait_for

from suostumus.server.clock import utc_now

ADDRESS = "192.0.2.45"
PASSWORD = "several plain words"
ORDER_PAGES = ["/cart", "/checkout", "/checkout/payment", "/checkout/review", "/thanks"]


pytestmark = pytest.mark.browser


@pytest.fixture
def product(request: pytest.FixtureRequest, tmp_path: Path, geo_file: Path) -> Iterator[Product]:
    """The product with the demonstration shop, running; in one process unless told otherwise."""
    product = Product(tmp_path / "product", geo_file, workers=getattr(request, "param", 0))
    product.start()
    proxy = Proxy(product.ports["front"], product.ports["public"], ADDRESS)
    yield product
    proxy.close()
    product.stop()


@pytest.fixture
def analyst(product: Product, open_page: OpenPage) -> Page:
    """Somebody who used the set-up link and signed in."""
    page = open_page()
    page.goto(product.setup_link)
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button").click()
    if "/signin" in page.url:
        page.get_by_label("Name").fill("analyst")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
    return page


def figures(analyst: Page, product: Product, panel: str = "figures") -> list[dict[str, Any]]:
    """A panel's rows, as the dashboard exports them."""
    answer = analyst.request.get(f"{product.dashboards}/sites/demo/{panel}.json?period=today")
    assert answer.ok
    rows: list[dict[str, Any]] = json.loads(answer.body())
    return rows


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["same-site", "cross-site"])
def test_one_visitor_is_counted_once_and_truly(product: Product, analyst: Page, open_page: OpenPage, host: str) -> None:
    page = open_page()
    page.goto(f"{product.shop(host)}/", referer="https://www.google.com/")
    with page.expect_response("**/api/events"):
        action(page, "accept").click()
    go(page, page.locator('main a[href*="/p/"]').first.click)
    first = urlsplit(page.url).path
    go(page, page.go_back)
    go(page, page.locator('main a[href*="/p/"]').nth(2).click)
    visited = ["/", first, "/", urlsplit(page.url).path, *ORDER_PAGES]
    order(page)
    wait_for(lambda: any(row["metric"] == "orders" and row["current"] == 1 for row in figures(analyst, product)))
    found = {row["metric"]: row["current"] for row in figures(analyst, product)}
    assert (found["visitors"], found["sessions"], found["orders"]) == (1, 1, 1)
    copy = access_copy(page, product)
    viewed = [event for event in copy["events"] if event["name"] == "page_view"]
    assert found["page_views"] == len(viewed) == len(visited)
    assert [event["path"] for event in viewed] == visited
    assert {event["ip"] for event in copy["events"] if not event["confirmed"]} == {ADDRESS}
    (bought,) = [event for event in copy["events"] if event["name"] == "purchase" and not event["confirmed"]]
    (revenue,) = figures(analyst, product, "revenue")
    assert (revenue["currency"], float(revenue["revenue"])) == (bought["currency"], float(bought["value"]))
    wait_for(lambda: [row["joined_orders"] for row in figures(analyst, product, "books")] == [1])
    (booked,) = figures(analyst, product, "books")
    assert (booked["booked_orders"], float(booked["booked_purchases"])) == (1, float(bought["value"]))
    assert [row["confirmed_orders"] for row in figures(analyst, product, "confirmed_by_country")] == [1]
    assert [row["value"] for row in figures(analyst, product, "countries")] == ["FI"]
    assert [row["value"] for row in figures(analyst, product, "browsers")] == ["Chrome"]
    assert [row["value"] for row in figures(analyst, product, "referrers")] == ["google.com"]
    analyst.goto(f"{product.dashboards}/sites/demo?period=today")
    expect(analyst.locator(".figure.orders .value")).to_have_text("1")
    assert product.verify()["clean"]


@pytest.mark.files
@pytest.mark.parametrize("product", [0, 4], indirect=True, ids=["one process", "four collectors"])
def test_withdrawing_by_one_click_leaves_no_byte(product: Product, open_page: OpenPage) -> None:
    product.stop()
    _write_plain_bytes(product)
    product.start()
    page, neighbour = open_page(), open_page()
    for browser, path in ((page, "/p/kannu-puro"), (neighbour, "/p/lyhty-hamy")):
        browser.goto(product.shop() + path)
        with browser.expect_response("**/api/events"):
            action(browser, "accept").click()
        wait_for(lambda browser=browser: len(access_copy(browser, product)["events"]) == 2)
    (consent, *_) = access_copy(page, product)["consents"]
    events = access_copy(page, product)["events"]
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "suostumus_demo")
    ids = [consent["visitor"], events[0]["session"], events[0]["event"]]
    stored = [b"/p/kannu-puro", *(raw[7::-1] + raw[:7:-1] for raw in (UUID(text).bytes for text in ids))]
    traces = [*stored, *(text.encode() for text in ids)]
    wait_for(lambda: all(_in_clickhouse(product, trace) for trace in stored))
    started = time.monotonic()
    action(page, "withdraw").click()
    wait_for(lambda: not [trace for trace in traces if files_with(product.folder, trace)], seconds=15)
    gone = time.monotonic() - started
    refused = page.request.post(
        f"{product.collector}/api/events",
        data=json.dumps({"site": "demo", "token": token, "sent": 0, "events": [_event(product)]}),
        headers={"Origin": product.shop()},
    )
    assert [event["reason"] for event in refused.json()["events"]] == ["withdrawn"]
    assert len(access_copy(neighbour, product)["events"]) == 2
    found = product.verify()
    assert found["clean"]
    assert found["events"] == 2
    assert gone < 15


def _write_plain_bytes(product: Product) -> None:
    """Have the stopped product's engine store plain bytes from now on."""
    house = House.open(product.data, utc_now, product.geo_file, {"sites": [DEMO_SITE]})
    house.uncompress()
    house.close()


def _in_clickhouse(product: Product, trace: bytes) -> bool:
    """The positive control: the trace is in a file of the engine."""
    return any("clickhouse" in path.parts for path in files_with(product.data, trace))


def _event(product: Product) -> dict[str, Any]:
    ids = {name: str(uuid4()) for name in ("id", "session")}
    return {**ids, "name": "page_view", "time": 0, "url": f"{product.shop()}/"}
