"""The dashboards in a real browser: for everybody, with the keyboard, in light and dark, and without the script."""

import re
from collections.abc import Iterator

import pytest
from axe import findings
from backroom import Backroom, served
from browser import OpenPage
from playwright.sync_api import expect

from suostumus.server.accounts import Role

pytestmark = pytest.mark.browser

PAGES = (
    "/sites/shop",
    "/sites/shop?period=custom&from=2026-01-01&to=2026-01-02&country=FI&device=mobile",
    "/sites/shop?metric=conversion&step=week&compare=none&pages=searches&places=cities",
    "/sites/shop/orders",
    "/sites/shop/behaviour",
    "/sites/shop/panels/campaigns?q=aut",
    "/sites/shop/panels/money_by_channel",
    "/sites/shop/sessions",
    "/looks",
    "/accounts",
    "/sites/nowhere",
    "/sites/shop?period=soon",
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backroom]:
    """The internal pages of the small shop."""
    with served(tmp_path_factory.mktemp("dashboards")) as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(room: Backroom, open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    room.accounts.add(f"new {scheme}", Role.VIEWER)
    found = {}
    for path in ("/signin", room.accounts.link(f"new {scheme}", "")):
        page.goto(room.address + path)
        found[path] = findings(page)
    room.enter(page)
    for path in PAGES:
        page.goto(room.address + path)
        for details in page.locator("details.behind, details.menu").all():
            details.evaluate("(element) => { element.open = true }")
        found[path] = findings(page)
    page.goto(room.address + "/sites/shop")
    page.keyboard.press("?")
    found["help"] = findings(page)
    assert {path: told for path, told in found.items() if told} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_persons_pages(room: Backroom, open_page: OpenPage, scheme: str) -> None:
    page = room.enter(open_page(color_scheme=scheme), "/sites/shop/sessions")
    page.get_by_label("Why do you look?").fill("Why carts are left at payment")
    page.get_by_role("button", name="Show the sessions").click()
    expect(page.get_by_role("row")).to_have_count(2)
    assert findings(page) == []
    page.get_by_role("button", name=re.compile("Open the session")).click()
    expect(page.locator(".trail")).to_contain_text("Chose payment")
    assert findings(page) == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_pages_speak_the_language_that_is_chosen(room: Backroom, open_page: OpenPage, language: str) -> None:
    page = room.enter(open_page())
    page.locator(".account summary").click()
    page.locator(f".account button[lang={language}]").click()
    heading = {"fi": "Kävijät ajan mukaan", "sv": "Besökare över tid"}[language]
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == language
    assert findings(page) == []


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_heading_of_a_column_is_cut_off(room: Backroom, open_page: OpenPage, language: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900}, locale=language)
    room.enter(page)
    for path in ("", "/orders", "/behaviour", "/panels/money_by_channel"):
        page.goto(f"{room.address}/sites/shop{path}")
        cut = page.evaluate(
            "[...document.querySelectorAll('.list thead th')].filter((th) => th.scrollWidth > th.clientWidth)"
            ".map((th) => th.textContent)"
        )
        assert cut == [], path


@pytest.mark.parametrize("width", [320, 1280])
def test_a_filter_with_a_long_value_shows_how_to_take_it_away(room: Backroom, open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    room.enter(page, f"/sites/shop?item={'6400000001016' * 12}")
    chip, cross = page.locator(".chips a").bounding_box(), page.locator(".chips b").bounding_box()
    assert chip
    assert cross
    assert cross["x"] + cross["width"] <= chip["x"] + chip["width"]


def test_no_page_is_wider_than_a_phone(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(viewport={"width": 320, "height": 640}))
    for path in PAGES:
        page.goto(room.address + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, path


def test_tab_goes_through_the_page_in_its_order(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page())
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent.trim().split('\\n')[0]"))
    assert stops[:6] == ["Skip to content", "Suostumus", "Overview", "Orders", "Behaviour", "Explore"]
    assert stops[6] == "Sessions"
    assert stops[8:] == ["Today", "Yesterday", "7 days", "30 days"]
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_every_shortcut_of_the_help_works(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page())
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(page.locator("[data-help] dt").first).to_have_text(re.compile("g"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    for keys, where in (
        (["g", "r"], "/orders"),
        (["g", "b"], "/behaviour"),
        (["g", "e"], "/panels/visits_by_channel"),
        (["g", "s"], "/sessions"),
        (["g", "o"], "shop"),
    ):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(re.compile(where + r"\?"))
    page.keyboard.press("3")
    page.wait_for_url(re.compile("period=7d"))
    page.keyboard.press("c")
    page.wait_for_url(re.compile("compare=none"))
    page.get_by_role("link", name="Year before").click()
    page.wait_for_url(re.compile("compare=year"))


def test_keys_are_letters_while_somebody_types(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page())
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Search Pages")
    expect(field).to_be_focused()
    page.keyboard.type("lamp3")
    expect(field).to_have_value("lamp3")
    assert "period" not in page.url


def test_a_list_narrows_while_somebody_types_and_enter_searches_all_of_it(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page())
    page.keyboard.press("/")
    page.keyboard.type("lamps")
    expect(page.locator("#pages tbody tr:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/panels/pages"))
    expect(page.get_by_role("rowheader")).to_have_text(["/c/lamps"])


def test_the_chart_is_read_with_the_arrow_keys(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(), "/sites/shop?period=7d")
    page.locator("figure.chart .plot").focus()
    readout = page.locator("[data-readout]")
    page.keyboard.press("End")
    expect(readout).to_contain_text("20 Nov 2026 (so far): 0")
    page.keyboard.press("ArrowLeft")
    expect(readout).to_contain_text("19 Nov 2026: 2")
    page.keyboard.press("Home")
    expect(readout).to_contain_text("14 Nov 2026: 0")


def test_a_figure_shows_itself_in_the_chart(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page())
    page.get_by_role("link", name="Show Orders in the chart").click()
    page.wait_for_url(re.compile("metric=orders"))
    expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
    expect(page.locator(".figure.orders [aria-current]")).to_be_visible()


def test_everything_is_there_without_the_script(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(java_script_enabled=False))
    expect(page.locator("svg.lines .now")).to_be_attached()
    page.get_by_role("link", name="E-mail").click()
    expect(page.locator(".chips")).to_contain_text("E-mail")
    page.goto(room.address + "/sites/shop/behaviour")
    expect(page.locator("#paths-table tbody tr").first).to_be_visible()


def test_carts_that_were_left_and_orders_are_read_together(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(), "/sites/shop/orders?period=7d")
    page.locator("figure.chart .plot").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-readout]")).to_have_text("Wed, 18 Nov 2026: Abandoned carts 2, Orders 0")
