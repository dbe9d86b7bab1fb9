"""Rule 11 of the banner: a notice that changes asks again, and only for what changed."""

import pytest
from baked import NOTICE, PURPOSES, configuration
from browser import settle
from playwright.sync_api import Page
from shop import CHOICE, HOST, UNAVAILABLE, Shop, Visit, choice, press

pytestmark = pytest.mark.browser

EARLIER = "0d11e2b7a43f2a9c"


def chosen_earlier(shop: Shop, visit: Visit, purposes: str, standing: list[str]) -> Page:
    """A page for a visitor who chose under an earlier notice, of which these purposes stand."""
    shop.config = {"earlier": {EARLIER: standing}}
    page = visit("/first")
    page.context.add_cookies([{"name": CHOICE, "value": f"{EARLIER}:{purposes}", "url": shop.url}])
    page.goto(shop.url + "/")
    settle(page)
    return page


def asked_for(page: Page) -> list[str]:
    """The titles of the purposes in the question."""
    return page.locator(f"{HOST} li strong").all_inner_texts()


def test_a_changed_purpose_is_asked_for_alone_and_the_rest_stays_in_force(shop: Shop, visit: Visit) -> None:
    page = chosen_earlier(shop, visit, "statistics.marketing", ["statistics", "personalisation", "profiling"])
    assert asked_for(page) == ["Marketing"]
    assert page.inner_text(f"{HOST} h2") == "This has changed. Do you agree?"
    assert shop.event_names == ["page_view"]
    assert page.evaluate("suostumus.choice()") == {"purposes": ["statistics"]}


@pytest.mark.parametrize(("answer", "purposes"), [("accept", ["statistics", "marketing"]), ("reject", ["statistics"])])
def test_an_answer_to_what_changed_decides_on_that_alone(
    shop: Shop, visit: Visit, answer: str, purposes: list[str]
) -> None:
    page = chosen_earlier(shop, visit, "statistics.marketing", ["statistics", "personalisation", "profiling"])
    press(page, answer)
    settle(page)
    [decision] = shop.decisions
    assert (decision["action"], decision["purposes"], decision["notice"]) == ("save", purposes, NOTICE)
    assert choice(page) == f"{NOTICE}:{'.'.join(purposes)}"
    page.goto(shop.url + "/next")
    settle(page)
    assert page.query_selector(HOST) is None
    assert shop.event_names == ["page_view", "page_view"]


def test_nothing_is_asked_when_nothing_material_changed(shop: Shop, visit: Visit) -> None:
    page = chosen_earlier(shop, visit, "statistics", PURPOSES)
    assert page.query_selector(HOST) is None
    assert page.is_visible('[data-suostumus-action="withdraw"]')
    assert shop.event_names == ["page_view"]
    assert shop.decisions == []


def test_a_refusal_stays_one_for_what_did_not_change(shop: Shop, visit: Visit) -> None:
    page = chosen_earlier(shop, visit, "none", ["statistics", "personalisation", "profiling"])
    assert asked_for(page) == ["Marketing"]
    press(page, "reject")
    settle(page)
    assert choice(page) == f"{NOTICE}:none"
    assert shop.events == []


def test_closing_the_choices_asks_again_for_what_changed(shop: Shop, visit: Visit) -> None:
    page = chosen_earlier(shop, visit, "statistics", ["statistics"])
    press(page, "preferences")
    assert page.is_checked('[data-suostumus-purpose="statistics"]')
    page.keyboard.press("Escape")
    assert asked_for(page) == ["Marketing", "Personal content", "Profiling"]


def test_privacy_control_is_not_asked_for_a_purpose_that_it_takes_away(shop: Shop, visit: Visit) -> None:
    script = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });"
    shop.config = {"earlier": {EARLIER: ["statistics"]}}
    page = visit("/first", script=script)
    page.context.add_cookies([{"name": CHOICE, "value": f"{EARLIER}:statistics.marketing", "url": shop.url}])
    page.goto(shop.url + "/")
    settle(page)
    assert page.query_selector(HOST) is None


def test_an_unanswered_decision_is_sent_as_it_was_made_after_the_notice_changed(shop: Shop, visit: Visit) -> None:
    page = visit()
    shop.answer_consent = lambda _: UNAVAILABLE
    press(page, "accept")
    settle(page)
    shown = shop.decisions[0]["shown"]
    shop.answer_consent = lambda _: None
    languages = {"en": configuration(shop.url)["languages"]["en"] | {"shown": "f" * 16}}
    shop.config = {"notice": EARLIER, "earlier": {NOTICE: PURPOSES}, "languages": languages, "layout": "card"}
    page.goto(shop.url + "/next")
    settle(page)
    last = shop.decisions[-1]
    assert (last["notice"], last["shown"], last["layout"]) == (NOTICE, shown, "bar")
    assert shop.decisions[0] == last
