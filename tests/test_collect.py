"""The way of an event, through the public door into ClickHouse."""

from decimal import Decimal

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


def _order(**changes: object) -> JsonObject:
    """What the script sends of an order: every value as a text."""
    item = {"item_id": "7", "price": "24.95", "quantity": "2", "discount": "1.5"}
    return {"ecommerce": {"currency": "EUR", "value": "49.90", "tax": "10", "items": [item]} | changes}


def _spoil(order: JsonObject, field: str, value: object) -> str:
    """Put a value in a field of the order or of its item; the name of its column."""
    *item, name = field.split(".")
    target = order["ecommerce"]["items"][0] if item else order["ecommerce"]
    target[name] = value
    return f"items.{name}" if item else name


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize(
    ("field", "text", "read"),
    [
        ("value", "49.90", 49.9),
        ("value", " 49,9 ", 49.9),
        ("value", "-3", -3),
        ("currency", "sek", "SEK"),
        ("items[0].price", "1,25", [1.25]),
        ("items[0].quantity", "1.5", [2]),
        ("items[0].quantity", "0,4", [0]),
    ],
)
def test_amounts_are_read_as_shops_write_them(house: House, field: str, text: str, read: object) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    order = _order()
    column = _spoil(order, field, text)
    [answer] = visitor.send(visitor.event("purchase") | order).json()["events"]
    assert (answer["result"], "error" in answer) == ("stored", False)
    (row,) = house.rows("events")
    assert _plain(row[column]) == read


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("tax", ""),
        ("tax", "1.299,00"),
        ("tax", "much"),
        ("shipping", "NaN"),
        ("shipping", "1000000000000"),
        ("items[0].price", "1e999"),
        ("items[0].quantity", "-1"),
        ("items[0].quantity", "1000001"),
        ("items[0].discount", "1_000,5"),
    ],
)
def test_a_text_that_is_no_amount_is_left_out_and_named(house: House, field: str, text: str) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    order = _order()
    column = _spoil(order, field, text)
    answers = visitor.send(visitor.event(), visitor.event("purchase") | order).json()["events"]
    assert [answer["result"] for answer in answers] == ["stored", "stored"]
    assert answers[1]["error"] == f"events[1].ecommerce.{field}: not readable, left out"
    row = next(row for row in house.rows("events") if row["name"] == "purchase")
    default = 1 if column == "items.quantity" else 0
    assert _plain(row[column]) == ([default] if "items" in column else default)
    assert row["currency"] == "EUR"


def test_why_an_event_is_refused_is_told_before_what_was_left_out(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    elsewhere = visitor.event("purchase", url="https://elsewhere.example/") | _order(tax="much")
    [answer] = visitor.send(elsewhere).json()["events"]
    assert (answer["reason"], answer["error"]) == ("invalid", "events[0].url: not on one of the site's origins")


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", 1.5), ("quantity", None), ("price", True), ("price", ["1"]), ("discount", 1e12), ("item_id", 7)],
)
def test_a_value_of_another_type_is_no_slip_of_a_shop(house: House, field: str, value: object) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    order = _order(tax="much")
    order["ecommerce"]["items"][0][field] = value
    [answer] = visitor.send(visitor.event("purchase") | order).json()["events"]
    assert (answer["result"], answer["reason"]) == ("dropped", "invalid")
    assert house.rows("events") == []


def test_an_amount_without_currency_is_named(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    [answer] = visitor.send(visitor.event("purchase") | _order(currency="euro")).json()["events"]
    assert answer["result"] == "dropped"
    assert "currency" in answer["error"]


def test_the_answer_says_when_the_consent_has_ended_and_what_the_token_is_good_for(house: House) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    assert "ended" not in visitor.send(visitor.event()).json()
    assert "ended" not in visitor.send(visitor.event() | {"time": "now"}).json()
    earlier = visitor.token
    visitor.decide("save", ["statistics"])
    current, visitor.token = visitor.token, earlier
    assert visitor.send(visitor.event()).json()["ended"] == "withdrawable"
    visitor.token = current
    visitor.decide("withdraw")
    visitor.token = current
    assert visitor.send(visitor.event()).json()["ended"] == "spent"


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
    assert house.shown("SELECT count() AS n FROM events WHERE <shown>")[0]["n"] == 1
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
