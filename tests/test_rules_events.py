"""Rules 12 to 14 of the banner: which pages count, what several pages agree on, and Global Privacy Control."""

import pytest
from baked import NOTICE
from browser import settle
from page_scripts import navigate, push
from shop import CHOICE, HOST, Shop, Visit, choice, press
from surroundings import Surroundings, VisitIn, in_each_language, words

pytestmark = pytest.mark.browser

# The headless browser has no back-forward cache; the event that others send as a page comes back stands in for it.
COME_BACK = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
PRERENDERING = """
let prerendering = true;
Object.defineProperty(Document.prototype, "prerendering", { get: () => prerendering });
window.activate = () => { prerendering = false; document.dispatchEvent(new Event("prerenderingchange")); };
"""
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });"


# Rule 12


@in_each_language
def test_consent_on_the_fourth_page_sends_that_page_and_its_state_only(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    pushed = (
        "<script>dataLayer = [{ event: 'view_item', ecommerce: { items: [{ item_id: location.pathname }] } }]</script>"
    )
    page = visit_in(around, "/one", head=pushed)
    for path in ("/two", "/three", "/four"):
        push(page, {"event": "purchase", "ecommerce": {"transaction_id": path}})
        page.goto(shop.url + path, referer=page.url)
    push(page, {"event": "add_to_cart", "ecommerce": {"items": [{"item_id": "past"}]}})
    push(page, {"event": "begin_checkout"})
    press(page, "accept")
    settle(page, 500)
    assert shop.event_names == ["page_view", "view_item", "begin_checkout"]
    assert shop.events[1]["ecommerce"] == {"items": [{"item_id": "/four"}]}
    assert {(event["url"], event["referrer"]) for event in shop.events} == {(f"{shop.url}/four", "")}


def test_pages_changed_by_script_before_consent_are_never_sent(shop: Shop, visit: Visit) -> None:
    page = visit("/one")
    page.evaluate("window.dataLayer = []")
    for path in ("/two", "/three"):
        navigate(page, path)
        push(page, {"event": "view_item", "ecommerce": {"items": [{"item_id": path}]}})
    navigate(page, "/four", "Fourth")
    push(page, {"event": "view_item", "ecommerce": {"items": [{"item_id": "this"}]}})
    press(page, "accept")
    settle(page, 500)
    assert shop.event_names == ["page_view", "view_item"]
    assert shop.events[1]["ecommerce"] == {"items": [{"item_id": "this"}]}
    assert {event["url"] for event in shop.events} == {f"{shop.url}/four"}


# Rule 13


@in_each_language
def test_a_prerendered_page_counts_when_it_is_looked_at(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around, "/first")
    press(page, "accept")
    settle(page)
    page.add_init_script(PRERENDERING)
    page.goto(shop.url + "/ahead")
    settle(page)
    assert len(shop.events) == 1
    assert page.query_selector("#suostumus-control") is None
    page.evaluate("activate()")
    settle(page)
    assert [event["url"].removeprefix(shop.url) for event in shop.events] == ["/first", "/ahead"]


@in_each_language
def test_a_page_that_comes_back_reads_the_state_again(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    press(page, "accept")
    settle(page)
    page.evaluate(COME_BACK)
    settle(page)
    assert shop.event_names == ["page_view", "page_view"]  # it is seen again
    page.context.add_cookies([{"name": CHOICE, "value": f"{NOTICE}:none", "url": shop.url}])
    page.evaluate(COME_BACK)
    settle(page)
    assert shop.event_names == ["page_view", "page_view"]
    assert page.query_selector('[data-suostumus-action="withdraw"]') is None
    assert page.evaluate("localStorage.length") == 0


def test_a_page_that_comes_back_learns_of_a_consent_given_meanwhile(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "reject")
    settle(page)
    page.context.add_cookies([{"name": CHOICE, "value": f"{NOTICE}:statistics", "url": shop.url}])
    page.evaluate(COME_BACK)
    settle(page)
    assert page.is_visible('[data-suostumus-action="withdraw"]')
    assert shop.event_names == ["page_view"]


@in_each_language
def test_two_tabs_agree_on_a_choice_and_on_its_end(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    first = visit_in(around)
    second = first.context.new_page()
    second.goto(shop.url + "/second")
    second.wait_for_selector(HOST)
    press(first, "accept")
    settle(first)
    second.evaluate("dispatchEvent(new Event('visibilitychange'))")  # the browser's, once somebody looks at the tab
    second.wait_for_selector(HOST, state="detached")
    settle(second)
    assert sorted(event["url"] for event in shop.events) == [shop.url + "/", shop.url + "/second"]
    press(first, "withdraw")
    settle(first)
    sent = len(shop.sent("/api/events"))
    second.evaluate("suostumus.track('view_cart')")
    settle(second)
    assert len(shop.sent("/api/events")) == sent
    assert second.query_selector('[data-suostumus-action="withdraw"]') is None
    assert second.evaluate("localStorage.length") == 0


def test_a_tab_hears_of_a_choice_at_once_where_the_token_is_in_storage(shop: Shop, visit: Visit) -> None:
    shop.collector = shop.other_site
    first = visit()
    second = first.context.new_page()
    second.goto(shop.url + "/second")
    second.wait_for_selector(HOST)
    press(first, "accept")
    second.wait_for_selector(HOST, state="detached")
    settle(second)
    assert sorted(event["url"] for event in shop.events) == [shop.url + "/", shop.url + "/second"]


# Rule 14


@in_each_language
def test_global_privacy_control_takes_purposes_out_of_the_question(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    page = visit_in(around, script=GPC, extra_http_headers={"Sec-GPC": "1"})
    shown, said = page.inner_text(HOST), words(shop, around)["purposes"]
    assert said["statistics"]["text"] in shown
    for purpose in ("marketing", "personalisation", "profiling"):
        assert said[purpose]["title"] not in shown
        assert said[purpose]["text"] not in shown
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
