"""The internal pages: nothing without a session, everything in the address, an answer to every mistake."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from staff import BASE, OWN, PASSWORD, enrol, sign_in
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient
from stories import NOW, Story

from suostumus.dashboards.panels import PANELS
from suostumus.dashboards.rows import Row
from suostumus.geo.download import ATTRIBUTION
from suostumus.server.accounts import Accounts, Role
from suostumus.server.desk import COOKIE
from suostumus.server.internal import HEADERS
from suostumus.server.ledger import Ledger
from suostumus.server.looks import LookLog
from suostumus.server.pages import internal_routes
from suostumus.server.settings import Settings, parse_settings
from suostumus.server.signin import Sessions
from suostumus.server.state import State
from suostumus.server.store import StoreError

TOML = b"""
[[sites]]
key = "shop"
name = "Test shop"
origins = ["https://shop.example"]
"""
OPEN = {"/signin", "/setup/{token}", "/language"}

OpenDoor = Callable[..., TestClient]


class Unreachable:
    """A database that does not answer."""

    def rows(self, _sql: str, _parameters: Mapping[str, object]) -> list[Row]:
        raise StoreError("cannot open ClickHouse")

    counts = rows


class Silent:
    """A database that must not be asked."""

    def rows(self, sql: str, _parameters: Mapping[str, object]) -> list[Row]:
        raise AssertionError(sql)

    counts = rows


class Tags(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def settings() -> Settings:
    return parse_settings(TOML, {})


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "accounts")


@pytest.fixture
def open_door(tmp_path: Path) -> Iterator[OpenDoor]:
    """Opens the internal pages in front of a database."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    looks = LookLog(ledger, State(ledger))

    def opener(reader: Any, accounts: Accounts, base: str = BASE) -> TestClient:
        routes = internal_routes(settings(), reader, accounts, looks, clock=lambda: NOW)
        return TestClient(Starlette(routes=routes), base_url=base, follow_redirects=False)

    yield opener
    ledger.close()


def routes_of(client: TestClient) -> list[BaseRoute]:
    """The routes behind a door."""
    app = client.app
    assert isinstance(app, Starlette)
    return app.routes


@pytest.fixture
def door(open_door: OpenDoor, story: Story, accounts: Accounts) -> Iterator[TestClient]:
    """An analyst who signed in, in front of a small shop."""
    story.event("2026-11-02 10:00", path="/<b>bold</b>", country="FI", channel="email", city="Turku")
    story.purchase("2026-11-02 10:05", "A1", "1234.50", country="FI")
    story.event("2026-11-20 14:50", visitor=2, session=2, country="SE", channel="direct", ip="192.0.2.7")
    with open_door(story.reader, accounts) as client:
        yield sign_in(client, accounts)


def test_no_route_answers_without_a_session(open_door: OpenDoor, accounts: Accounts) -> None:
    client = open_door(Silent(), accounts)
    routes = routes_of(client)
    guarded = [route for route in routes if isinstance(route, Route) and route.path not in OPEN]
    assert len(guarded) == len(routes) - len(OPEN) - 1
    for route in guarded:
        address = route.path.format(site="shop", panel="pages", form="csv")
        for method in route.methods or ():
            for cookie in ("", f"{COOKIE}=made-up"):
                answer = client.request(method, address, headers={"cookie": cookie} | OWN)
                allowed = answer.headers.get("location", "").startswith("/signin?next=")
                assert answer.status_code == 401 or (answer.status_code == 303 and allowed), (method, address)


def test_only_style_and_script_are_served_without_a_session(open_door: OpenDoor, accounts: Accounts) -> None:
    client = open_door(Silent(), accounts)
    (mount,) = [route for route in routes_of(client) if isinstance(route, Mount)]
    assert mount.path == "/static"
    assert client.get("/static/dashboard.css").headers["content-type"].startswith("text/css")
    assert client.get("/static/../pages.py").status_code == 404
    assert client.get("/static/%2e%2e/pages.py").status_code == 404


def test_every_answer_has_strict_headers(door: TestClient) -> None:
    addresses = ["/", "/signin", "/setup/x", "/sites/shop", "/sites/nowhere", "/sites/shop?period=soon"]
    addresses += ["/sites/shop/live", "/sites/shop/pages.csv", "/static/dashboard.css"]
    for address in addresses:
        answer = door.get(address)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, address


def test_pages_need_no_exception_from_the_content_security_policy(door: TestClient) -> None:
    for address in ("/sites/shop", "/signin", "/setup/x"):
        tags = Tags(door.get(address).text).found
        assert tags
        for tag, attributes in tags:
            assert tag != "style"
            assert not [name for name in attributes if name == "style" or name.startswith("on")], (tag, attributes)
            assert tag != "script" or str(attributes.get("src")).startswith("/static/")


def test_a_cookie_is_for_this_server_only(open_door: OpenDoor, accounts: Accounts) -> None:
    enrol(accounts, "analyst", Role.ANALYST)
    for base, secure in ((BASE, False), ("https://stats.shop.example", True)):
        client = open_door(Silent(), accounts, base)
        answer = client.post("/signin", data={"name": "analyst", "password": PASSWORD}, headers={"origin": base})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/" in cookie
        assert ("secure" in cookie) is secure


def test_signing_in_goes_on_to_our_own_pages_only(open_door: OpenDoor, accounts: Accounts) -> None:
    enrol(accounts, "analyst", Role.ANALYST)
    client = open_door(Silent(), accounts)
    asked = client.get("/sites/shop?country=FI").headers["location"]
    page = client.get(asked)
    targets = [tag.get("value") for name, tag in Tags(page.text).found if name == "input" and tag["name"] == "next"]
    assert targets[-1] == "/sites/shop?country=FI"
    for hostile in ("//evil.example", "https://evil.example", "/\\evil.example", "", "/\nx"):
        given = {"name": "analyst", "password": PASSWORD, "next": hostile}
        assert client.post("/signin", data=given, headers=OWN).headers["location"] == "/"


def test_a_wrong_password_says_neither_which_nor_why(open_door: OpenDoor, accounts: Accounts) -> None:
    enrol(accounts, "analyst", Role.ANALYST)
    client = open_door(Silent(), accounts)
    answers = [
        client.post("/signin", data={"name": name, "password": "wrong"}, headers=OWN) for name in ("analyst", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].text.replace("analyst", "") == answers[1].text.replace("nobody", "")


def test_too_many_failures_are_told_to_wait(open_door: OpenDoor, tmp_path: Path) -> None:
    client = open_door(Silent(), Accounts(tmp_path / "standing", clock=lambda: 1_790_000_000.0))
    answers = [client.post("/signin", data={"name": "x", "password": "wrong"}, headers=OWN) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429]
    assert "Try again in 1 seconds" in answers[-1].text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": BASE, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_forms_of_other_pages_are_refused(open_door: OpenDoor, accounts: Accounts, headers: dict[str, str]) -> None:
    enrol(accounts, "analyst", Role.ANALYST)
    client = open_door(Silent(), accounts)
    answer = client.post("/signin", data={"name": "analyst", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"x" * 9000, b"name=%ff", b"\xff", b"&".join([b"a=b"] * 11)])
def test_unreadable_forms_are_refused(open_door: OpenDoor, accounts: Accounts, body: bytes) -> None:
    assert open_door(Silent(), accounts).post("/signin", content=body, headers=OWN).status_code == 400


def test_signing_out_needs_the_sessions_own_form(open_door: OpenDoor, accounts: Accounts) -> None:
    client = sign_in(open_door(Unreachable(), accounts), accounts)
    sessions = Sessions(accounts)
    session = sessions.session(client.cookies[COOKIE])
    assert session
    assert client.post("/signout", data={"form_token": "made up"}, headers=OWN).status_code == 400
    assert client.post("/signout", data={"form_token": session.form_token}).status_code == 400
    assert sessions.session(session.token)
    answer = client.post("/signout", data={"form_token": session.form_token}, headers=OWN)
    assert answer.headers["location"] == "/signin"
    assert sessions.session(session.token) is None


def test_the_setup_page_makes_the_first_administrator_once(open_door: OpenDoor, accounts: Accounts) -> None:
    client = open_door(Silent(), accounts)
    link = accounts.setup_link("")
    assert link
    assert client.get(link).status_code == 200
    short = client.post(link, data={"name": "keeper", "password": "short", "repeated": "short"}, headers=OWN)
    assert short.status_code == 400
    assert "password: shorter than 12 characters" in short.text
    assert 'value="keeper"' in short.text
    given = {"name": "keeper", "password": PASSWORD, "repeated": PASSWORD}
    assert client.post(link, data=given, headers=OWN).headers["location"] == "/signin"
    assert client.post("/signin", data=given, headers=OWN).status_code == 303
    assert client.get(link).status_code == 404
    assert client.post(link, data=given, headers=OWN).status_code == 404


def test_one_site_needs_no_list(door: TestClient) -> None:
    assert door.get("/").headers["location"] == "/sites/shop"


def test_a_dashboard_shows_figures_and_attribution(door: TestClient) -> None:
    page = door.get("/sites/shop?period=month")
    assert page.status_code == 200
    assert "Finland" in page.text
    assert "1\u202f234.50" in page.text
    assert ATTRIBUTION in page.text


def test_what_visitors_sent_is_escaped(door: TestClient) -> None:
    text = door.get("/sites/shop?period=month").text
    assert "&lt;b&gt;bold" in text
    assert "<b>bold" not in text


def test_clicking_a_row_filters_and_a_chip_takes_the_filter_away(door: TestClient) -> None:
    page = door.get("/sites/shop?period=month").text
    link = re.search(r'href="(\?[^"]*)" title="Finland"', page)
    assert link
    filtered = door.get("/sites/shop" + unescape(link[1])).text
    assert "Remove the filter Country: Finland" in filtered
    assert 'title="Sweden"' not in filtered
    chip = re.search(r'href="(\?[^"]*)" aria-label="Remove the filter Country', filtered)
    assert chip
    assert 'title="Sweden"' in door.get("/sites/shop" + unescape(chip[1])).text


@pytest.mark.parametrize("path", ["", "/orders", "/behaviour", "/panels/products", "/sessions"])
def test_a_filter_by_a_product_shows_its_name(door: TestClient, story: Story, path: str) -> None:
    story.event("2026-11-02 10:01", name="view_item", items=[("64", "Desk lamp", "", "", "10", 1)])
    filtered = door.get(f"/sites/shop{path}?period=month&item=64&item=no-such").text
    assert "Remove the filter Item: Desk lamp, 64" in filtered
    assert "Remove the filter Item: no-such" in filtered


def test_page_csv_and_json_agree(door: TestClient) -> None:
    for panel in PANELS:
        address = f"/sites/shop/{panel.name}"
        as_json = door.get(f"{address}.json?period=month").json()
        as_csv = door.get(f"{address}.csv?period=month")
        assert as_csv.headers["content-disposition"].startswith(f'attachment; filename="shop-{panel.name}-')
        assert len(list(csv.reader(io.StringIO(as_csv.text, newline="")))) == len(as_json) + 1
    pages = door.get("/sites/shop/pages.json?period=month").json()
    shown = door.get("/sites/shop?period=month").text
    assert {row["value"] for row in pages} == {"/<b>bold</b>", "/"}
    assert all(unescape(shown).count(f'title="{row["value"]}"') for row in pages)
    assert door.get("/sites/shop/pages.xml").status_code == 404
    assert door.get("/sites/shop/nothing.csv").status_code == 404


@pytest.mark.parametrize("address", ["/sites/shop", "/sites/shop/pages.csv", "/sites/shop/pages.json"])
def test_a_wrong_parameter_is_named(door: TestClient, address: str) -> None:
    for query, parameter in (("period=soon", "period: "), ("what=1", "what: "), ("from=x", "from"), ("x%ff=%00", "x")):
        answer = door.get(f"{address}?{query}")
        assert answer.status_code == 400, query
        assert parameter in answer.text, query


def test_a_database_that_does_not_answer_is_told_on_a_page(open_door: OpenDoor, accounts: Accounts) -> None:
    client = sign_in(open_door(Unreachable(), accounts), accounts)
    page = client.get("/sites/shop?country=FI")
    assert page.status_code == 503
    assert "The database does not answer" in page.text
    assert "country=FI" in page.text
    assert client.get("/sites/shop/live").json() == {"error": "the database does not answer"}
    assert client.get("/sites/shop/pages.csv").status_code == 503


def test_unknown_sites_are_told_on_a_page(door: TestClient) -> None:
    assert door.get("/sites/nowhere").status_code == 404
    assert door.get("/sites/nowhere/live").status_code == 404
    assert door.get("/sites/nowhere/pages.csv").status_code == 404


def test_live_figures_hold_no_id_and_no_address(door: TestClient) -> None:
    answer = door.get("/sites/shop/live")
    assert answer.json()["visitors"] == 1
    assert answer.json()["events"] == [
        {"time": "14:50:00", "name": "Viewed a page", "path": "/", "country": "Sweden", "browser": "(unknown)"}
    ]
    for text in (answer.text, door.get("/sites/shop").text):
        assert "192.0.2.7" not in text
        assert "00000000-0000" not in text


def test_an_empty_period_has_words_for_it(door: TestClient) -> None:
    text = door.get("/sites/shop?period=custom&from=2026-01-01&to=2026-01-02&country=FI").text
    assert "There is nothing to show of this period with these filters." in text
    assert "No order and no refund in this period." in text


def test_every_input_has_a_label(door: TestClient) -> None:
    for address in ("/sites/shop", "/signin"):
        tags = Tags(door.get(address).text).found
        labelled = {attributes.get("for") for tag, attributes in tags if tag == "label"}
        lie_within_their_labels = {"from", "to", "day", "text"}
        for tag, attributes in tags:
            if (
                tag == "input"
                and attributes.get("type") != "hidden"
                and attributes["name"] not in lie_within_their_labels
            ):
                assert attributes.get("aria-label") or attributes["id"] in labelled
