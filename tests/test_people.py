"""Single visitors at the internal pages: only for analysts, only with a reason, and never without a line in the log."""

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape

import pytest
from conftest import MovingClock
from house import House, Visitor
from staff import BASE, OWN, sign_in
from starlette.testclient import TestClient

from suostumus.dashboards import sessions
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.rows import Row
from suostumus.dashboards.selection import parse_selection
from suostumus.server.accounts import Accounts, Role
from suostumus.server.app import internal_app
from suostumus.server.looks import Look, Looked, ReasonError, checked_reason

PERSONS = "/sites/shop/sessions"
REASON = "Why carts are left at delivery"
Door = Callable[[Role], TestClient]


@pytest.fixture
def people(house: House) -> dict[str, Visitor]:
    """Two visitors: one agreed to profiling, the other one to statistics only."""
    open_one, closed_one = Visitor(house), Visitor(house, address="198.51.100.9")
    open_one.decide("save", ["statistics", "profiling"])
    closed_one.decide("save", ["statistics"])
    assert open_one.results(open_one.event(path="/open"), open_one.event("add_to_cart", path="/open")) == ["stored"] * 2
    assert closed_one.results(closed_one.event(path="/closed")) == ["stored"]
    house.rows("events")
    return {"open": open_one, "closed": closed_one}


@pytest.fixture
def door(house: House) -> Iterator[Door]:
    """Opens the internal listener for an account of a role."""
    accounts = Accounts(house.data)
    opened: list[TestClient] = []

    def opener(role: Role) -> TestClient:
        client = TestClient(
            internal_app(house.installation, accounts),
            base_url=BASE,
            follow_redirects=False,
            client=("127.0.0.1", 50000),
        )
        opened.append(client)
        return sign_in(client, accounts, role)

    yield opener
    for client in opened:
        client.close()


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def look(client: TestClient, reason: str = REASON, **more: str) -> str:
    """What an analyst sees who gives a reason."""
    token = form_token(client.get(PERSONS).text)
    answer = client.post(PERSONS, data={"form_token": token, "reason": reason, **more}, headers=OWN)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def looks(house: House) -> list[Look]:
    return house.installation.parts.looks.newest(100)


def opened(page: str) -> str:
    """The session that the first button of a list opens."""
    found = re.search(r'name="session" value="([0-9a-f-]+)"', page)
    assert found
    return found[1]


def test_nobody_is_shown_before_a_reason_is_given(house: House, people: dict[str, Visitor], door: Door) -> None:
    analyst = door(Role.ANALYST)
    page = analyst.get(PERSONS).text
    assert "1 of 2 sessions may be looked at one by one" in page
    assert "/open" not in page
    for given in ({}, {"reason": "why"}, {"reason": "x" * 201}):
        answer = analyst.post(PERSONS, data={"form_token": form_token(page), **given}, headers=OWN)
        assert answer.status_code == 400
        assert "/open" not in answer.text
    assert looks(house) == []


def test_each_look_is_in_the_log_with_account_and_reason(house: House, people: dict[str, Visitor], door: Door) -> None:
    analyst = door(Role.ANALYST)
    listed = look(analyst)
    assert "/open" in listed
    story = look(analyst, session=opened(listed))
    assert "Added to cart" in story
    visitor = house.raw("SELECT DISTINCT visitor FROM events WHERE path = '/open'")[0]["visitor"]
    noted = looks(house)
    assert [(entry.account, entry.site, entry.looked, entry.reason) for entry in noted] == [
        ("analyst", "shop", Looked.OPENED, REASON),
        ("analyst", "shop", Looked.LISTED, REASON),
    ]
    assert {entry.visitor for entry in noted} == {house.installation.parts.state.hash_visitor(str(visitor))}


def test_who_did_not_agree_to_profiling_is_never_shown_singly(
    house: House, people: dict[str, Visitor], door: Door
) -> None:
    analyst = door(Role.ANALYST)
    assert "/closed" not in look(analyst)
    session = house.raw("SELECT session FROM events WHERE path = '/closed'")[0]["session"]
    assert "This session is not there, or may not be looked at." in look(analyst, session=str(session))
    assert [entry.looked for entry in looks(house)] == [Looked.LISTED]


def test_who_withdraws_profiling_is_shown_singly_no_more(house: House, people: dict[str, Visitor], door: Door) -> None:
    people["open"].decide("save", ["statistics"])
    house.erase()
    analyst = door(Role.ANALYST)
    assert "0 of 2 sessions may be looked at one by one" in analyst.get(PERSONS).text
    assert "/open" not in look(analyst)


def test_a_withdrawal_takes_the_visitor_out_of_the_log(house: House, people: dict[str, Visitor], door: Door) -> None:
    look(door(Role.ANALYST))
    visitor_hash = looks(house)[0].visitor
    assert len(visitor_hash) == 16
    people["open"].decide("withdraw")
    house.erase()
    assert [(entry.reason, entry.visitor) for entry in looks(house)] == [(REASON, b"")]


def test_no_page_names_a_visitor_or_an_address(house: House, people: dict[str, Visitor], door: Door) -> None:
    analyst = door(Role.ANALYST)
    listed = look(analyst)
    pages = listed + look(analyst, session=opened(listed)) + door(Role.OFFICER).get("/looks").text
    for row in house.raw("SELECT DISTINCT toString(visitor) AS visitor, ip FROM events"):
        assert row["visitor"] not in pages
        assert row["ip"] not in pages


def test_the_officer_reads_who_looked(house: House, people: dict[str, Visitor], door: Door) -> None:
    look(door(Role.ANALYST))
    page = door(Role.OFFICER).get("/looks").text
    assert REASON in page
    assert "analyst" in page


def test_a_look_by_another_page_is_refused(house: House, people: dict[str, Visitor], door: Door) -> None:
    analyst = door(Role.ANALYST)
    assert analyst.post(PERSONS, data={"reason": REASON}, headers=OWN).status_code == 400
    token = form_token(analyst.get(PERSONS).text)
    stolen = analyst.post(
        PERSONS, data={"form_token": token, "reason": REASON}, headers={"origin": "https://evil.example"}
    )
    assert stolen.status_code == 400
    assert looks(house) == []


def test_old_looks_are_forgotten(house: House, people: dict[str, Visitor], door: Door) -> None:
    look(door(Role.ANALYST))
    now = house.installation.parts.clock()
    house.installation.parts.looks.forget_before(now)
    assert len(looks(house)) == 1
    house.installation.parts.looks.forget_before(now.replace(year=now.year + 1))
    assert looks(house) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  Why   carts are left ", "Why carts are left"), ("asked by matti@shop.example", "asked by (email)")],
)
def test_a_reason_is_kept_without_addresses(given: str, kept: str) -> None:
    assert checked_reason(given) == kept


@pytest.mark.parametrize("given", ["", "why", "x" * 201])
def test_a_reason_has_to_say_something(given: str) -> None:
    with pytest.raises(ReasonError, match=r"^reason: "):
        checked_reason(given)


def test_who_withdraws_while_looked_at_is_nobody_in_the_log(
    house: House, people: dict[str, Visitor], door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = sessions.listed

    def listed_and_gone(inquiry: Inquiry, agreed: Sequence[str]) -> list[Row]:
        rows = listed(inquiry, agreed)
        people["open"].decide("withdraw")
        return rows

    monkeypatch.setattr(sessions, "listed", listed_and_gone)
    look(door(Role.ANALYST))
    assert [entry.visitor for entry in looks(house)] == [b""]


def shown_singly(house: House, clock: MovingClock) -> tuple[int, int]:
    """How many sessions of the first days may be looked at, and how many are listed."""
    notice = house.notice()
    period = [("period", "custom"), ("from", "2026-11-01"), ("to", "2026-11-03")]
    inquiry = Inquiry(house.installation.parts.reader, parse_selection("shop", notice.site.zone, period, clock()))
    agreed = notice.versions_for("profiling")
    return sessions.openness(inquiry, agreed).open, len(sessions.listed(inquiry, agreed))


def test_who_agreed_to_profiling_is_shown_as_long_as_that_holds(house: House, clock: MovingClock) -> None:
    Visitor.consented(house)
    house.installation.parts.writer.flush()
    assert shown_singly(house, clock) == (1, 1)
    clock.move(days=200)
    assert shown_singly(house, clock) == (0, 0)


def test_who_agreed_to_another_profiling_is_not_shown(open_house: Callable[..., House], clock: MovingClock) -> None:
    house = open_house()
    Visitor.consented(house)
    house.installation.parts.writer.flush()
    house.close()
    house = open_house(controller={"name": "New owner of the shop"})
    assert shown_singly(house, clock) == (0, 0)
