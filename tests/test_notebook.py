"""Saved views and notes on days: kept for the whole shop, by forms of its own pages only."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from house import House
from staff import BASE, OWN, sign_in
from starlette.testclient import TestClient

from suostumus.server.accounts import Accounts, Role
from suostumus.server.app import internal_app

PAGE = "/sites/shop?period=7d&country=FI"
KEEP = "/sites/shop/notebook"


@pytest.fixture
def viewer(house: House) -> Iterator[TestClient]:
    """A viewer, signed in."""
    accounts = Accounts(house.data)
    app = internal_app(house.installation, accounts)
    client = TestClient(app, base_url=BASE, follow_redirects=False, client=("127.0.0.1", 50000))
    yield sign_in(client, accounts, Role.VIEWER)
    client.close()


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def keep(client: TestClient, **given: str) -> int:
    page = client.get(PAGE).text
    form = {"form_token": field(page, "form_token"), "next": PAGE, "path": "", "query": field(page, "query"), **given}
    answer = client.post(KEEP, data=form, headers=OWN)
    if answer.status_code == 303:
        assert answer.headers["location"] == PAGE
    return answer.status_code


def test_a_view_is_saved_opened_and_removed(viewer: TestClient) -> None:
    assert keep(viewer, action="save_view", name="Finland, a <week>") == 303
    page = viewer.get("/sites/shop").text
    link = re.search(r'<a href="([^"]+)">Finland, a &lt;week&gt;</a>', page)
    assert link
    opened = viewer.get(unescape(link[1])).text
    assert "Remove the filter Country: Finland" in opened
    assert keep(viewer, action="drop_view", number=field(opened, "number")) == 303
    assert "Finland, a" not in viewer.get("/sites/shop").text


def test_a_note_stands_on_its_day_and_in_the_chart(viewer: TestClient) -> None:
    assert keep(viewer, action="write_note", day="2026-11-01", text="Autumn sale began") == 303
    page = viewer.get(PAGE).text
    assert "Autumn sale began" in page
    assert "1 Nov 2026" in page
    assert len(re.findall('class="noted"', page)) == 1
    assert "Autumn sale began" not in viewer.get("/sites/shop?period=today").text
    assert "Autumn sale began" not in viewer.get("/sites/other?period=7d").text
    assert keep(viewer, action="drop_note", number=field(page, "number")) == 303
    assert "Autumn sale began" not in viewer.get(PAGE).text


@pytest.mark.parametrize(
    "given",
    [
        {"action": "save_view", "name": " "},
        {"action": "save_view", "name": "x" * 61},
        {"action": "save_view", "name": "x", "path": "/../accounts"},
        {"action": "save_view", "name": "x", "form_token": "made up"},
        {"action": "write_note", "day": "soon", "text": "x"},
        {"action": "write_note", "day": "2026-11-01", "text": ""},
        {"action": "drop_note", "number": "x"},
        {"action": "dance"},
    ],
)
def test_what_cannot_be_kept_is_told(viewer: TestClient, given: dict[str, str]) -> None:
    assert keep(viewer, **given) == 400
