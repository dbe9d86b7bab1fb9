"""Which role reaches which page and export: the whole matrix, and a viewer never reaches a person's row."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from staff import BASE, OWN, PASSWORD, enrol
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from stories import NOW, Story

from suostumus.dashboards.panels import PANELS
from suostumus.server.accounts import AccountError, Accounts, Role
from suostumus.server.ledger import Ledger
from suostumus.server.looks import LookLog
from suostumus.server.notice import build_notice
from suostumus.server.pages import internal_routes
from suostumus.server.settings import parse_settings
from suostumus.server.staff import manage
from suostumus.server.state import State

TOML = b"""
[[sites]]
key = "shop"
name = "Test shop"
origins = ["https://shop.example"]
"""
OPEN = {"/setup/{token}", "/signin", "/language"}
NEEDED = {
    ("GET", "/"): Role.VIEWER,
    ("POST", "/signout"): Role.VIEWER,
    ("GET", "/sites/{site}"): Role.VIEWER,
    ("GET", "/sites/{site}/live"): Role.VIEWER,
    ("GET", "/sites/{site}/{panel}.{form}"): Role.VIEWER,
    ("POST", "/sites/{site}/notebook"): Role.VIEWER,
    ("GET", "/sites/{site}/orders"): Role.VIEWER,
    ("GET", "/sites/{site}/behaviour"): Role.VIEWER,
    ("GET", "/sites/{site}/panels"): Role.VIEWER,
    ("GET", "/sites/{site}/panels/{panel}"): Role.VIEWER,
    ("GET", "/sites/{site}/sessions"): Role.ANALYST,
    ("POST", "/sites/{site}/sessions"): Role.ANALYST,
    ("GET", "/looks"): Role.OFFICER,
    ("GET", "/accounts"): Role.ADMINISTRATOR,
    ("POST", "/accounts"): Role.ADMINISTRATOR,
}
"""The lowest role that reaches each route."""


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Route]]:
    """The internal pages of a shop where one visitor bought something."""
    folder = tmp_path_factory.mktemp("roles")
    ledger = Ledger(folder / "ledger.sqlite")
    story = Story.begin(folder)
    story.event("2026-11-20 14:50", path="/secret-path", country="FI", ip="192.0.2.7")
    story.purchase("2026-11-20 14:55", "ORDER-1", "10.00", ip="192.0.2.7")
    looks = LookLog(ledger, State(ledger))
    accounts = accounts_of(folder)
    settings = parse_settings(TOML, {})
    notices = {site.key: build_notice(settings, site) for site in settings.sites}
    found = internal_routes(settings, story.reader, accounts, looks, notices, clock=lambda: NOW)
    yield [route for route in found if isinstance(route, Route)]
    story.end()
    ledger.close()


def accounts_of(folder: Path) -> Accounts:
    """One account for each role, called like it."""
    accounts = Accounts(folder / "accounts")
    for role in Role:
        enrol(accounts, role, role)
    return accounts


@pytest.fixture(scope="module")
def clients(routes: list[Route]) -> Iterator[dict[Role, TestClient]]:
    """A browser for each role, signed in."""
    opened = {
        role: TestClient(Starlette(routes=routes), base_url=BASE, follow_redirects=False, headers=OWN) for role in Role
    }
    for role, client in opened.items():
        assert client.post("/signin", data={"name": role, "password": PASSWORD}).status_code == 303
    yield opened
    for client in opened.values():
        client.close()


def test_every_route_has_its_place_in_the_matrix(routes: list[Route]) -> None:
    found = {(method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"}}
    assert {key for key in found if key[1] not in OPEN} == set(NEEDED)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_it_needs_and_nothing_above(clients: dict[Role, TestClient], role: Role) -> None:
    order = list(Role)
    for (method, path), needed in NEEDED.items():
        address = path.format(site="shop", panel="pages", form="csv")
        if address == "/signout":
            continue
        answer = clients[role].request(method, address)
        allowed = order.index(role) >= order.index(needed)
        assert (answer.status_code != 403) == allowed, (role, method, path, answer.status_code)


@pytest.mark.parametrize("role", list(Role))
def test_every_export_is_of_sums_and_for_everybody(clients: dict[Role, TestClient], role: Role) -> None:
    for panel in PANELS:
        for form in ("csv", "json", "parquet"):
            answer = clients[role].get(f"/sites/shop/{panel.name}.{form}?period=month")
            assert answer.status_code == 200, (panel.name, form)
            for secret in ("192.0.2.7", "00000000-0000", "ORDER-1"):
                assert secret not in answer.text, (panel.name, form)


def test_a_viewer_sees_no_single_event(clients: dict[Role, TestClient]) -> None:
    viewer, analyst = clients[Role.VIEWER], clients[Role.ANALYST]
    assert viewer.get("/sites/shop/live").json() == {"visitors": 1, "events": []}
    assert len(analyst.get("/sites/shop/live").json()["events"]) == 2
    assert "14:50:00" in analyst.get("/sites/shop").text
    assert "14:50:00" not in viewer.get("/sites/shop").text


def test_a_page_offers_what_the_role_may_open(clients: dict[Role, TestClient]) -> None:
    links = {"/sites/shop/sessions?": Role.ANALYST, "/looks": Role.OFFICER, "/accounts": Role.ADMINISTRATOR}
    for role, client in clients.items():
        page = client.get("/sites/shop").text
        for link, needed in links.items():
            assert (f'href="{link}' in page) == role.includes(needed), (role, link)


def test_accounts_are_managed_at_the_command_line(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)

    def user(what: str, **arguments: str) -> list[str]:
        return manage(accounts, BASE, {"what": what, **arguments})

    assert user("link")[0].startswith(f"{BASE}/setup/")
    (link,) = user("add", name="keeper", role="administrator")
    assert user("list") == ["keeper                   administrator  no password yet"]
    accounts.set_up(link.rpartition("/")[2], "", PASSWORD, PASSWORD)
    assert user("list") == ["keeper                   administrator"]
    user("add", name="helper", role="viewer")
    assert user("role", name="helper", role="analyst") == ["helper is analyst now"]
    assert user("reset", name="helper")[0].startswith(f"{BASE}/setup/")
    assert user("remove", name="helper") == ["helper is removed"]
    assert user("list") == ["keeper                   administrator"]
    for wrong in (
        {"what": "add", "name": "x", "role": "king"},
        {"what": "remove", "name": "nobody"},
        {"what": "dance"},
    ):
        with pytest.raises(AccountError):
            manage(accounts, BASE, wrong)
