"""What waits for consent beside scripts: embedded content; and what is cleared when consent ends."""

import pytest
from baked import NOTICE, Json, shop_page
from browser import OpenPage, settle
from playwright.sync_api import Page, Route
from shop import CHOICE, HOST, Shop, Visit, choice, press

pytestmark = pytest.mark.browser

PLACEHOLDER = "[data-suostumus-placeholder]"


def embed(purpose: str, source: str, tag: str = "iframe", more: str = 'title="A film" width="400" height="250"') -> str:
    """Embedded content that waits for a purpose."""
    return f'<{tag} data-suostumus="{purpose}" data-src="{source}" {more}></{tag}>'


@pytest.fixture
def gallery(shop: Shop) -> Shop:
    """A shop whose page embeds two films and a picture of another site."""
    shop.features = ["embeds"]
    shop.page = shop_page(
        embed("marketing", f"{shop.other_site}/film-1")
        + embed("marketing", f"{shop.other_site}/film-2")
        + embed("profiling", "/pixel", "img", 'width="1" height="1" alt=""')
    )
    shop.pages |= {"/film-1": "<title>One</title>", "/film-2": "<title>Two</title>"}
    return shop


def loaded(shop: Shop) -> list[str]:
    """The embedded content that was asked for."""
    return [request.path for request in shop.requests if request.path.startswith(("/film", "/pixel"))]


def wait_for_loads(page: Page, shop: Shop, count: int) -> list[str]:
    """The embedded content that was asked for, once there are so many: frames of another site are never quite idle."""
    for _ in range(500):
        if len(loaded(shop)) >= count:
            break
        page.wait_for_timeout(20)
    return sorted(loaded(shop))


def test_embedded_content_is_asked_for_only_after_consent(gallery: Shop, visit: Visit) -> None:
    page = visit()
    page.wait_for_selector(PLACEHOLDER)
    settle(page)
    assert loaded(gallery) == []
    assert page.locator(PLACEHOLDER).count() == 2  # nobody is meant to see a pixel
    text = page.inner_text(f"{PLACEHOLDER} >> nth=0")
    assert f"localhost:{gallery.port}" in text
    assert "Marketing" in text
    press(page, "accept")
    page.wait_for_selector(PLACEHOLDER, state="detached")
    assert wait_for_loads(page, gallery, 3) == ["/film-1", "/film-2", "/pixel"]


def test_showing_this_once_loads_that_alone_and_is_remembered_nowhere(gallery: Shop, visit: Visit) -> None:
    page = visit()
    page.click(f'{PLACEHOLDER} [data-suostumus-action="once"] >> nth=0')
    assert wait_for_loads(page, gallery, 1) == ["/film-1"]
    assert page.evaluate("document.activeElement.title") == "A film"
    assert (choice(page), gallery.decisions) == ("", [])
    assert page.is_visible(HOST)
    page.reload()
    page.wait_for_selector(PLACEHOLDER)
    assert page.locator(PLACEHOLDER).count() == 2


def test_always_is_a_consent_of_its_own(gallery: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "preferences")
    page.check('[data-suostumus-purpose="statistics"]')
    press(page, "save")
    settle(page)
    page.click(f'{PLACEHOLDER} [data-suostumus-action="always"] >> nth=1')
    assert wait_for_loads(page, gallery, 2) == ["/film-1", "/film-2"]
    given = gallery.decisions[-1]
    assert (given["action"], given["surface"], given["method"]) == ("save", "placeholder", "click")
    assert given["purposes"] == ["statistics", "marketing"]
    page.goto(gallery.url + "/later")
    assert wait_for_loads(page, gallery, 4) == ["/film-1"] * 2 + ["/film-2"] * 2
    assert page.query_selector(PLACEHOLDER) is None


def test_always_answers_the_question_that_is_open(gallery: Shop, visit: Visit) -> None:
    page = visit()
    page.click(f'{PLACEHOLDER} [data-suostumus-action="always"] >> nth=0')
    page.wait_for_selector(HOST, state="detached")
    wait_for_loads(page, gallery, 2)
    assert choice(page) == f"{NOTICE}:marketing"


def test_a_placeholder_is_as_large_as_what_it_stands_for_and_shifts_nothing(gallery: Shop, visit: Visit) -> None:
    watch = """
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { shift += entry.value; }))
      .observe({ type: "layout-shift", buffered: true });
    """
    page = visit(script=watch)
    page.wait_for_selector(PLACEHOLDER)
    settle(page)
    box = page.locator(PLACEHOLDER).first.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (404, 254)  # with the frame's border
    assert page.evaluate("shift") == 0


def test_markup_of_the_page_cannot_agree_through_a_placeholder(gallery: Shop, visit: Visit) -> None:
    bait = '<p data-suostumus-placeholder="marketing"><button data-suostumus-action="always">Win a lamp</button></p>'
    gallery.page = shop_page(bait)
    page = visit()
    page.click("text=Win a lamp")
    settle(page)
    assert gallery.decisions == []


def test_content_embedded_later_waits_too(gallery: Shop, visit: Visit) -> None:
    gallery.page = shop_page()
    page = visit()
    press(page, "reject")
    page.evaluate(
        "(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", embed("x", "/film-1")
    )
    page.wait_for_selector(PLACEHOLDER)
    assert page.query_selector(f'{PLACEHOLDER} [data-suostumus-action="always"]') is None  # no purpose of the site's
    page.click(f'{PLACEHOLDER} [data-suostumus-action="once"]')
    assert wait_for_loads(page, gallery, 1) == ["/film-1"]


# Clearing

DECLARED: Json = {
    "marketing": [["_fbp", "cookie"], ["ad_*", "cookie"], ["far", "cookie", "/elsewhere"], ["fb_*", "local"]],
    "statistics": [["heat", "session"]],
}
LEFT_BY_OTHERS = """
for (const [cookie, path] of [["_fbp=1", "/"], ["ad_one=1", "/shop"], ["ad_two=1", "/shop/"], ["basket=1", "/"],
  ["far=1", "/elsewhere"]]) document.cookie = `${cookie}; path=${path}; max-age=9999`;
localStorage.setItem("fb_x", "1");
localStorage.setItem("mine", "1");
sessionStorage.setItem("heat", "1");
"""


def kept(page: Page) -> list[str]:
    """What other scripts keep in the browser."""
    cookies = [str(cookie["name"]) for cookie in page.context.cookies()]
    keys = page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    return sorted(name for name in [*cookies, *keys] if not name.startswith("suostumus"))


@pytest.fixture
def declaring(shop: Shop) -> Shop:
    """A shop that declares what its other scripts keep, for two purposes."""
    shop.features = ["clearing"]
    shop.config = {"clear": DECLARED}
    return shop


def test_withdrawing_clears_what_was_declared_for_the_purpose_and_nothing_else(declaring: Shop, visit: Visit) -> None:
    page = visit("/shop/boots")
    press(page, "accept")
    settle(page)
    page.evaluate(LEFT_BY_OTHERS)
    everything = ["_fbp", "ad_one", "ad_two", "basket", "far", "fb_x", "heat", "mine"]
    assert kept(page) == everything
    page.reload()
    settle(page)
    assert kept(page) == everything
    press(page, "open")
    page.uncheck('[data-suostumus-purpose="marketing"]')
    press(page, "save")
    settle(page)
    assert kept(page) == ["basket", "heat", "mine"]
    press(page, "withdraw")
    settle(page)
    assert kept(page) == ["basket", "mine"]


def test_what_a_script_writes_again_is_found_by_a_second_look(declaring: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    press(page, "withdraw")
    settle(page)
    page.evaluate("document.cookie = '_fbp=again; path=/; max-age=9999'")
    page.wait_for_function("!document.cookie.includes('_fbp')")
    page.evaluate("addEventListener('unload', () => { document.cookie = '_fbp=last; path=/; max-age=9999'; })")
    page.context.add_cookies([{"name": "_fbp", "value": "later", "url": declaring.url}])
    page.goto(declaring.url + "/next")
    page.wait_for_function("!document.cookie.includes('_fbp')")


def test_cookies_of_every_parent_domain_are_cleared(declaring: Shop, open_page: OpenPage) -> None:
    page = open_page()
    host = "http://www.boots.shop.example"

    def answer(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(response=route.fetch(url=route.request.url.replace(host, declaring.url)))
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(host + "/")
    press(page, "reject")
    page.evaluate(
        """["www.boots.shop.example", "boots.shop.example", "shop.example"].forEach((domain) => {
        document.cookie = `_fbp=${domain}; path=/; max-age=9999; domain=${domain}`;
        });
        document.cookie = "_fbp=host; path=/; max-age=9999";"""
    )
    assert kept(page) == ["_fbp"] * 4
    page.goto(host + "/next")
    settle(page)
    assert kept(page) == []


def test_nothing_is_cleared_before_a_choice(declaring: Shop, visit: Visit) -> None:
    page = visit()
    page.evaluate(LEFT_BY_OTHERS)
    before = kept(page)
    page.reload()
    page.wait_for_selector(HOST)
    settle(page)
    assert kept(page) == before


def test_a_page_on_which_something_still_runs_offers_to_load_again(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page('<script type="text/plain" data-suostumus="marketing">window.ran = true</script>')
    page = visit()
    reload = '[data-suostumus-action="reload"]'
    press(page, "accept")
    settle(page)
    assert page.query_selector(reload) is None
    press(page, "withdraw")
    settle(page)
    page.click(reload)
    page.wait_for_function("window.ran === undefined && document.readyState === 'complete'")
    settle(page)
    press(page, "open")
    page.check('[data-suostumus-purpose="statistics"]')
    press(page, "save")
    press(page, "withdraw")
    settle(page)
    assert page.query_selector(reload) is None  # nothing of statistics had run
    assert CHOICE in [cookie["name"] for cookie in page.context.cookies()]
