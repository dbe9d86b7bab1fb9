"""Rules 8 to 11 of the banner: the choice stays visible, changeable, provable and no longer than it may."""

import re

import pytest
from baked import MAX_AGE, NOTICE, PURPOSES, SITE, shop_page
from browser import settle
from shop import HOST, UNAVAILABLE, Shop, Visit, choice, press
from surroundings import Surroundings, VisitIn, in_each_language, words

pytestmark = pytest.mark.browser

# Does the control show, where it is and uncovered?
SHOWS = """(button) => {
  const box = button.getBoundingClientRect();
  return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) === button;
}"""


# Rule 8


@in_each_language
def test_control_offers_withdrawal_in_one_click_on_every_page(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    page = visit_in(around)
    press(page, "accept")
    settle(page)
    for path in ("/another", "/third"):
        page.goto(shop.url + path)
        for action in ("open", "withdraw"):
            control = page.wait_for_selector(f'#suostumus-control [data-suostumus-action="{action}"]')
            assert control
            assert control.evaluate(SHOWS)
    press(page, "withdraw")
    settle(page)
    assert [(one["action"], one["surface"]) for one in shop.decisions] == [
        ("accept", "banner"),
        ("withdraw", "control"),
    ]
    assert choice(page) == f"{NOTICE}:none"
    assert page.evaluate("localStorage.length") == 0
    said = words(shop, around)["texts"]
    assert said["withdrawn"] in page.inner_text("#suostumus-control")
    receipt = page.get_by_role("link", name=said["receipt"]).get_attribute("href") or ""
    assert receipt.startswith(f"{shop.url}/receipt/")
    assert page.query_selector('[data-suostumus-action="withdraw"]') is None
    assert page.is_visible('#suostumus-control [data-suostumus-action="open"]')


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


# Rule 9


@in_each_language
def test_a_refusal_is_remembered_as_long_as_an_acceptance_and_without_an_id(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    shop.collector = shop.other_site  # the script's own cookie, which no server writes again
    remembered = []
    for action in ("reject", "reject", "accept"):
        page = visit_in(around)
        press(page, action)
        settle(page)
        [cookie] = page.context.cookies(shop.url)
        remembered.append(cookie)
        if action == "reject":
            assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        page.goto(shop.url + "/later")
        settle(page)
        assert page.query_selector(HOST) is None
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


# Rule 10


@in_each_language
def test_a_decision_says_what_was_shown_and_its_receipt_can_be_seen_again(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    page = visit_in(around)
    press(page, "accept")
    settle(page)
    [decision] = shop.decisions
    said = words(shop, around)
    proof = {key: decision[key] for key in ("site", "notice", "shown", "language", "layout", "method")}
    assert proof == {
        "site": SITE,
        "notice": NOTICE,
        "shown": said["shown"],
        "language": around.language,
        "layout": around.layout,
        "method": "click",
    }
    receipt = re.compile(f"{said['texts']['receipt']}\\s+[0-9a-f]{{8}}-")
    assert receipt.search(page.inner_text("#suostumus-control"))
    page.goto(shop.url + "/later")
    press(page, "open")
    assert receipt.search(page.inner_text(HOST))


def test_a_click_by_a_program_is_recorded_as_automated(shop: Shop, visit: Visit) -> None:
    page = visit()
    page.eval_on_selector(f'{HOST} [data-suostumus-action="reject"]', "(button) => button.click()")
    assert choice(page) == f"{NOTICE}:none"  # in the very click
    settle(page)
    assert page.query_selector(HOST) is None
    assert [decision["method"] for decision in shop.decisions] == ["automated"]


# Rule 11


@in_each_language
def test_another_notice_asks_again_and_sends_nothing_meanwhile(
    shop: Shop, visit_in: VisitIn, around: Surroundings
) -> None:
    page = visit_in(around)
    press(page, "accept")
    settle(page)
    seen = len(shop.events)
    shop.config["notice"] = "ffffffffffffffff"
    page.goto(shop.url + "/after")
    page.wait_for_selector(HOST)
    settle(page)
    assert len(shop.events) == seen


@in_each_language
def test_a_changed_notice_asks_only_for_what_changed(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    page = visit_in(around)
    press(page, "accept")
    settle(page)
    shop.config |= {"notice": "ffffffffffffffff", "earlier": {NOTICE: ["statistics"]}}
    page.goto(shop.url + "/after")
    shown, said = page.inner_text(HOST), words(shop, around)["purposes"]
    settle(page)
    assert said["statistics"]["text"] not in shown
    assert said["marketing"]["text"] in shown
    assert [event["url"] for event in shop.events] == [shop.url + "/", shop.url + "/after"]
    assert page.evaluate("suostumus.choice()") == {"purposes": ["statistics"]}
