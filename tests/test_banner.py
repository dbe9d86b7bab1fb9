"""The question and the control, by the rules that banners are audited against, in a real browser."""

import re

import pytest
from browser import settle
from playwright.sync_api import Page
from shop import (
    HOST,
    MAX_AGE,
    NOTICE,
    PURPOSES,
    SITE,
    UNAVAILABLE,
    Shop,
    Visit,
    choice,
    configuration,
    press,
    shop_page,
)

pytestmark = pytest.mark.browser

LANGUAGES = ["fi", "sv", "en"]

# Counts writes, and reads of what tells one device from another. Runs before any script of the page.
SPIES = """
window.spied = [];
const note = (what) => window.spied.push(what);
for (const name of ["setItem", "removeItem", "clear"]) {
  const original = Storage.prototype[name];
  Storage.prototype[name] = function (...values) { note("storage"); return original.apply(this, values); };
}
for (const [owner, name] of [[IDBFactory, "open"], [window.CacheStorage, "open"], [Navigator, "sendBeacon"]]) {
  if (owner) owner.prototype[name] = () => { note(name); };
}
const spyOn = (owner, name) => {
  const property = Object.getOwnPropertyDescriptor(owner.prototype, name);
  if (!property) return;
  Object.defineProperty(owner.prototype, name, {
    ...property, configurable: true, get() { note(name); return property.get.call(this); } });
};
for (const name of ["userAgent", "language", "languages", "platform", "hardwareConcurrency", "deviceMemory",
  "plugins", "userAgentData", "maxTouchPoints", "connection"]) spyOn(Navigator, name);
for (const name of ["width", "height", "colorDepth"]) spyOn(Screen, name);
spyOn(Document, "referrer");
const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
Object.defineProperty(Document.prototype, "cookie", {
  configurable: true,
  get() { return cookie.get.call(this); },
  set(text) { note("cookie"); cookie.set.call(this, text); },
});
"""


def contrast(page: Page, selector: str) -> float:
    """The contrast of an element's text on its own background, WCAG 2.2 section 1.4.3."""
    ratio = page.eval_on_selector(
        selector,
        """(element) => {
        const luminance = (color) => {
          const [red, green, blue] = color.match(/[\\d.]+/g).slice(0, 3).map((part) => {
            const value = part / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const style = getComputedStyle(element);
        const [dark, light] = [luminance(style.color), luminance(style.backgroundColor)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
        }""",
    )
    return float(ratio)


# Rules 1 and 2: nothing before a choice


def test_nothing_is_written_requested_or_read_before_a_choice(shop: Shop, visit: Visit) -> None:
    page = visit(script=SPIES)
    page.wait_for_selector(HOST)
    page.mouse.wheel(0, 600)
    for _ in range(5):
        page.keyboard.press("Tab")
    settle(page, 500)
    assert page.evaluate("window.spied") == []
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert [(request.method, request.path) for request in shop.requests] == [("GET", "/"), ("GET", f"/s/{SITE}.js")]


def test_the_spies_see_what_happens_after_a_choice(shop: Shop, visit: Visit) -> None:
    page = visit(script=SPIES)
    press(page, "accept")
    settle(page)
    assert {"cookie", "storage", "referrer"} <= set(page.evaluate("window.spied"))
    assert len(shop.decisions) == 1


def test_no_connection_is_prepared_before_a_choice(visit: Visit) -> None:
    page = visit()
    page.wait_for_selector(HOST)
    assert page.query_selector_all("link, iframe, img, object, embed") == []


# Rules 3 to 5: a fair question


def test_reject_looks_like_accept_on_every_layer(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    for layer in ("banner", "preferences"):
        looks = [
            page.eval_on_selector(
                f'{HOST} [data-suostumus-action="{action}"]',
                """(element) => {
                const style = getComputedStyle(element);
                const box = element.getBoundingClientRect();
                return [element.tagName, style.font, style.color, style.backgroundColor, style.borderColor,
                  style.padding, style.opacity, box.width, box.height, box.top];
                }""",
            )
            for action in ("accept", "reject")
        ]
        assert looks[0] == looks[1], layer
        if layer == "banner":
            press(page, "preferences")


@pytest.mark.parametrize("action", ["accept", "reject"])
@pytest.mark.parametrize("layer", ["banner", "preferences"])
def test_accept_and_reject_take_one_click_on_every_layer(shop: Shop, visit: Visit, layer: str, action: str) -> None:
    page = visit()
    if layer == "preferences":
        press(page, "preferences")
    press(page, action)
    settle(page)
    assert page.query_selector(HOST) is None
    assert [(decision["action"], decision["surface"]) for decision in shop.decisions] == [(action, layer)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reject_is_a_readable_button_and_no_link_in_a_paragraph(visit: Visit, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    reject = f'{HOST} [data-suostumus-action="reject"]'
    assert page.eval_on_selector(reject, "(element) => element.closest('p, a') === null")
    assert contrast(page, reject) >= 4.5


def test_no_purpose_is_ticked_beforehand_and_one_decision_is_enough(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "preferences")
    switches = page.query_selector_all(f"{HOST} input[data-suostumus-purpose]")
    assert [switch.get_attribute("data-suostumus-purpose") for switch in switches] == PURPOSES
    assert not any(switch.is_checked() or switch.is_disabled() for switch in switches)
    press(page, "save")
    settle(page)
    assert (shop.decisions[0]["action"], shop.decisions[0]["purposes"]) == ("save", [])
    page.reload()
    settle(page)
    assert page.query_selector(HOST) is None


# Rules 6 to 8: what is said, and what stays possible


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_layer_says_who_what_and_how_to_end_it(shop: Shop, visit: Visit, language: str) -> None:
    shop.page = shop_page(language=f"{language}-FI")
    page = visit()
    shown = page.inner_text(HOST)
    words = configuration(shop.url)["languages"][language]
    assert words["texts"]["body"].replace("{controller}", "Demo shop") in shown
    for purpose in PURPOSES:
        assert words["purposes"][purpose]["title"] in shown
        assert words["purposes"][purpose]["text"] in shown
    link = page.get_by_role("link", name=words["texts"]["link"])
    assert link.get_attribute("href") == f"{shop.url}/privacy/{SITE}"
    assert page.get_attribute(HOST, "lang") == language


def test_the_sites_first_language_is_used_when_the_pages_is_unknown(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page(language="ja")
    assert visit().get_attribute(HOST, "lang") == "fi"


def test_closing_scrolling_and_browsing_on_are_no_choice(shop: Shop, visit: Visit) -> None:
    page = visit()
    page.focus(f'{HOST} [data-suostumus-action="reject"]')
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


def test_control_offers_withdrawal_in_one_click_on_every_page(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    page.goto(shop.url + "/another")
    assert page.is_visible('#suostumus-control [data-suostumus-action="open"]')
    press(page, "withdraw")
    settle(page)
    assert [decision["action"] for decision in shop.decisions] == ["accept", "withdraw"]
    assert shop.decisions[1]["surface"] == "control"
    assert choice(page) == f"{NOTICE}:none"
    assert page.evaluate("localStorage.length") == 0
    assert "Withdrawn" in page.inner_text("#suostumus-control")
    receipt = page.get_by_role("link", name="Receipt").get_attribute("href") or ""
    assert receipt.startswith(f"{shop.url}/receipt/")
    assert page.query_selector('[data-suostumus-action="withdraw"]') is None


def test_control_opens_the_choices_with_what_is_in_force(visit: Visit) -> None:
    page = visit()
    press(page, "preferences")
    page.check('[data-suostumus-purpose="marketing"]')
    press(page, "save")
    settle(page)
    page.reload()
    press(page, "open")
    ticked = [purpose for purpose in PURPOSES if page.is_checked(f'[data-suostumus-purpose="{purpose}"]')]
    assert ticked == ["marketing"]
    assert "You agreed to: Marketing." in page.inner_text(HOST)


def test_a_page_can_give_the_control_a_place_and_buttons_of_its_own(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page('<footer data-suostumus-control></footer><a href="/x" data-suostumus-action="open">Mine</a>')
    page = visit()
    press(page, "reject")
    assert page.eval_on_selector("footer > #suostumus-control", "(e) => getComputedStyle(e).position") == "static"
    page.click("text=Mine")
    page.wait_for_selector(HOST)
    assert page.url == shop.url + "/"


def test_markup_of_the_page_cannot_agree_for_the_visitor(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page('<button id="bait" data-suostumus-action="accept">Win a lamp</button>')
    page = visit()
    page.click("#bait")
    settle(page)
    assert choice(page) == ""
    assert shop.decisions == []


# Rules 9 to 11: remembered fairly, provable, asked again


def test_a_refusal_is_remembered_as_long_as_an_acceptance_and_without_an_id(shop: Shop, visit: Visit) -> None:
    shop.collector = shop.other_site  # the script's own cookie, which no server writes again
    remembered = []
    for action in ("reject", "reject", "accept"):
        page = visit()
        press(page, action)
        settle(page)
        [cookie] = page.context.cookies(shop.url)
        remembered.append(cookie)
        if action == "reject":
            assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert [cookie["value"] for cookie in remembered[:2]] == [f"{NOTICE}:none"] * 2
    assert remembered[2]["value"] == f"{NOTICE}:{'.'.join(PURPOSES)}"
    lives = [cookie["expires"] for cookie in remembered]
    assert max(lives) - min(lives) < 60
    assert remembered[0]["expires"] - page.evaluate("Date.now() / 1000") == pytest.approx(MAX_AGE, abs=60)


def test_a_refusal_has_no_id_in_the_browser_even_while_it_is_unanswered(shop: Shop, visit: Visit) -> None:
    shop.answer_consent = lambda _: UNAVAILABLE
    page = visit()
    press(page, "reject")
    assert choice(page) == f"{NOTICE}:none"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decision_says_what_was_shown_and_its_receipt_can_be_seen_again(
    shop: Shop, visit: Visit, language: str
) -> None:
    shop.page = shop_page(language=language)
    page = visit()
    press(page, "accept")
    settle(page)
    [decision] = shop.decisions
    words = configuration(shop.url)["languages"][language]
    proof = {key: decision[key] for key in ("site", "notice", "shown", "language", "layout", "method")}
    assert proof == {
        "site": SITE,
        "notice": NOTICE,
        "shown": words["shown"],
        "language": language,
        "layout": "bar",
        "method": "click",
    }
    receipt = f"{words['texts']['receipt']} [0-9a-f]{{8}}-"
    assert re.search(receipt, page.inner_text("#suostumus-control"))
    page.goto(shop.url + "/later")
    press(page, "open")
    assert re.search(receipt, page.inner_text(HOST))


def test_another_notice_asks_again_and_sends_nothing_meanwhile(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    seen = len(shop.events)
    shop.config = {"notice": "ffffffffffffffff"}
    page.goto(shop.url + "/after")
    page.wait_for_selector(HOST)
    settle(page)
    assert len(shop.events) == seen


def test_a_click_by_a_program_is_recorded_as_automated(shop: Shop, visit: Visit) -> None:
    page = visit()
    page.eval_on_selector(f'{HOST} [data-suostumus-action="reject"]', "(button) => button.click()")
    assert choice(page) == f"{NOTICE}:none"  # in the very click
    settle(page)
    assert page.query_selector(HOST) is None
    assert [decision["method"] for decision in shop.decisions] == ["automated"]


# Rule 14: Global Privacy Control

GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });"


def test_global_privacy_control_takes_purposes_out_of_the_question(shop: Shop, visit: Visit) -> None:
    page = visit(script=GPC, extra_http_headers={"Sec-GPC": "1"})
    shown = page.inner_text(HOST)
    assert "Statistics" in shown
    assert "Marketing" not in shown
    press(page, "accept")
    settle(page)
    assert choice(page) == f"{NOTICE}:statistics"
    assert shop.event_names == ["page_view"]


def test_under_global_privacy_control_a_purpose_can_still_be_chosen(shop: Shop, visit: Visit) -> None:
    page = visit(script=GPC)
    press(page, "preferences")
    assert not page.is_checked('[data-suostumus-purpose="marketing"]')
    page.check('[data-suostumus-purpose="marketing"]')
    press(page, "save")
    settle(page)
    assert shop.decisions[0]["purposes"] == ["marketing"]
