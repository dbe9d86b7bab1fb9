"""Rules 15 to 18 of the banner: accessible to everybody, and a well-behaved guest on the page."""

import re
from typing import Any

import pytest
from axe import findings
from baked import configuration
from browser import settle
from page_scripts import gated
from playwright.sync_api import Route
from shop import HOST, Shop, Visit, press
from surroundings import Surroundings, VisitIn, everywhere, in_each_language

pytestmark = pytest.mark.browser

SMALL: Any = {"width": 320, "height": 568}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"
)
OBJECTIONS = """
window.objections = [];
document.addEventListener("securitypolicyviolation", (event) => objections.push(event.violatedDirective));
"""

# Is a link that has the focus hidden, even in part, behind the question or the control? WCAG 2.2, 2.4.12.
FOCUS = """() => {
  const element = document.activeElement;
  const ours = document.querySelector("#suostumus, #suostumus-control > div");
  const box = element.getBoundingClientRect();
  const cover = ours.getBoundingClientRect();
  const behind = box.bottom > cover.top && box.top < cover.bottom && box.left < cover.right && box.right > cover.left;
  const place = element.closest("[id^=suostumus]") ? "ours" : element.tagName;
  const outline = getComputedStyle(element).outlineStyle;
  return { place, outline, hidden: place === "A" && (behind || box.top < 0 || box.bottom > innerHeight) };
}"""

WITHIN = """(host) => {
  const { top, bottom } = host.getBoundingClientRect();
  return top > 0 && bottom <= innerHeight;
}"""

# Where the question is as it begins to appear, and as it has appeared.
PLACES = """(host) => [0, 10000].map((time) => {
  for (const animation of host.getAnimations({ subtree: true })) {
    animation.pause();
    animation.currentTime = time;
  }
  const { left, top, width, height } = host.getBoundingClientRect();
  return [left, top, width, height];
})"""

PAINTS = """
window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { shift += entry.value; }))
  .observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.largest = entry.element; }))
  .observe({ type: "largest-contentful-paint", buffered: true });
"""

GOOGLE = "https://www.googletagmanager.com"
SEEN_BY_GOOGLE = "window.before = dataLayer.map((entry) => Array.from(entry))"


# Rule 15


@everywhere
def test_axe_finds_nothing_on_any_layer(visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around, head='<link rel="stylesheet" href="/plain.css">')
    page.wait_for_selector(HOST)
    assert findings(page) == []
    press(page, "preferences")
    assert findings(page) == []
    press(page, "accept")
    settle(page)
    assert findings(page) == []
    press(page, "open")
    assert findings(page) == []


@everywhere
def test_keyboard_reaches_the_whole_page_and_nothing_focused_is_hidden(visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    page.wait_for_selector(HOST)
    assert page.evaluate("document.activeElement.tagName") == "BODY"  # the question does not take the focus
    places = []
    for _ in range(45):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert not focus["hidden"], page.evaluate("document.activeElement.outerHTML")
        assert focus["place"] == "BODY" or focus["outline"] != "none"
        places.append(focus["place"])
    assert places[0] == "ours"  # asked first, reached first
    assert places.count("A") >= 30


@everywhere
def test_targets_are_large_enough_and_nothing_scrolls_sideways(visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    for layer in ("banner", "preferences"):
        targets = f"{HOST} button, {HOST} a, {HOST} input"
        sizes = page.eval_on_selector_all(
            targets,
            "(all) => all.map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height])",
        )
        assert min(min(size) for size in sizes) >= 24, layer
        assert page.evaluate("document.documentElement.scrollWidth") <= around.size[0]
        assert page.eval_on_selector(f"{HOST} > div", "(content) => content.scrollWidth <= content.clientWidth")
        assert page.eval_on_selector(HOST, WITHIN), layer
        if layer == "banner":
            press(page, "preferences")


@in_each_language
def test_nothing_focused_is_hidden_behind_the_control(visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    press(page, "accept")
    settle(page)
    page.locator("#suostumus-control p button").click()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert not page.evaluate(FOCUS)["hidden"]


@pytest.mark.parametrize("layer", ["banner", "preferences"])
@in_each_language
def test_focus_returns_to_where_it_was(visit_in: VisitIn, around: Surroundings, layer: str) -> None:
    page = visit_in(around)
    page.focus("text=Product 3")
    if layer == "preferences":
        press(page, "preferences")
    press(page, "reject")
    assert page.evaluate("document.activeElement.textContent") == "Product 3"


def test_focus_goes_to_the_control_when_it_was_nowhere(visit: Visit) -> None:
    page = visit()
    for action in ("accept", "withdraw"):
        page.focus(f'[data-suostumus-action="{action}"]')
        page.keyboard.press("Enter")
        settle(page)
        assert page.evaluate("document.activeElement.dataset.suostumusAction") == "open"
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.suostumusAction") == "open"


def test_motion_is_left_out_on_request(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    page.wait_for_selector(HOST)
    places = page.eval_on_selector(HOST, PLACES)
    assert places[0] == places[1]


def test_a_switch_shows_its_state_in_forced_colours(visit: Visit) -> None:
    page = visit(forced_colors="active")
    press(page, "preferences")
    look = "(input) => [input, [input, '::before']].map((one) => getComputedStyle(...[one].flat()).backgroundColor)"
    off = page.eval_on_selector(f"{HOST} input", look)
    page.check(f"{HOST} input >> nth=0")
    assert page.eval_on_selector(f"{HOST} input", look) != off


def test_right_to_left_turns_the_layout(shop: Shop, visit: Visit) -> None:
    english = shop.page
    words = dict.fromkeys(configuration(shop.url)["languages"]["en"]["texts"], "خيارات")
    shop.page = english.replace('lang="en"', 'lang="ar" dir="rtl"')
    shop.config = {"languages": {"ar": {"shown": "0" * 16, "texts": words, "purposes": {}}}}
    page = visit()
    press(page, "preferences")
    for selector in (f"{HOST} [data-suostumus-action=close]", f"{HOST} input >> nth=0"):
        box = page.locator(selector).bounding_box()
        assert box
        assert box["x"] < 640
    press(page, "reject")
    settle(page)
    box = page.locator("#suostumus-control > div").bounding_box()
    assert box
    assert box["x"] > 640


# Rule 16


@in_each_language
def test_strict_policies_have_nothing_to_object_to(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    shop.headers = {"Content-Security-Policy": POLICY}
    shop.pages["/gated.js"] = "document.title = 'gated script ran'"
    page = visit_in(around, body=gated("marketing", "", "/gated.js"), script=OBJECTIONS)
    press(page, "preferences")
    press(page, "accept")
    settle(page)
    page.wait_for_function("document.title === 'gated script ran'")
    press(page, "open")
    press(page, "close")
    press(page, "withdraw")
    settle(page)
    assert page.evaluate("objections") == []
    assert [decision["action"] for decision in shop.decisions] == ["accept", "withdraw"]


# Rule 17


@everywhere
def test_the_question_shifts_nothing_blocks_nothing_and_is_not_the_largest_paint(
    visit_in: VisitIn, around: Surroundings
) -> None:
    page = visit_in(around, script=PAINTS)
    page.wait_for_selector(HOST)
    page.wait_for_function("window.largest !== undefined")
    settle(page, 400)
    assert page.evaluate("largest.closest('#suostumus')") is None
    assert page.evaluate("performance.getEntriesByType('resource').map((one) => one.renderBlockingStatus)") == [
        "non-blocking"
    ]
    press(page, "reject")
    settle(page)
    assert page.evaluate("shift") == 0


# Rule 18


@in_each_language
def test_google_is_not_contacted_before_opt_in_and_told_before_its_tags_run(
    visit_in: VisitIn, around: Surroundings
) -> None:
    page = visit_in(
        around,
        "/",
        head="<script>window.dataLayer = []</script>",
        body=gated("marketing", "", f"{GOOGLE}/gtag/js?id=G-1"),
    )
    contacted: list[str] = []

    def answer(route: Route) -> None:
        contacted.append(route.request.url)
        route.fulfill(body=SEEN_BY_GOOGLE, content_type="text/javascript")

    page.context.route(re.compile("google"), answer)
    page.reload()
    press(page, "preferences")
    settle(page)
    assert contacted == []
    assert page.evaluate("dataLayer") == []
    press(page, "accept")
    page.wait_for_function("window.before")
    assert contacted == [f"{GOOGLE}/gtag/js?id=G-1"]
    [command] = page.evaluate("before")
    assert command[:2] == ["consent", "update"]
    assert set(command[2].values()) == {"granted"}
    press(page, "withdraw")
    assert page.evaluate("Object.values(dataLayer.at(-1)[2])") == ["denied"] * 4
