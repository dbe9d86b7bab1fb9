"""The demonstration's visitors."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import msgspec
import netaddr
import pytest
from mmdb_writer import MMDBWriter

from suostumus.demo.addresses import addresses_of
from suostumus.demo.audience import load_audience
from suostumus.demo.recorder import ORDERS, Tag
from suostumus.demo.traffic import DemoVisit, in_order, visits
from suostumus.server.browsers import Device, read_browser
from suostumus.server.events import Channel, EventName
from suostumus.server.messages import decode_orders
from suostumus.server.orders import OrderMessage
from suostumus.server.referrers import channel_of, read_referrer

TAG = Tag(
    site="demo",
    origin="http://shop.example",
    notice="0" * 16,
    shown={"fi": "1" * 16, "sv": "2" * 16, "en": "3" * 16},
    purposes=("statistics", "marketing", "personalisation", "profiling"),
)
START = date(2026, 10, 12)  # a Monday, two weeks before the clocks change
HELSINKI = ZoneInfo("Europe/Helsinki")


class _Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    site: Literal["demo"]


class _Consent(_Body, kw_only=True):
    action: Literal["accept", "reject", "save", "withdraw"]
    purposes: list[Literal["statistics", "marketing", "personalisation", "profiling"]]
    decision: str
    notice: str
    shown: str
    language: Literal["fi", "sv", "en"]
    layout: Literal["bar"]
    surface: Literal["banner", "preferences", "control", "page"]
    method: Literal["click"]


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    item_id: str
    item_name: str
    item_brand: str
    item_category: str
    price: float
    quantity: int


class _Ecommerce(msgspec.Struct, forbid_unknown_fields=True):
    currency: Literal["EUR"]
    items: list[_Item]
    value: float = 0
    tax: float = 0
    shipping: float = 0
    transaction_id: str = ""
    payment_type: str = ""
    shipping_tier: str = ""


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    session: str
    name: EventName
    time: int
    url: str
    title: str
    referrer: str = ""
    link_url: str = ""
    search_term: str = ""
    error_kind: str = ""
    customer: str = ""
    ecommerce: _Ecommerce | None = None


class _Events(_Body, kw_only=True):
    sent: int
    events: list[_Event]


@cache
def two_weeks() -> tuple[DemoVisit, ...]:
    return tuple(visits(7, START, 14, {}, TAG))


def decoded_events(visit: DemoVisit) -> Iterator[_Event]:
    for post in visit.posts:
        if post.path == "/api/events":
            yield from msgspec.convert(post.body, _Events).events


def names_of(visit: DemoVisit) -> set[EventName]:
    return {event.name for event in decoded_events(visit)}


def test_one_seed_gives_the_same_weeks_and_another_gives_others() -> None:
    assert tuple(islice(visits(7, START, 14, {}, TAG), 500)) == two_weeks()[:500]
    assert tuple(islice(visits(8, START, 14, {}, TAG), 500)) != two_weeks()[:500]


def test_bodies_are_those_of_the_wire() -> None:
    for visit in two_weeks():
        for post in visit.posts:
            body = msgspec.json.decode(msgspec.json.encode(post.body))
            if post.path == "/api/consent":
                consent = msgspec.convert(body, _Consent)
                assert consent.shown == TAG.shown[consent.language]
                assert bool(consent.purposes) == (consent.action == "save")
            elif post.path == ORDERS:
                assert isinstance(decode_orders(msgspec.json.encode(post.body), 1).orders[0], OrderMessage)
            else:
                assert post.path == "/api/events"
                sent = msgspec.convert(body, _Events)
                assert 0 < len(sent.events) <= 50
                assert all(0 <= sent.sent - event.time < 3_600_000 for event in sent.events)


def test_no_event_is_sent_before_the_consent_and_none_after_a_refusal_or_withdrawal() -> None:
    granted: dict[int, bool] = {}
    for visit, post in in_order(iter(two_weeks())):
        if post.path == "/api/consent":
            granted[visit.visitor] = post.body["action"] in {"accept", "save"}
        elif post.path != ORDERS:
            assert granted[visit.visitor]


def test_page_of_the_decision_counts_for_what_it_is_only() -> None:
    at_decision: Counter[str] = Counter()
    for visit in two_weeks():
        for decision, after in pairwise(visit.posts):
            if decision.path == "/api/consent" and after.path == "/api/events":
                moment = int(decision.at.timestamp() * 1000)
                sent = msgspec.convert(after.body, _Events)
                at_decision.update(event.name for event in sent.events if event.time == moment)
    assert set(at_decision) == {"page_view", "view_item"}


def test_event_ids_and_decisions_are_never_used_twice() -> None:
    ids = [event.id for visit in two_weeks() for event in decoded_events(visit)]
    ids += [str(post.body["decision"]) for visit in two_weeks() for post in visit.posts if "decision" in post.body]
    assert len(ids) == len(set(ids))


def test_requests_come_in_order_of_time() -> None:
    posts = list(in_order(iter(two_weeks())))
    assert len(posts) == sum(len(visit.posts) for visit in two_weeks())
    assert all(earlier.at <= later.at for (_, earlier), (_, later) in pairwise(posts))
    assert all(post.at >= visit.begins for visit, post in posts)


def test_days_have_four_to_eight_hundred_visits_and_sundays_more_than_saturdays() -> None:
    days = Counter(visit.begins.astimezone(HELSINKI).date() for visit in two_weeks())
    assert sorted(days) == [START + timedelta(days=day) for day in range(14)]
    assert all(400 <= count <= 800 for count in days.values())
    weekdays = Counter(visit.begins.astimezone(HELSINKI).weekday() for visit in two_weeks())
    assert weekdays[6] > weekdays[5]


def test_evenings_are_busier_than_nights() -> None:
    hours = Counter(visit.begins.astimezone(HELSINKI).hour for visit in two_weeks())
    assert sum(hours[hour] for hour in (19, 20, 21)) > 20 * sum(hours[hour] for hour in (2, 3, 4))


def test_visitors_accept_choose_refuse_and_withdraw() -> None:
    actions = Counter(
        post.body["action"] for visit in two_weeks() for post in visit.posts if post.path == "/api/consent"
    )
    assert actions["accept"] > actions["reject"] > actions["save"] > actions["withdraw"] > 0


def test_carts_are_abandoned_at_every_step() -> None:
    steps = [EventName.ADD_TO_CART, EventName.BEGIN_CHECKOUT, EventName.ADD_SHIPPING_INFO]
    steps += [EventName.ADD_PAYMENT_INFO, EventName.PURCHASE]
    reached = Counter(name for visit in two_weeks() for name in names_of(visit))
    assert all(reached[before] > reached[after] > 0 for before, after in pairwise(steps))
    assert reached[EventName.REFUND] > 0


def test_what_goes_wrong_is_told_and_seldom_ends_in_an_order() -> None:
    told: Counter[tuple[str, bool]] = Counter()
    for visit in two_weeks():
        events = list(decoded_events(visit))
        ordered = any(event.name == EventName.PURCHASE for event in events)
        told.update((event.error_kind, ordered) for event in events if event.name == EventName.EXCEPTION)
    assert {kind for kind, _ in told} == {"CouponRefused", "PaymentRefused"}
    assert told["PaymentRefused", False] > told["PaymentRefused", True]


def test_abandoned_orders_are_recovered_by_visitors_who_come_back() -> None:
    carts: set[int] = set()
    recovered = 0
    for visit in two_weeks():
        names = names_of(visit)
        recovered += visit.visitor in carts and EventName.PURCHASE in names
        if EventName.PURCHASE in names:
            carts.discard(visit.visitor)
        elif EventName.ADD_TO_CART in names:
            carts.add(visit.visitor)
    assert recovered > 0


def test_refund_is_of_an_order_of_the_same_visitor() -> None:
    orders: dict[str, int] = {}
    refunds = 0
    for visit in two_weeks():
        for event in decoded_events(visit):
            if event.ecommerce and event.name == EventName.PURCHASE:
                orders[event.ecommerce.transaction_id] = visit.visitor
            if event.ecommerce and event.name == EventName.REFUND:
                refunds += orders.get(event.ecommerce.transaction_id) == visit.visitor
    assert refunds > 0


def test_visits_come_by_every_channel() -> None:
    channels = set()
    for visit in two_weeks():
        for event in decoded_events(visit):
            if event.name == EventName.PAGE_VIEW:
                parameters = dict(parse_qsl(urlsplit(event.url).query))
                referrer = read_referrer(event.referrer, frozenset({"shop.example"}))
                medium = parameters.get("utm_medium", "")
                channels.add(channel_of(referrer, parameters.get("utm_source", ""), medium))
    assert channels == set(Channel)


def test_every_browser_is_one_of_a_person() -> None:
    browsers = [read_browser(browser.user_agent) for browser in load_audience().browsers]
    assert not any(browser.is_bot for browser in browsers)
    assert {browser.device for browser in browsers} == {Device.DESKTOP, Device.MOBILE, Device.TABLET}


def test_addresses_are_those_of_the_networks() -> None:
    networks = {"FI": [IPv4Address("203.0.113.7")]}
    seen = {visit.address for visit in islice(visits(1, START, 1, networks, TAG), 300)}
    elsewhere = seen - {IPv4Address("203.0.113.7")}
    assert len(elsewhere) < len(seen)
    assert all(address in IPv4Network("198.51.100.0/24") for address in elsewhere)


@pytest.fixture
def half_the_world(tmp_path: Path) -> Path:
    """A database in which Finland is half of the addresses, Sweden a quarter without cities."""
    writer = MMDBWriter(6, "GeoLite2-City", languages=["en"], ipv4_compatible=True)
    finland: dict[str, object] = {"country": {"iso_code": "FI"}, "city": {"names": {"en": "Turku"}}}
    for network, record in (("0.0.0.0/1", finland), ("128.0.0.0/2", {"country": {"iso_code": "SE"}})):
        writer.insert_network(netaddr.IPSet([network]), record)
    path = tmp_path / "city.mmdb"
    writer.to_db_file(str(path))
    return path


def test_addresses_are_drawn_from_places_with_a_city(half_the_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suostumus.demo.addresses._PROBES", 2_000)
    drawn = addresses_of(half_the_world, ["FI", "SE"], Random(1))
    assert drawn["SE"] == []
    assert len(drawn["FI"]) >= 400
    assert all(address < IPv4Address("128.0.0.0") for address in drawn["FI"])
    assert addresses_of(half_the_world, ["FI", "SE"], Random(1)) == drawn


def test_begins_is_in_utc() -> None:
    first = two_weeks()[0].begins
    assert first.tzinfo is UTC
    assert first >= datetime(2026, 10, 11, 21, tzinfo=UTC)
