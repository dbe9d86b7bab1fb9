"""The way of an event, through the public door into ClickHouse."""

import pytest
from house import House, JsonObject, Visitor


def test_page_view_with_consent_is_stored_with_its_place_and_browser(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    page = visitor.event(path="/p/1?utm_source=news&email=a@b.example#top", referrer="https://search.example/q?x=1")
    assert visitor.results(page) == ["stored"]
    (row,) = house.rows("events")
    assert row["url"] == "https://shop.example/p/1?utm_source=news"
    assert (row["country"], row["region"], row["city"]) == ("FI", "FI-18", "Helsinki")
    assert (row["browser"], row["browser_version"], row["system"], row["device"]) == (
        "Chrome",
        "140",
        "Windows",
        "desktop",
    )
    assert row["referrer_url"] == "https://search.example/q"
    assert row["ip"] == "192.0.2.10"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("file_download", {"link_url": "https://shop.example/guide.pdf"}),
        ("view_search_results", {"search_term": "boots"}),
        ("scroll", {"percent_scrolled": 70}),
        ("user_engagement", {"engagement_time_msec": 12_500}),
        ("web_vitals", {"metric_name": "CLS", "metric_value": 0.25}),
        ("exception", {"error_kind": "TypeError", "error_host": "cdn.example", "error_line": 17}),
        ("page_not_found", {}),
    ],
)
def test_what_the_browser_measured_is_stored(house: House, name: str, fields: JsonObject) -> None:
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    assert visitor.results(visitor.event(name) | fields) == ["stored"]
    [row] = house.rows("events")
    assert {key: row[key] for key in ["name", *fields]} == {"name": name, **fields}
    assert house.raw("SELECT count() AS shown FROM visible_events WHERE error_line = error_line")[0]["shown"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("percent_scrolled", 101),
        ("engagement_time_msec", -1),
        ("metric_name", "FID"),
        ("metric_value", -0.1),
        ("error_kind", "anna@example.com"),
        ("error_host", "cdn.example/anna?x=1"),
        ("error_line", "17"),
        ("error_message", "anna"),
    ],
)
def test_a_measurement_of_another_shape_is_dropped(house: House, field: str, value: object) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    [answer] = visitor.send(visitor.event("exception") | {field: value}).json()["events"]
    assert answer["reason"] == "invalid"
    assert field in answer["error"]
    assert house.rows("events") == []


def test_page_view_without_consent_is_dropped(house: House) -> None:
    visitor = Visitor(house)
    assert visitor.results(visitor.event()) == ["no_token"]
    visitor.decide("reject")
    assert visitor.token is None
    assert visitor.results(visitor.event()) == ["no_token"]
    assert house.rows("events") == []
    assert house.counts("dropped") == {"no_token": 2}


def test_repeated_event_is_stored_once(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    page = visitor.event()
    assert visitor.results(page, page) == ["stored", "duplicate"]
    assert visitor.results(page) == ["duplicate"]
    house.installation.parts.writer.flush()
    assert visitor.results(page) == ["duplicate"]
    assert len(house.rows("events")) == 1


def test_invalid_event_spares_its_neighbours(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    answer = visitor.send(visitor.event(), visitor.event(colour="red"), visitor.event(path="/" + "x" * 3000)).json()
    assert [event["result"] for event in answer["events"]] == ["stored", "dropped", "dropped"]
    assert answer["events"][1]["error"] == "events[1].colour: unknown field"
    assert answer["events"][2]["error"].startswith("events[2].url: expected `str` of length <= 2048")
    assert len(house.rows("events")) == 1


def test_withdrawn_visitor_is_gone_and_refused(house: House) -> None:
    visitor, neighbour = Visitor(house), Visitor(house)
    for browser in (visitor, neighbour):
        browser.decide("accept")
        assert browser.results(browser.event()) == ["stored"]
    token = visitor.token
    house.installation.parts.writer.flush()
    assert visitor.decide("withdraw").status_code == 200
    assert house.raw("SELECT count() AS n FROM visible_events")[0]["n"] == 1
    visitor.token = token
    assert visitor.results(visitor.event()) == ["withdrawn"]
    house.erase()
    assert len(house.rows("events")) == 1
    assert house.raw("SELECT count() AS n FROM pending")[0]["n"] == 0
    assert house.installation.verify().is_clean


def test_rows_go_to_the_engine_without_a_file_on_the_way(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")  # what a killed process leaves there nobody erases
    visitor = Visitor(house)
    visitor.decide("accept")
    event = visitor.event()
    assert visitor.results(event) == ["stored"]
    assert [str(row["event"]) for row in house.rows("events")] == [event["id"]]
