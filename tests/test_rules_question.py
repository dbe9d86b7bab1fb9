"""Rules 1 to 7 of the banner: silence before a choice, and a fair question. See docs/rules.md."""

import re

import pytest
from baked import PURPOSES, SITE, shop_page
from browser import REPOSITORY, settle
from playwright.sync_api import Page, expect
from shop import HOST, Shop, Visit, choice, press
from surroundings import Surroundings, VisitIn, everywhere, in_each_language, words

pytestmark = pytest.mark.browser

SPIES = (REPOSITORY / "tests" / "spies.js").read_text("utf-8")

LOOK = """(element) => {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return [element.tagName, style.font, style.letterSpacing, style.textTransform, style.textDecoration, style.color,
    style.backgroundColor, style.border, style.borderRadius, style.padding, style.opacity, style.boxShadow,
    style.filter, box.width, box.height, box.top];
}"""

# Can it be clicked where it stands, without scrolling?
UNCOVERED = """(element) => {
  const box = element.getBoundingClientRect();
  return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) === element;
}"""

# The contrast of an element's text on what is painted behind it: WCAG 2.2, section 1.4.3.
CONTRAST = """(element) => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (color) => {
    const [red, green, blue] = [...channels(color)].slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  let painted = element;
  while (channels(getComputedStyle(painted).backgroundColor)[3] < 255) painted = painted.parentElement;
  const pair = [getComputedStyle(element).color, getComputedStyle(painted).backgroundColor].map(luminance);
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""

NECESSARY = re.compile(
    r"legitimate interest|oikeutettu etu|berättigat intresse|necessary|essential|välttämät|pakolli|nödvändig",
    re.IGNORECASE,
)
WITHDRAW = {"fi": r"peru(a|uttaa)", "sv": "återkalla|ta tillbaka", "en": "withdraw"}


def button(action: str) -> str:
    """The selector of a button of the question."""
    return f'{HOST} [data-suostumus-action="{action}"]'


def ask_again(page: Page) -> None:
    """Make the browser a newcomer."""
    page.context.clear_cookies()
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector(HOST)


# Rule 1


@everywhere
def test_nothing_is_written_or_requested_before_a_choice(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around, script=SPIES)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.wait_for_selector(HOST)
    page.mouse.wheel(0, 600)
    for _ in range(5):
        page.keyboard.press("Tab")
    settle(page, 500)
    assert page.evaluate("spied") == []
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert requested == []
    assert [(request.method, request.path) for request in shop.requests] == [("GET", "/"), ("GET", f"/s/{SITE}.js")]


def test_the_spies_see_what_happens_after_a_choice(shop: Shop, visit: Visit) -> None:
    page = visit(script=SPIES)
    press(page, "accept")
    settle(page)
    assert {"cookie", "storage", "referrer"} <= set(page.evaluate("spied"))
    assert len(shop.decisions) == 1


# Rule 2


@in_each_language
def test_no_connection_is_prepared_and_no_device_data_is_read_before_a_choice(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    shop.collector = shop.other_site  # where preparing a connection would pay
    page = visit_in(around, script=SPIES)
    press(page, "preferences")
    settle(page, 500)
    assert page.evaluate("spied") == []
    assert page.query_selector_all("link, iframe, img, object, embed") == []


# Rule 3


@everywhere
def test_reject_looks_like_accept_on_every_layer(visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    for layer in ("banner", "preferences"):
        accept, reject = (page.eval_on_selector(button(action), LOOK) for action in ("accept", "reject"))
        assert accept == reject, layer
        for action in ("accept", "reject"):
            assert page.eval_on_selector(button(action), UNCOVERED), (layer, action)
        if layer == "banner":
            press(page, "preferences")
            page.mouse.move(0, 0)  # a button under the pointer looks otherwise


@in_each_language
def test_accept_and_reject_take_one_click_on_every_layer(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    for layer in ("banner", "preferences"):
        for action in ("accept", "reject"):
            ask_again(page)
            if layer == "preferences":
                press(page, "preferences")
            press(page, action)
            assert page.query_selector(HOST) is None
            settle(page)
            assert (shop.decisions[-1]["action"], shop.decisions[-1]["surface"]) == (action, layer)
    assert len(shop.decisions) == 4


# Rule 4


@everywhere
def test_reject_is_a_readable_button_and_no_link_in_a_paragraph(visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    for layer in ("banner", "preferences"):
        reject = button("reject")
        assert page.eval_on_selector(reject, "(element) => element.tagName") == "BUTTON"
        assert page.eval_on_selector(reject, "(element) => element.closest('p, a, li') === null")
        assert page.eval_on_selector(reject, CONTRAST) >= 4.5, layer
        if layer == "banner":
            press(page, "preferences")


# Rule 5


@in_each_language
def test_no_purpose_is_ticked_beforehand_and_one_decision_is_enough(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    page = visit_in(around)
    assert not NECESSARY.search(page.inner_text(HOST))
    press(page, "preferences")
    assert not NECESSARY.search(page.inner_text(HOST))
    switches = page.query_selector_all(f"{HOST} input")
    assert [switch.get_attribute("data-suostumus-purpose") for switch in switches] == PURPOSES
    assert not any(switch.is_checked() or switch.is_disabled() for switch in switches)
    press(page, "save")
    settle(page)
    assert [(decision["action"], decision["purposes"]) for decision in shop.decisions] == [("save", [])]
    page.reload()
    settle(page)
    assert page.query_selector(HOST) is None


# Rule 6


@everywhere
def test_first_layer_says_who_what_and_how_to_end_it(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    question, said = page.locator(HOST), words(shop, around)
    body = said["texts"]["body"].replace("{controller}", "Demo shop")
    assert "Demo shop" in body
    assert re.search(WITHDRAW[around.language], body)
    purposes = [said["purposes"][purpose] for purpose in PURPOSES]
    titles_and_texts = [text for purpose in purposes for text in (purpose["title"], purpose["text"])]
    for place in [question.get_by_text(body), *(question.get_by_text(text, exact=True) for text in titles_and_texts)]:
        place.scroll_into_view_if_needed()
        expect(place).to_be_visible()
    link = question.get_by_role("link", name=said["texts"]["link"])
    link.scroll_into_view_if_needed()
    expect(link).to_be_visible()
    assert link.get_attribute("href") == f"{shop.url}/privacy/{SITE}"
    assert question.get_attribute("lang") == around.language


def test_the_pages_region_is_no_matter_and_an_unknown_language_gets_the_sites_first(shop: Shop, visit: Visit) -> None:
    for written, shown in (("sv-FI", "sv"), ("EN-gb", "en"), ("ja", "fi")):
        shop.page = shop_page(language=written)
        assert visit().get_attribute(HOST, "lang") == shown


# Rule 7


@in_each_language
def test_closing_scrolling_and_browsing_on_are_no_choice(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around, body='<label>Search <input id="search"></label>')
    page.fill("#search", "boots")
    page.focus(button("reject"))
    page.keyboard.press("Escape")
    press(page, "preferences")
    press(page, "close")
    page.mouse.wheel(0, 900)
    page.click("text=Product 29")
    page.wait_for_url("**/product-29")
    page.wait_for_selector(HOST)
    settle(page)
    assert choice(page) == ""
    assert shop.decisions == []


def test_markup_of_the_page_cannot_agree_for_the_visitor(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page('<button id="bait" data-suostumus-action="accept">Win a lamp</button>')
    page = visit()
    page.click("#bait")
    settle(page)
    assert choice(page) == ""
    assert shop.decisions == []
