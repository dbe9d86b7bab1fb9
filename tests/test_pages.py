"""The internal pages: everything in the address, an answer to every mistake."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from html import unescape

import pytest
from doors import OpenDoor, Tags, Unreachable
from staff import sign_in
from starlette.testclient import TestClient
from stories import Story

from suostumus.dashboards.panels import PANELS
from suostumus.dashboards.rows import Row
from suostumus.geo.download import ATTRIBUTION
from suostumus.server.accounts import Accounts
from suostumus.server.internal import HEADERS
from suostumus.server.store import StoreError


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
    items = [("64", "Desk lamp", "", "", "10", 1), ("", "Without a number", "", "", "10", 1)]
    story.event("2026-11-02 10:01", name="view_item", items=items)
    filtered = door.get(f"/sites/shop{path}?period=month&item=64&item=no-such&item=&country=SE").text
    for shown in ("Desk lamp, 64", "no-such", "(none)"):
        assert f"Remove the filter Item: {shown}" in filtered


class Altered:
    """A shop's database, but for one query."""

    def __init__(self, story: Story, part: str, answer: Callable[[], list[Row]]) -> None:
        self._reader = story.reader
        self._part = part  # of the query's text
        self._answer = answer

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[Row]:
        return self._answer() if self._part in sql else self._reader.rows(sql, parameters)

    def counts(self, sql: str, parameters: Mapping[str, object]) -> list[Row]:
        return self._reader.counts(sql, parameters)


def fail() -> list[Row]:
    """Answer as a query that broke."""
    raise StoreError("query failed")


def test_a_page_does_without_names_of_filters(
    open_door: OpenDoor, story: Story, accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    with open_door(Altered(story, "AS called", fail), accounts) as client:
        page = sign_in(client, accounts).get("/sites/shop/orders?period=month&item=64")
    assert page.status_code == 200
    assert "Remove the filter Item: 64" in page.text
    assert "filters are shown without names: query failed" in caplog.messages


def test_how_many_sessions_may_be_looked_at_is_written_like_other_numbers(
    open_door: OpenDoor, story: Story, accounts: Accounts
) -> None:
    many = Altered(story, "AS open", lambda: [{"sessions": 12_345, "open": 6_789}])
    with open_door(many, accounts) as client:
        page = sign_in(client, accounts).get("/sites/shop/sessions")
    assert "6\u202f789 of 12\u202f345 sessions" in page.text


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
