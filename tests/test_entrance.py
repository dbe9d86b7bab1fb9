"""Nothing without a session, and no way around the password: who may come in, and out."""

from pathlib import Path

import pytest
from doors import OpenDoor, Silent, Tags, Unreachable, routes_of
from staff import BASE, OWN, PASSWORD, enrol, sign_in
from starlette.routing import Mount, Route

from suostumus.server.accounts import Accounts, Role
from suostumus.server.desk import COOKIE
from suostumus.server.signin import Sessions

OPEN = {"/signin", "/setup/{token}", "/language"}


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
