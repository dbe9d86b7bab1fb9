"""Decisions through the public door: what a consent, a change and a withdrawal leave behind."""

import time
from collections.abc import Callable

import pytest
from conftest import MovingClock
from house import House, Visitor

ALL = ["statistics", "marketing", "personalisation", "profiling"]


def test_acceptance_leaves_a_record_of_what_was_shown(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.decide("accept").json()
    (row,) = house.rows("consents")
    assert str(row["record_id"]) == answer["receipt"]
    assert (row["event_type"], row["purposes"], row["language"]) == ("given", ALL, "fi")
    assert row["shown"] == house.notice().wordings["fi"].shown["bar"]
    assert row["privacy_notice"] == house.notice().version
    assert (row["method"], row["surface"], row["generation"]) == ("click", "banner", 1)


def test_refusal_leaves_a_count_only(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.decide("reject")
    assert answer.json() == {"purposes": [], "receipt": None, "expires": None, "token": None, "status": None}
    assert house.rows("consents") == []
    assert list(house.counts("refused").values()) == [1]


def test_refusals_set_the_same_cookie_for_everybody(house: House) -> None:
    first = Visitor(house).decide("reject").headers.get_list("set-cookie")
    time.sleep(1.1)  # dates of cookies have whole seconds
    assert Visitor(house).decide("reject").headers.get_list("set-cookie") == first


def test_repeated_decision_decides_nothing_new(house: House) -> None:
    visitor = Visitor(house)
    decision = visitor.decision("accept")
    first = visitor.decide("accept", decision=decision["decision"], token=None).json()
    token = visitor.token
    second = visitor.decide("accept", decision=decision["decision"], token=None).json()
    assert (first, token) == (second, visitor.token)
    assert len(house.rows("consents")) == 1
    assert list(house.counts("accepted").values()) == [1]


def test_change_supersedes_the_earlier_token(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    earlier = visitor.token
    visitor.decide("save", ["statistics", "marketing"])
    assert visitor.results(visitor.event()) == ["stored"]
    visitor.token = earlier
    assert visitor.results(visitor.event()) == ["superseded"]
    rows = house.rows("consents")
    assert {row["generation"] for row in rows} == {1, 2}
    assert len({row["visitor"] for row in rows}) == 1


def test_consent_after_full_withdrawal_gets_a_new_visitor(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    first = house.rows("events")[0]["visitor"]
    visitor.decide("withdraw")
    visitor.decide("accept")
    visitor.results(visitor.event())
    house.erase()
    (row,) = house.rows("events")
    assert row["visitor"] != first


def test_superseded_and_expired_tokens_can_still_withdraw(house: House, clock: MovingClock) -> None:
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    visitor.results(visitor.event())
    earlier = visitor.token
    visitor.decide("accept")
    visitor.token = earlier
    clock.move(days=300)
    assert visitor.decide("withdraw").json()["status"]
    house.erase()
    assert house.rows("events") == []


def test_withdrawing_twice_gives_the_same_receipt(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    token = visitor.token
    first = visitor.decide("withdraw").json()["receipt"]
    visitor.token = token
    assert visitor.decide("withdraw").json()["receipt"] == first
    assert list(house.counts("withdrawn").values()) == [1]


def test_ending_statistics_alone_erases_the_events(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    assert visitor.decide("save", ["marketing"]).json()["purposes"] == ["marketing"]
    house.erase()
    assert house.rows("events") == []
    assert visitor.results(visitor.event()) == ["no_purpose"]


def test_partial_withdrawal_empties_the_columns_of_its_purpose(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event(path="/?gclid=click-one", customer="c-7"))
    house.installation.parts.writer.flush()
    visitor.results(visitor.event(path="/?gclid=click-two", customer="c-7"))
    visitor.decide("save", ["statistics", "profiling"])
    house.erase()
    rows = house.rows("events")
    assert [(row["click_id"], row["click_id_kind"], row["customer"]) for row in rows] == [("", "", "c-7")] * 2
    assert house.installation.verify().is_clean


def test_purpose_granted_again_keeps_what_comes_after(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event(path="/?gclid=before"))
    visitor.decide("save", ["statistics"])
    visitor.decide("accept")
    visitor.results(visitor.event(path="/?gclid=after"))
    house.erase()
    assert sorted(row["click_id"] for row in house.rows("events")) == ["", "after"]


def test_columns_without_purpose_stay_empty(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    visitor.results(visitor.event(path="/?gclid=click", customer="c-7"))
    (row,) = house.rows("events")
    assert (row["click_id"], row["click_id_kind"], row["customer"], row["channel"]) == ("", "", "", "direct")


def test_privacy_control_takes_away_what_was_not_explicit(house: House) -> None:
    visitor = Visitor(house, headers={"sec-gpc": "1"})
    assert visitor.decide("accept").json()["purposes"] == ["statistics"]
    assert visitor.results(visitor.event()) == ["stored"]
    visitor.decide("save", ["statistics", "marketing"])
    visitor.results(visitor.event(path="/?gclid=click"))
    assert sorted(row["click_id"] for row in house.rows("events")) == ["", "click"]
    assert {row["generation"]: row["gpc_conflict"] for row in house.rows("consents")} == {1: False, 2: True}


def test_privacy_control_switched_on_later_counts(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.headers["sec-gpc"] = "1"
    visitor.results(visitor.event(path="/?gclid=click"))
    assert house.rows("events")[0]["click_id"] == ""


def test_consent_ends_after_six_months_and_a_visitor_after_thirteen(house: House, clock: MovingClock) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    for _ in range(3):
        clock.move(days=150)
        visitor.decide("save", ALL)
    rows = house.rows("consents")
    lives = {str(row["visitor"]) for row in rows}
    assert len(lives) == 2
    clock.move(days=182)
    assert visitor.results(visitor.event()) == ["expired"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"action": "maybe"}, "action: "),
        ({"purposes": ["spying"]}, "purposes: "),
        ({"notice": "0123456789abcdef"}, "notice: "),
        ({"shown": "0123456789abcdef"}, "shown: "),
        ({"language": "xx"}, "shown: "),
        ({"site": "nowhere"}, "site: "),
        ({"decision": "1"}, "decision: "),
        ({"colour": "red"}, "colour: "),
    ],
)
def test_wrong_decision_names_the_field_and_decides_nothing(
    house: House, changes: dict[str, object], field: str
) -> None:
    visitor = Visitor(house)
    answer = visitor.post_decision(visitor.decision("save", ["statistics"]) | changes)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(field)
    assert house.rows("consents") == []


def test_refusal_is_never_turned_away_for_what_it_says_was_shown(house: House) -> None:
    marker = "feedfacefeedface"
    visitor = Visitor(house)
    answer = visitor.decide("reject", notice=marker, shown=marker, language="zz")
    assert answer.status_code == 200
    assert list(house.counts("refused")) == ["/bar/"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example", ""])
def test_foreign_origin_can_neither_give_nor_withdraw(house: House, origin: str) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.origin = origin
    assert visitor.decide("withdraw").status_code == 403
    assert visitor.decide("accept").status_code == 403
    assert visitor.send(visitor.event()).status_code == 403
    assert len(house.rows("consents")) == 1


def test_token_of_one_site_is_nothing_at_another(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    other = Visitor(house, site="other", origin="https://other.example", token=visitor.token)
    assert other.results(other.event()) == ["wrong_site"]


def test_cookie_mode_keeps_the_token_from_the_page(house: House) -> None:
    answer = Visitor(house).decide("accept")
    assert answer.json()["token"] is None
    token, choice = answer.headers.get_list("set-cookie")
    assert token.startswith("suostumus_shop=v1.")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Domain=shop.example"} <= set(token.split("; "))
    assert choice.startswith(f"suostumus_shop_choice={house.notice().version}:{'.'.join(ALL)};")
    assert "HttpOnly" not in choice


def test_storage_mode_sets_no_cookie(house: House) -> None:
    answer = Visitor(house, site="other", origin="https://other.example", headers={"sec-fetch-site": "cross-site"})
    response = answer.decide("accept")
    assert response.headers.get_list("set-cookie") == []
    assert response.json()["token"].startswith("v1.")


def test_changed_notice_asks_again(open_house: Callable[..., House]) -> None:
    house = open_house()
    visitor = Visitor(house)
    visitor.decide("accept")
    house.close()
    visitor.house = open_house(notice={"recipients": ["Somebody else"]})
    assert visitor.results(visitor.event()) == ["old_notice"]


def test_answers_are_counted_by_whether_they_agree_to_statistics(house: House) -> None:
    for purposes in (ALL, ["statistics"], ["marketing"]):
        Visitor(house).decide("save", purposes)
    Visitor(house).decide("reject")
    counted = {kind: sum(house.counts(kind).values()) for kind in ("accepted", "partly", "others", "refused")}
    assert counted == {"accepted": 1, "partly": 1, "others": 1, "refused": 1}


@pytest.mark.parametrize("what", ["notice", "shown"])
def test_saving_nothing_withdraws_whatever_the_page_showed(house: House, what: str) -> None:
    visitor = Visitor.consented(house)
    token = visitor.token
    answer = visitor.post_decision(visitor.decision("save", []) | {what: "0" * 16})
    assert (answer.status_code, answer.json()["purposes"]) == (200, [])
    visitor.token = token
    assert visitor.results(visitor.event()) == ["withdrawn"]
