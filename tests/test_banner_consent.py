"""How a consent ends, how it travels when the collector is another site."""

import pytest
from baked import NOTICE, SITE
from browser import settle
from shop import HOST, UNAVAILABLE, Answer, Shop, Visit, choice, drop_all, press, store_all

pytestmark = pytest.mark.browser

# The end of a consent


@pytest.mark.parametrize("reason", ["withdrawn", "superseded", "expired", "forged_token", "old_epoch", "no_token"])
def test_a_consent_that_the_server_ended_is_asked_again_on_the_next_page(shop: Shop, visit: Visit, reason: str) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    shop.answer_events = drop_all(reason)
    page.goto(shop.url + "/next")
    settle(page)
    assert choice(page) == "0:none"
    assert page.query_selector(HOST) is None
    sent = len(shop.sent("/api/events"))
    page.evaluate("suostumus.track('view_cart')")
    settle(page)
    assert len(shop.sent("/api/events")) == sent
    page.goto(shop.url + "/later")
    page.wait_for_selector(HOST)


def test_a_consent_that_never_holds_is_not_asked_for_again_and_again(shop: Shop, visit: Visit) -> None:
    shop.answer_events = drop_all("no_token")
    page = visit()
    press(page, "accept")
    settle(page)
    page.goto(shop.url + "/next")
    settle(page)
    assert page.query_selector(HOST) is None
    assert choice(page) == f"{NOTICE}:none"
    assert len(shop.sent("/api/events")) == 1


@pytest.mark.parametrize("reason", ["bot", "invalid", "no_purpose"])
def test_an_event_dropped_for_itself_ends_nothing_and_is_not_repeated(shop: Shop, visit: Visit, reason: str) -> None:
    shop.answer_events = drop_all(reason)
    page = visit()
    press(page, "accept")
    settle(page)
    page.evaluate("suostumus.track('view_cart')")
    settle(page)
    assert shop.event_names == ["page_view", "view_cart"]
    assert len(shop.sent("/api/events")) == 2


def test_a_refused_decision_is_no_loop(shop: Shop, visit: Visit) -> None:
    shop.answer_consent = lambda _: Answer({"error": "shown: not what this language and layout show"}, status=400)
    page = visit()
    press(page, "accept")
    settle(page, 2500)
    assert len(shop.decisions) == 1
    assert shop.events == []


def test_after_withdrawal_nothing_that_waited_is_sent(shop: Shop, visit: Visit) -> None:
    shop.answer_events = lambda _: UNAVAILABLE
    page = visit()
    press(page, "accept")
    settle(page)
    press(page, "withdraw")
    settle(page)
    tries = len(shop.sent("/api/events"))
    shop.answer_events = store_all
    page.evaluate("suostumus.track('add_to_cart')")
    settle(page, 2500)
    assert len(shop.sent("/api/events")) == tries
    press(page, "open")
    press(page, "accept")
    settle(page, 500)
    again = shop.sent("/api/events")[tries:]
    assert [[event["name"] for event in request.json["events"]] for request in again] == [["page_view"]]
    assert again[0].json["events"][0]["id"] != shop.sent("/api/events")[0].json["events"][0]["id"]
    assert again[0].json["events"][0]["session"] != shop.sent("/api/events")[0].json["events"][0]["session"]


def test_events_of_a_consent_that_ended_do_not_travel_with_the_next_one(shop: Shop, visit: Visit) -> None:
    shop.answer_events = lambda _: UNAVAILABLE
    page = visit()
    press(page, "accept")
    settle(page)
    press(page, "withdraw")
    settle(page)
    earlier = {event["id"] for event in shop.events}
    shop.requests.clear()
    shop.answer_events = store_all
    press(page, "open")
    press(page, "accept")
    settle(page, 4000)
    assert shop.event_names == ["page_view"]
    assert not earlier & {event["id"] for event in shop.events}


def test_saving_other_purposes_does_not_count_the_page_twice(shop: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    press(page, "open")
    page.uncheck('[data-suostumus-purpose="marketing"]')
    press(page, "save")
    settle(page)
    page.evaluate("suostumus.track('view_cart')")
    settle(page)
    assert shop.event_names == ["page_view", "view_cart"]


# Storage mode: the collector is another site


@pytest.fixture
def cross_site(shop: Shop) -> Shop:
    """A shop whose collector is another site."""
    shop.collector = shop.other_site
    return shop


def test_the_token_is_kept_for_the_shop_alone_and_sent_in_each_body(cross_site: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    token = page.evaluate(f"localStorage.getItem('suostumus_{SITE}')")
    assert token.startswith("v1.")
    assert cross_site.sent("/api/events")[0].json["token"] == token
    assert [cookie["name"] for cookie in page.context.cookies()] == [f"suostumus_{SITE}_choice"]
    press(page, "withdraw")
    settle(page)
    assert cross_site.decisions[1]["token"] == token
    assert page.evaluate("localStorage.length") == 0


def test_the_token_of_an_unanswered_withdrawal_is_kept_until_it_is_answered(cross_site: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    cross_site.answer_consent = lambda _: UNAVAILABLE
    press(page, "withdraw")
    settle(page)
    cross_site.answer_consent = lambda _: None
    page.goto(cross_site.url + "/next")
    settle(page)
    withdrawals = [decision for decision in cross_site.decisions if decision["action"] == "withdraw"]
    assert withdrawals[0] == withdrawals[-1]
    assert withdrawals[0]["token"]
    assert choice(page) == f"{NOTICE}:none"
    assert page.evaluate("localStorage.length") == 0
    assert cross_site.event_names == ["page_view"]


def test_the_privacy_page_gets_the_token_in_a_forms_body(cross_site: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    token = page.evaluate(f"localStorage.getItem('suostumus_{SITE}')")
    press(page, "open")
    page.click("text=Recipients and privacy notice")
    page.wait_for_url(f"**/privacy/{SITE}")
    [request] = cross_site.sent(f"/privacy/{SITE}")
    assert request.body == f"token={token}"


def test_the_privacy_page_of_an_ended_consent_gets_its_token_from_the_question(cross_site: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    token = page.evaluate(f"localStorage.getItem('suostumus_{SITE}')")
    cross_site.answer_events = drop_all("expired")
    page.goto(cross_site.url + "/next")
    settle(page)
    page.goto(cross_site.url + "/later")
    page.locator(HOST).get_by_role("button", name="Recipients and privacy notice").click()
    page.wait_for_url(f"**/privacy/{SITE}")
    [request] = cross_site.sent(f"/privacy/{SITE}")
    assert request.body == f"token={token}"
