"""Attacks with clicks and tokens from before: each test is a way in which they once gave what had ended."""

from house import House, Visitor

from suostumus.server.spool import NOBODY


def test_repeated_acceptance_after_the_withdrawal_gives_no_consent(house: House) -> None:
    """A click whose answer was lost, repeated by the network after the visitor withdrew, decides nothing."""
    visitor = Visitor(house)
    click = visitor.decision("accept")
    visitor.post_decision(click)
    visitor.results(visitor.event())
    visitor.decide("withdraw")
    again = visitor.post_decision(click).json()
    assert again["purposes"] == []
    assert visitor.token is None
    house.erase()
    assert {str(row["visitor"]) for row in house.rows("consents")} == {NOBODY}


def test_repeated_acceptance_after_a_partial_withdrawal_grants_nothing_again(house: House) -> None:
    """The repeat comes with the cookie of the later decision."""
    visitor = Visitor(house)
    click = visitor.decision("accept")
    visitor.post_decision(click)
    visitor.decide("save", ["statistics"])
    visitor.post_decision(click | {"token": visitor.token})
    newest = max(house.rows("consents"), key=lambda row: row["generation"])
    assert newest["purposes"] == ["statistics"]


def test_repeated_click_after_a_later_one_does_not_bring_its_token_back(house: House) -> None:
    """A late repeat answers with a superseded token, and its cookie replaces the valid one."""
    visitor = Visitor(house)
    click = visitor.decision("save", ["statistics"])
    visitor.post_decision(click)
    visitor.decide("accept")
    later = visitor.token
    repeat = visitor.post_decision(click | {"token": later})
    kept = repeat.cookies.get("suostumus_shop") or later
    visitor.token = kept
    assert visitor.results(visitor.event()) == ["stored"]


def test_change_with_a_superseded_token_goes_on_with_the_same_visitor(house: House) -> None:
    """After a lost answer the browser holds an older token; a later withdrawal still reaches every event."""
    visitor = Visitor.consented(house)
    earlier = visitor.token
    visitor.decide("save", ["statistics", "marketing"])
    visitor.token = earlier  # the answer was lost
    visitor.decide("save", ["statistics"])
    visitor.decide("withdraw")
    house.erase()
    assert house.rows("events") == []


def test_reduction_with_a_superseded_token_is_applied(house: House) -> None:
    """The visitor said no to marketing: what was stored for it goes, whichever token the browser held."""
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    earlier = visitor.token
    visitor.decide("accept")
    visitor.results(visitor.event(path="/?gclid=click"))
    visitor.token = earlier
    visitor.decide("save", ["statistics"])
    house.erase()
    assert [row["click_id"] for row in house.rows("events")] == [""]
