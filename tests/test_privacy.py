"""The visitor's page: the choice, everything stored and withdrawal, without a line of JavaScript."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import MovingClock
from house import House, Visitor

OWN = "https://stats.shop.example"


def post(house: House, visitor: Visitor, *, origin: str = OWN, **form: Any) -> Any:
    """Press a button of the page in cookie mode."""
    headers = {"origin": origin, "content-type": "application/x-www-form-urlencoded"}
    if visitor.token:
        headers["cookie"] = f"suostumus_shop={visitor.token}"
    house.door.cookies.clear()
    body = urlencode(form, doseq=True)
    return house.door.post("/privacy/shop", content=body, headers=headers, follow_redirects=False)


def show(house: House, visitor: Visitor, query: str = "?language=en") -> str:
    """The page as this browser sees it."""
    house.door.cookies.clear()
    cookie = {"cookie": f"suostumus_shop={visitor.token}"} if visitor.token else {}
    answer = house.door.get(f"/privacy/shop{query}", headers=cookie)
    assert answer.status_code == 200
    text: str = answer.text
    return text


def test_page_gives_changes_and_withdraws_without_javascript(house: House) -> None:
    visitor = Visitor(house)
    assert "has not agreed to anything" in show(house, visitor)
    answer = post(house, visitor, action="save", purposes=["statistics", "marketing"])
    assert answer.status_code == 303
    visitor.token = answer.cookies["suostumus_shop"]
    assert len(re.findall("checked", show(house, visitor))) == 2
    assert str(house.rows("consents")[0]["record_id"]) in show(house, visitor)
    assert visitor.results(visitor.event()) == ["stored"]
    assert "1 events are stored" in show(house, visitor)
    answer = post(house, visitor, action="withdraw")
    assert "receipt=" in answer.headers["location"]
    assert 'suostumus_shop=""' in answer.headers.get_list("set-cookie")[0]
    house.erase()
    assert house.rows("events") == []


def test_access_copy_holds_every_stored_row_queued_or_not(house: House) -> None:
    visitor, stranger = Visitor(house), Visitor(house)
    for browser in (visitor, stranger):
        browser.decide("accept")
        browser.results(browser.event(path="/written"))
    house.installation.parts.writer.flush()
    visitor.results(visitor.event(path="/queued"))
    content = json.loads(post(house, visitor, action="download").content)
    assert [event["path"] for event in content["events"]] == ["/written", "/queued"]
    assert len({event["visitor"] for event in content["events"]}) == 1
    assert content["events"][0].keys() == content["events"][1].keys()
    assert [consent["event_type"] for consent in content["consents"]] == ["given"]
    assert {"controller", "authority", "recipients", "retention", "purposes", "legal_basis"} <= content.keys()


def test_token_handed_over_by_the_script_opens_the_page_in_storage_mode(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    token, visitor.token = visitor.token, None
    page = post(house, visitor, origin="https://shop.example", token=token)
    assert page.status_code == 200
    assert f'name="token" value="{token}"' in page.text
    assert 'value="save"' not in page.text
    after = post(house, visitor, token=token, action="withdraw")
    assert "/receipt/" in after.text
    house.erase()
    assert house.rows("events") == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
@pytest.mark.parametrize("action", ["withdraw", "accept", "download"])
def test_foreign_pages_cannot_press_the_buttons(house: House, origin: str, action: str) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    assert post(house, visitor, origin=origin, action=action).status_code == 403


def test_copy_is_refused_without_a_consent_in_force(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    token = visitor.token
    visitor.decide("withdraw")
    visitor.token = token
    assert post(house, visitor, action="download").status_code == 403
    visitor.token = "v1.k1.AAAA.AAAA"
    assert post(house, visitor, action="download").status_code == 403


def test_page_is_strict_and_never_cached(house: House) -> None:
    answer = house.door.get("/privacy/shop")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert not answer.headers.get_list("set-cookie")


@pytest.mark.parametrize(
    ("language", "title"), [("fi", "Tietosuojasi"), ("sv", "Din integritet"), ("en", "Your privacy")]
)
def test_page_speaks_the_visitors_language(house: House, language: str, title: str) -> None:
    by_header = house.door.get("/privacy/shop", headers={"accept-language": f"{language}-XX,en;q=0.1"}).text
    assert title in show(house, Visitor(house), f"?language={language}")
    assert title in by_header
    assert f'<html lang="{language}"' in by_header


def test_notice_names_what_article_13_asks_for(house: House) -> None:
    page = show(house, Visitor(house))
    for item in (
        "Test shop",
        "Article 6(1)(a)",
        "6 months",
        "13 months",
        "25 months",
        "complain",
        house.notice().version,
    ):
        assert item in page


@pytest.mark.parametrize("path", ["/privacy/nowhere", "/receipt/unknown", "/s/nowhere.js"])
def test_unknown_pages_are_not_found(house: House, path: str) -> None:
    assert house.door.get(path).status_code == 404


def test_receipt_of_a_partial_withdrawal_names_its_purposes(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    status = visitor.decide("save", ["statistics", "marketing", "personalisation"]).json()["status"]
    assert "Profilointi" in house.door.get(status).text


def test_ended_consent_still_shows_and_ends_what_is_stored(house: House, clock: MovingClock) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    clock.move(days=200)
    assert visitor.results(visitor.event()) == ["expired"]
    page = show(house, visitor)
    assert "1 events are stored" in page
    assert 'value="withdraw"' in page
    assert len(json.loads(post(house, visitor, action="download").content)["events"]) == 1
    post(house, visitor, action="withdraw")
    house.erase()
    assert house.rows("events") == []
    assert "has not agreed to anything" in show(house, visitor)
