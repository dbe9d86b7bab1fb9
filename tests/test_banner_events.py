"""What the script sends, and when: page views, the shop's events, repeats and the end of a consent."""

from collections.abc import Callable
from typing import Any

import pytest
from baked import NOTICE, Json, shop_page
from browser import OpenPage, settle
from page_scripts import gtag, navigate, push
from shop import UNAVAILABLE, Answer, Shop, Visit, choice, press, store_all

pytestmark = pytest.mark.browser

PURCHASE: Json = {
    "currency": "EUR",
    "value": "49,90",
    "tax": 10,
    "transaction_id": "T-1",
    "secret": "not ours",
    "items": [{"item_id": 7, "item_name": "Boot", "price": "24.95", "quantity": 2, "affiliation": "x"}],
}
PURCHASE_SENT: Json = {
    "currency": "EUR",
    "value": "49,90",
    "tax": "10",
    "transaction_id": "T-1",
    "items": [{"item_id": "7", "item_name": "Boot", "price": "24.95", "quantity": "2"}],
}


def failing_first(times: int, answer: Callable[[Json], Answer], failure: Answer) -> Callable[[Json], Answer]:
    """Answer with a failure some times, and then properly."""
    left = [failure] * times

    def reply(message: Json) -> Answer:
        return left.pop() if left else answer(message)

    return reply


def test_every_push_of_the_page_counts_when_consent_was_in_force(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    shop.requests.clear()
    early = "<script>dataLayer = [{ event: 'add_to_cart', ecommerce: { items: [] } }]</script>"
    shop.page = shop_page(head=early)
    page.goto(shop.url + "/next")
    settle(page)
    gtag(page, "purchase", PURCHASE)
    settle(page)
    assert shop.event_names == ["page_view", "add_to_cart", "purchase"]
    assert shop.events[2]["ecommerce"] == PURCHASE_SENT


def test_a_changed_page_is_a_view_with_its_own_title_and_the_page_before_it(shop: Shop, visit: Visit) -> None:
    page = visit("/one")
    press(page, "accept")
    settle(page)
    navigate(page, "/two?size=42", "Second")
    settle(page)
    page.evaluate("location.hash = 'below'")
    page.evaluate("history.replaceState({}, '', location.href)")
    settle(page)
    page.go_back()
    page.go_back()
    settle(page)
    views = [(view["url"].removeprefix(shop.url), view["referrer"].removeprefix(shop.url)) for view in shop.events]
    assert views == [("/one", ""), ("/two?size=42", "/one"), ("/one", "/two")]
    assert shop.events[1]["title"] == "Second"


def test_a_page_left_before_it_came_to_rest_is_a_view(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    shop.requests.clear()
    page.add_init_script("window.requestIdleCallback = () => 0")
    leaving = 'document.addEventListener("DOMContentLoaded", () => { location.href = "/after" })'
    shop.page = shop_page(head=f"<script>if (location.pathname === '/brief') {leaving}</script>")
    page.goto(shop.url + "/brief")
    page.wait_for_url("**/after")
    settle(page)
    assert [view["url"] for view in shop.events if view["url"].endswith("/brief")] == [shop.url + "/brief"]


# The shop's events


def test_events_come_from_the_data_layer_and_from_track(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    page.evaluate("suostumus.track('search', { search_term: 'boots', other: 1 })")
    page.evaluate("suostumus.track('login', { user: 'x' })")
    push(page, {"event": "exception", "error_kind": "CouponRefused", "description": "x"})
    push(page, {"event": "gtm.js", "ecommerce": PURCHASE})  # a dataLayer that begins late
    push(page, {"event": "purchase", "ecommerce": PURCHASE})
    page.evaluate("suostumus.track('view_cart', { items: Array(120).fill({ item_id: 'x'.repeat(200) }) })")
    push(page, {"event": "refund", "ecommerce": {"value": ["much"], "currency": None, "items": "none"}})
    settle(page)
    assert shop.event_names == ["page_view", "search", "view_cart", "exception", "purchase", "refund"]
    assert shop.events[1]["search_term"] == "boots"
    assert (shop.events[3]["error_kind"], "description" in shop.events[3]) == ("CouponRefused", False)
    assert shop.events[2]["ecommerce"] == {"items": [{"item_id": "x" * 100}] * 100}
    assert shop.events[4]["ecommerce"] == PURCHASE_SENT
    assert shop.events[5]["ecommerce"] == {"items": []}


def test_a_reset_of_ecommerce_is_respected(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    page.evaluate("window.dataLayer = []")
    settle(page)
    page.evaluate("suostumus.track('view_cart')")
    push(page, {"ecommerce": PURCHASE})
    push(page, {"event": "purchase"})
    push(page, {"ecommerce": None})
    push(page, {"event": "view_item"})
    settle(page)
    assert [event["ecommerce"] for event in shop.events[2:]] == [PURCHASE_SENT, {"items": []}]


def test_pages_of_a_script_and_links_out_are_told_only_where_that_is_switched_on(shop: Shop, visit: Visit) -> None:
    shop.features = []
    shop.page = shop_page(f'<a id="out" href="{shop.other_site}/there">Out</a>')
    page = visit()
    press(page, "accept")
    settle(page)
    navigate(page, "/two", "Second")
    settle(page)
    page.click("#out")
    page.wait_for_url("**/there")
    settle(page)
    assert [(event["name"], event["url"]) for event in shop.events] == [("page_view", shop.url + "/")]


def test_no_data_layer_is_created(visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    assert page.evaluate("typeof window.dataLayer") == "undefined"


def test_links_to_other_hosts_are_recorded_without_query_and_mail_links_not_at_all(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page(
        f'<a id="out" href="{shop.other_site}/there?email=a@b.example#x">Out</a>'
        '<a id="mail" href="mailto:desk@shop.example">Mail</a><a id="in" href="#top">In</a>'
    )
    page = visit()
    press(page, "accept")
    settle(page)
    page.click("#mail")
    page.click("#in")
    page.click("#out")
    page.wait_for_url("**/there?**")
    settle(page)
    assert [(event["name"], event.get("link_url")) for event in shop.events] == [
        ("page_view", None),
        ("click", f"{shop.other_site}/there"),
    ]


# The network: repeated until acknowledged, never twice


def test_origin_arrives_with_each_post_and_no_preflight_is_needed(shop: Shop, visit: Visit) -> None:
    shop.collector = shop.other_site
    page = visit()
    press(page, "accept")
    settle(page)
    posts = shop.sent("/api/consent") + shop.sent("/api/events")
    assert len(posts) == 2
    assert {post.headers["origin"] for post in posts} == {shop.url}
    assert {post.headers["content-type"] for post in posts} == {"text/plain;charset=UTF-8"}
    assert not [request for request in shop.requests if request.method == "OPTIONS"]


def test_nothing_is_sent_until_the_server_has_answered_the_consent(shop: Shop, visit: Visit) -> None:
    shop.answer_consent = lambda _: UNAVAILABLE
    page = visit()
    press(page, "accept")
    settle(page, 300)
    assert len(shop.decisions) == 1
    assert shop.events == []
    assert "Not sent yet" in page.inner_text("#suostumus-control")


def test_an_unanswered_decision_is_sent_again_from_the_next_page_with_its_id(shop: Shop, visit: Visit) -> None:
    shop.answer_consent = lambda _: UNAVAILABLE
    page = visit()
    press(page, "accept")
    settle(page)
    assert choice(page).startswith(f"{NOTICE}:statistics.")
    assert "~" in choice(page)
    shop.answer_consent = lambda _: None
    page.goto(shop.url + "/next")
    settle(page)
    first, *_, last = shop.decisions
    assert first == last
    assert "~" not in choice(page)
    assert shop.event_names == ["page_view"]
    page.reload()
    settle(page)
    assert shop.decisions[-1] == last
    assert len(shop.decisions) == 2


def test_events_are_repeated_with_their_ids_until_acknowledged(shop: Shop, visit: Visit) -> None:
    shop.answer_events = failing_first(2, store_all, Answer(status=503, headers={"Retry-After": "1"}))
    page = visit()
    press(page, "accept")
    page.wait_for_function("performance.getEntriesByName(`${location.origin}/api/events`).length >= 3")
    settle(page)
    tries = [request.json["events"] for request in shop.sent("/api/events")]
    assert len(tries) == 3
    assert tries[0] == tries[1] == tries[2]


def test_retry_after_is_respected(shop: Shop, visit: Visit) -> None:
    shop.answer_events = failing_first(1, store_all, Answer(status=429, headers={"Retry-After": "600"}))
    page = visit()
    page.clock.install()
    press(page, "accept")
    page.wait_for_timeout(200)
    page.clock.run_for(590_000)
    page.wait_for_timeout(200)
    assert len(shop.sent("/api/events")) == 1
    page.clock.run_for(400_000)
    page.wait_for_timeout(200)
    assert len(shop.sent("/api/events")) == 2


def test_what_is_not_acknowledged_is_sent_as_the_page_goes_away(shop: Shop, visit: Visit) -> None:
    shop.answer_events = lambda _: UNAVAILABLE
    page = visit()
    press(page, "accept")
    settle(page)
    shop.answer_events = store_all
    page.evaluate("suostumus.track('view_cart')")
    page.goto("about:blank")
    page.wait_for_timeout(200)
    assert shop.sent("/api/events")[-1].headers["content-type"] == "text/plain;charset=UTF-8"
    last = [event["name"] for event in shop.sent("/api/events")[-1].json["events"]]
    assert last == ["page_view", "view_cart"]


def test_many_events_travel_in_small_batches_each_once(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    page.evaluate("for (let count = 0; count < 25; count++) suostumus.track('view_cart')")
    settle(page, 500)
    sizes = [len(request.json["events"]) for request in shop.sent("/api/events")]
    assert sizes == [1, 10, 10, 5]
    assert len(shop.events) == 26


def test_a_session_goes_on_over_pages_and_ends_after_half_an_hour(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    page.goto(shop.url + "/next")
    settle(page)
    page.clock.install()
    page.clock.fast_forward(31 * 60 * 1000)
    page.evaluate("suostumus.track('view_cart')")
    page.clock.run_for(1000)
    settle(page)
    first, second, third = [event["session"] for event in shop.events]
    assert first == second != third


def test_a_pseudonym_is_sent_with_profiling_only(shop: Shop, visit: Visit, open_page: OpenPage) -> None:
    shop.page = shop_page().replace("defer></script>", 'defer data-customer="c-17"></script>')
    customers: list[Any] = []
    for purposes in (["statistics"], ["statistics", "profiling"]):
        page = visit()
        press(page, "preferences")
        for purpose in purposes:
            page.check(f'[data-suostumus-purpose="{purpose}"]')
        press(page, "save")
        settle(page)
        customers.append(shop.events[-1]["customer"])
    assert customers == ["", "c-17"]
