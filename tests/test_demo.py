"""The demonstration shop."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from suostumus.demo.catalogue import Cart, load_catalogue, load_words, parse_cart
from suostumus.demo.shop import LANGUAGES, shop_app
from suostumus.server.events import EventName

COLLECTOR = "https://127.0.0.1:1"  # where nobody answers
CATALOGUE = load_catalogue()
IN_CART = "cart=kuppi-tyyni.2~lyhty-hamy.1"
PAGES = [
    "/",
    "/c/kattaus",
    "/p/kuppi-tyyni",
    "/search?q=kup",
    "/cart",
    f"/cart?{IN_CART}",
    f"/checkout?{IN_CART}",
    f"/checkout/payment?{IN_CART}&shipping=home",
    f"/checkout/review?{IN_CART}&shipping=home&payment=bank",
    f"/thanks?{IN_CART}&order=123456&shipping=home&payment=bank",
    "/nowhere",
]


@pytest.fixture
def shop() -> TestClient:
    return TestClient(shop_app(COLLECTOR, "demo", "s" * 40))


class Page(HTMLParser):
    """What a page links, loads and pushes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.pushes: list[dict[str, object]] = []
        self._in_pushes = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        assert "style" not in attributes, "inline style"
        assert not any(name.startswith("on") for name in attributes), "inline handler"
        self._in_pushes = attributes.get("id") == "pushes"
        assert tag != "script" or "src" in attributes or self._in_pushes, "inline script"
        if tag == "a":
            self.links.append(attributes["href"])
        if "src" in attributes:
            self.loads.append(attributes["src"])

    def handle_data(self, data: str) -> None:
        if self._in_pushes and data.strip():
            self.pushes = json.loads(data)


def test_every_page_answers_in_every_language(shop: TestClient) -> None:
    for prefix, language in (("", "fi"), ("/sv", "sv"), ("/en", "en")):
        for path in PAGES:
            answer = shop.get(prefix + path)
            assert answer.status_code == (404 if path == "/nowhere" else 200), path
            assert f'<html lang="{language}">' in answer.text


def test_every_language_has_every_word() -> None:
    words = load_words()
    assert list(words) == list(LANGUAGES)
    assert len({tuple(texts) for texts in words.values()}) == 1


def test_shop_stores_nothing_and_loads_from_itself_and_the_collector_only(shop: TestClient) -> None:
    for path in PAGES:
        answer = shop.get(path)
        assert "set-cookie" not in answer.headers
        assert f"script-src 'self' {COLLECTOR};" in answer.headers["content-security-policy"]
        for url in Page(answer.text).loads:
            assert url.startswith("/static/") or url == f"{COLLECTOR}/s/demo.js"
    script = shop.get("/static/shop.js").text
    assert not re.search(r"Storage|cookie|indexedDB|caches", script)


def test_every_link_of_the_shop_leads_somewhere(shop: TestClient) -> None:
    for path in PAGES:
        page = Page(shop.get(path).text)
        for link in [*page.links, *page.loads]:
            if link.startswith("/"):
                assert shop.get(link).status_code == (404 if "nowhere" in link else 200), link


def test_tag_and_privacy_page_are_on_every_page(shop: TestClient) -> None:
    for path in PAGES:
        html = shop.get(path).text
        assert f'<script src="{COLLECTOR}/s/demo.js" defer></script>' in html
        assert 'type="text/plain" data-suostumus="marketing"' in html
        assert html.count(f"{COLLECTOR}/privacy/demo") == 2


def test_language_switch_keeps_page_and_cart(shop: TestClient) -> None:
    links = Page(shop.get(f"/p/lyhty-hamy?{IN_CART}").text).links
    assert f"/sv/p/lyhty-hamy?{IN_CART}" in links
    assert f"/p/lyhty-hamy?{IN_CART}" in Page(shop.get(f"/sv/p/lyhty-hamy?{IN_CART}").text).links


def test_order_goes_through_without_script(shop: TestClient) -> None:
    added = shop.get(f"/sv/cart?add=huopa-routa&{IN_CART}")
    assert urlsplit(str(added.url)).query == f"{IN_CART}~huopa-routa.1"
    ordered = shop.post(f"/sv/order?{IN_CART}&shipping=parcel&payment=invoice")
    assert urlsplit(str(ordered.url)).path == "/sv/thanks"
    purchase = Page(ordered.text).pushes[0]
    assert purchase["name"] == "purchase"
    parameters = purchase["parameters"]
    assert isinstance(parameters, dict)
    assert (parameters["currency"], parameters["value"], parameters["shipping"]) == ("EUR", 79.7, 5.9)
    assert parameters["tax"] == 17.39  # 25.5 of 125.5 parts of 85.60
    assert re.fullmatch(r"[1-9]\d{5}", parameters["transaction_id"])
    assert [item["quantity"] for item in parameters["items"]] == [2, 1]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ["view_item_list"]),
        ("/c/kattaus", ["view_item_list"]),
        ("/search?q=kup", ["search", "view_item_list"]),
        ("/search?q=zzz", ["search"]),
        ("/p/kuppi-tyyni", ["view_item"]),
        ("/cart", []),
        (f"/cart?{IN_CART}", ["view_cart"]),
        (f"/checkout?{IN_CART}", ["begin_checkout"]),
        (f"/checkout/payment?{IN_CART}", ["add_shipping_info"]),
        (f"/checkout/review?{IN_CART}", ["add_payment_info"]),
    ],
)
def test_page_pushes_its_event(shop: TestClient, path: str, names: list[str]) -> None:
    pushes = Page(shop.get(path).text).pushes
    assert [push["name"] for push in pushes] == names
    assert set(names) <= set(EventName)


def test_checkout_of_an_empty_cart_leads_to_the_cart(shop: TestClient) -> None:
    for path in ("/checkout", "/checkout/payment", "/checkout/review", "/thanks?order=1"):
        assert urlsplit(str(shop.get(path).url)).path == "/cart"


def test_what_an_address_says_is_escaped(shop: TestClient) -> None:
    html = shop.get("/search?q=</script><b>'\"").text
    assert "<b>" not in html
    assert Page(html).pushes[0]["parameters"] == {"search_term": "</script><b>'\""}


def test_cart_survives_its_address() -> None:
    cart = parse_cart("kuppi-tyyni.2~lyhty-hamy.1~unknown.4~huopa-routa.x~pyyhe-sarka.999", CATALOGUE)
    assert cart.text == "kuppi-tyyni.2~lyhty-hamy.1~pyyhe-sarka.9"
    assert parse_cart(cart.text, CATALOGUE) == cart
    assert parse_cart("", CATALOGUE) == Cart()


def test_article_numbers_have_their_check_digit() -> None:
    for product in CATALOGUE.products:
        assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(product.sku)) % 10 == 0
