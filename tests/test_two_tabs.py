"""One visitor in two tabs, offline now and then, who withdraws in part and then wholly: what is stored, what is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import OpenPage, settle
from customer import access_copy, action, order
from playwright.sync_api import Page
from product import Product
from proxy import Proxy
from waiting import wait_for

ADDRESS = "192.0.2.45"
LATER = 5000  # milliseconds: longer than the script waits before a third try

ORDERED = [
    ("add_to_cart", "/p/lyhty-hamy"),
    ("page_view", "/cart"),
    ("view_cart", "/cart"),
    ("page_view", "/checkout"),
    ("begin_checkout", "/checkout"),
    ("page_view", "/checkout/payment"),
    ("add_shipping_info", "/checkout/payment"),
    ("page_view", "/checkout/review"),
    ("add_payment_info", "/checkout/review"),
    ("page_view", "/thanks"),
    ("purchase", "/thanks"),
]

pytestmark = pytest.mark.browser


@pytest.fixture
def product(tmp_path: Path, geo_file: Path) -> Iterator[Product]:
    """The product with the demonstration shop, running."""
    product = Product(tmp_path / "product", geo_file)
    product.start()
    yield product
    product.stop()


@pytest.fixture
def line(product: Product) -> Iterator[Proxy]:
    """The way to the collector, which can be cut."""
    proxy = Proxy(product.ports["front"], product.ports["public"], ADDRESS)
    yield proxy
    proxy.close()


def stored(page: Page, product: Product) -> list[tuple[str, str]]:
    """The events of this browser, as name and path, in no order; not what the shop's server told."""
    events = access_copy(page, product)["events"]
    return sorted((event["name"], event["path"]) for event in events if not event["confirmed"])


def in_force(page: Page, product: Product) -> tuple[list[str], set[str]]:
    """The purposes in force, and the click ids stored, which belong to `marketing`."""
    copy = access_copy(page, product)
    return sorted(copy["consents"][-1]["purposes"]), {event["click_id"] for event in copy["events"]} - {""}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["same-site", "cross-site"])
def test_two_tabs_store_what_is_allowed_and_nothing_after_the_end(
    product: Product, line: Proxy, open_page: OpenPage, host: str
) -> None:
    first = open_page()
    first.goto(f"{product.shop(host)}/?gclid=G-1")
    second = first.context.new_page()
    second.goto(f"{product.shop(host)}/c/kattaus")
    with second.expect_response("**/api/events"):  # this tab hears of the choice in the other
        action(first, "accept").click()
    expected = [("page_view", "/"), ("page_view", "/c/kattaus")]

    for path in ("/p/kannu-puro", "/p/lyhty-hamy"):
        with second.expect_response("**/api/events"):
            second.goto(product.shop(host) + path)
        expected += [("page_view", path), ("view_item", path)]
    line.cut = True
    track(first, "add_to_wishlist")
    first.wait_for_timeout(500)
    line.cut = False
    order(second)
    expected += [("add_to_wishlist", "/"), *ORDERED]
    wait_for(lambda: stored(first, product) == sorted(expected))
    assert in_force(first, product) == (["marketing", "personalisation", "profiling", "statistics"], {"G-1"})

    action(second, "open").click()
    second.uncheck('[data-suostumus-purpose="marketing"]')
    action(second, "save").click()
    wait_for(lambda: in_force(second, product) == (["personalisation", "profiling", "statistics"], set()))
    with first.expect_response("**/api/events"):
        track(first, "remove_from_cart")
    expected.append(("remove_from_cart", "/"))
    wait_for(lambda: stored(second, product) == sorted(expected))

    line.cut = True
    track(first, "add_to_cart")
    action(second, "withdraw").click()
    settle(second, 500)
    sent: list[str] = []
    first.context.on("request", lambda request: sent.append(request.url))
    line.cut = False
    wait_for(lambda: product.verify()["events"] == 0, seconds=30)
    second.goto(f"{product.shop(host)}/p/kannu-puro")
    first.wait_for_timeout(LATER)
    assert [url for url in sent if url.endswith("/api/events")] == []
    assert first.locator('[data-suostumus-action="withdraw"]').count() == 0
    found = product.verify()
    assert (found["events"], found["clean"]) == (0, True)


def track(page: Page, name: str) -> None:
    """An event of the page's own."""
    page.evaluate("(name) => suostumus.track(name, { currency: 'EUR', value: 1, items: [] })", name)
