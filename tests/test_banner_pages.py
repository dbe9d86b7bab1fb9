"""The script as a guest on a page: keyboard, screen reader, strict policies, layout, gated scripts, its interface."""

from typing import Any

import pytest
from browser import REPOSITORY, settle
from playwright.sync_api import Page
from shop import HOST, NOTICE, Json, Shop, Visit, choice, configuration, press, shop_page

pytestmark = pytest.mark.browser

AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
SMALL: Any = {"width": 320, "height": 568}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"
)

# Is a link that has the focus hidden, even in part, behind the question or the control? WCAG 2.2, 2.4.12.
FOCUS = """() => {
  const element = document.activeElement;
  const ours = document.querySelector("#suostumus, #suostumus-control > div");
  const box = element.getBoundingClientRect();
  const cover = ours.getBoundingClientRect();
  const behind = box.bottom > cover.top && box.left < cover.right && box.right > cover.left;
  const place = element.closest("[id^=suostumus]") ? "ours" : element.tagName;
  return { place, hidden: place === "A" && (behind || box.top < 0 || box.bottom > innerHeight) };
}"""


def findings(page: Page) -> list[str]:
    """What axe-core finds on the page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


# Rule 15: keyboard and screen reader


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_axe_finds_nothing_on_any_layer(shop: Shop, visit: Visit, language: str, scheme: str) -> None:
    shop.page = shop_page(language=language, head='<link rel="stylesheet" href="/plain.css">')
    page = visit(color_scheme=scheme, reduced_motion="reduce", viewport=SMALL)
    page.wait_for_selector(HOST)
    assert findings(page) == []
    press(page, "preferences")
    assert findings(page) == []
    press(page, "accept")
    settle(page)
    assert findings(page) == []
    press(page, "open")
    assert findings(page) == []


def test_keyboard_reaches_the_whole_page_and_nothing_focused_is_hidden(visit: Visit) -> None:
    page = visit(viewport=SMALL)
    page.wait_for_selector(HOST)
    places = []
    for _ in range(45):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert not focus["hidden"], page.evaluate("document.activeElement.outerHTML")
        places.append(focus["place"])
    assert places[0] == "ours"  # asked first, reached first
    assert places.count("A") >= 30


def test_nothing_focused_is_hidden_behind_the_control(visit: Visit) -> None:
    page = visit(viewport=SMALL)
    press(page, "accept")
    settle(page)
    page.get_by_role("button", name="Close").click()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert not page.evaluate(FOCUS)["hidden"]


@pytest.mark.parametrize("layer", ["banner", "preferences"])
def test_focus_returns_to_where_it_was(visit: Visit, layer: str) -> None:
    page = visit()
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


def test_the_question_does_not_take_the_focus(visit: Visit) -> None:
    page = visit()
    page.wait_for_selector(HOST)
    assert page.evaluate("document.activeElement.tagName") == "BODY"


@pytest.mark.parametrize("layer", ["banner", "preferences"])
def test_targets_are_large_enough_and_nothing_scrolls_sideways_at_320_pixels(
    shop: Shop, visit: Visit, layer: str
) -> None:
    shop.page = shop_page(language="fi")
    page = visit(viewport=SMALL)
    if layer == "preferences":
        press(page, "preferences")
    targets = f"{HOST} button, {HOST} a, {HOST} input"
    sizes = page.eval_on_selector_all(
        targets, "(all) => all.map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height])"
    )
    assert min(min(size) for size in sizes) >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.eval_on_selector(f"{HOST} > div", "(content) => content.scrollWidth <= content.clientWidth")
    box = page.eval_on_selector(HOST, "(host) => [host.getBoundingClientRect().top, host.clientHeight]")
    assert box[0] > 0


def test_motion_is_left_out_on_request(visit: Visit) -> None:
    name = "(host) => getComputedStyle(host).animationName"
    assert visit(reduced_motion="reduce").eval_on_selector(HOST, name) == "none"
    assert visit(reduced_motion="no-preference").eval_on_selector(HOST, name) != "none"


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


# Rules 16 and 17: a well-behaved guest


def test_strict_policies_have_nothing_to_object_to(shop: Shop, visit: Visit) -> None:
    shop.headers = {"Content-Security-Policy": POLICY}
    shop.pages["/gated.js"] = "document.title = 'gated script ran'"
    shop.page = shop_page('<script type="text/plain" data-suostumus="marketing" data-src="/gated.js"></script>')
    listen = """
    window.objections = [];
    document.addEventListener("securitypolicyviolation", (event) => objections.push(event.violatedDirective));
    """
    page = visit(script=listen)
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


def test_the_question_shifts_nothing_and_is_not_the_largest_paint(visit: Visit) -> None:
    watch = """
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { shift += entry.value; }))
      .observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.largest = entry.element; }))
      .observe({ type: "largest-contentful-paint", buffered: true });
    """
    page = visit(script=watch)
    page.wait_for_selector(HOST)
    page.wait_for_function("window.largest !== undefined")
    settle(page, 400)
    assert page.evaluate("largest.closest('#suostumus')") is None
    press(page, "reject")
    settle(page)
    assert page.evaluate("shift") == 0


def test_a_shops_own_style_does_not_reach_the_question(shop: Shop, visit: Visit) -> None:
    hostile = "<style>body button.x, button, p, li { font-size: 40px; float: right; text-transform: uppercase }</style>"
    looks = []
    for head in ("", hostile):
        shop.page = shop_page(head=head)
        page = visit(reduced_motion="reduce")
        look = "(host) => [host.clientHeight, getComputedStyle(host.querySelector('button')).font]"
        looks.append(page.eval_on_selector(HOST, look))
    assert looks[0] == looks[1]


def test_a_page_goes_on_when_the_script_cannot(shop: Shop, visit: Visit) -> None:
    shop.config = {"languages": None}
    warnings: list[str] = []
    shop.pages["/plain"] = "<!doctype html><title>No script here</title>"
    page = visit("/plain")
    page.on("console", lambda message: warnings.append(message.text))
    page.goto(shop.url + "/")
    settle(page)
    page.evaluate("history.pushState({}, '', '/else')")
    settle(page)
    assert len(warnings) == 1
    assert warnings[0].startswith("suostumus stopped:")
    assert page.query_selector(HOST) is None


def test_the_script_on_a_page_twice_asks_once(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page('<script src="/s/demo.js" defer></script>')
    page = visit()
    press(page, "accept")
    settle(page)
    assert len(shop.decisions) == 1
    assert shop.event_names == ["page_view"]


# Gated scripts, and rule 18


def gated(purpose: str, text: str, source: str = "") -> str:
    """A script that waits for a purpose."""
    address = f' data-src="{source}"' if source else ""
    return f'<script type="text/plain" data-suostumus="{purpose}"{address}>{text}</script>'


def test_gated_scripts_run_in_order_once_and_only_for_granted_purposes(shop: Shop, visit: Visit) -> None:
    shop.pages["/slow.js"] = "ran.push('two')"
    shop.page = shop_page(
        "<script>window.ran = []</script>"
        + gated("marketing", "ran.push('one')")
        + gated("marketing", "", "/slow.js")
        + gated("profiling", "ran.push('never')")
        + gated("marketing", "ran.push('three')")
    )
    page = visit()
    settle(page)
    assert page.evaluate("ran") == []
    press(page, "preferences")
    page.check('[data-suostumus-purpose="marketing"]')
    press(page, "save")
    settle(page)
    assert page.evaluate("ran") == ["one", "two", "three"]
    page.evaluate(
        """() => {
        const script = document.createElement("script");
        Object.assign(script, { type: "text/plain", text: "ran.push('late')" });
        script.dataset.suostumus = "marketing";
        document.body.append(script);
        }"""
    )
    settle(page)
    press(page, "open")
    press(page, "save")
    settle(page)
    assert page.evaluate("ran") == ["one", "two", "three", "late"]
    page.reload()
    settle(page)
    assert page.evaluate("ran") == ["one", "two", "three"]


def test_gated_scripts_stay_stopped_after_refusal_and_withdrawal(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page("<script>window.ran = []</script>" + gated("marketing", "ran.push('one')"))
    page = visit()
    press(page, "reject")
    page.reload()
    settle(page)
    assert page.evaluate("ran") == []
    press(page, "open")
    press(page, "accept")
    settle(page)
    assert page.evaluate("ran") == ["one"]
    press(page, "withdraw")
    page.reload()
    settle(page)
    assert page.evaluate("ran") == []


def test_google_consent_mode_is_told_before_its_tags_run(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page(
        "<script>window.dataLayer = []</script>"
        + gated("marketing", "window.before = dataLayer.map((entry) => Array.from(entry))")
    )
    page = visit()
    settle(page)
    assert page.evaluate("dataLayer") == []
    press(page, "accept")
    settle(page)
    [command] = page.evaluate("before")
    assert command[:2] == ["consent", "update"]
    assert set(command[2].values()) == {"granted"}
    press(page, "withdraw")
    assert page.evaluate("Object.values(dataLayer.at(-1)[2])") == ["denied"] * 4


# The public interface


def test_the_interface_tells_changes_and_opens_and_withdraws(shop: Shop, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """() => {
        window.heard = [];
        window.silence = suostumus.on("change", (choice) => heard.push(["on", choice]));
        document.addEventListener("suostumus:change", ({ detail }) => heard.push(["event", detail]));
        }"""
    )
    assert page.evaluate("suostumus.choice()") is None
    page.evaluate("suostumus.open()")
    page.check('[data-suostumus-purpose="statistics"]')
    press(page, "save")
    settle(page)
    page.evaluate("silence()")
    page.evaluate("suostumus.withdraw()")
    settle(page)
    given: Json = {"purposes": ["statistics"]}
    refused: Json = {"purposes": []}
    assert sorted(page.evaluate("heard"), key=str) == sorted(
        [["event", given], ["on", given], ["event", refused]], key=str
    )
    assert page.evaluate("suostumus.choice()") == refused
    assert shop.decisions[1]["surface"] == "page"
    assert choice(page) == f"{NOTICE}:none"
