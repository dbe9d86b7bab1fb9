"""A shop's own server confirms orders: joined to the session that told them, counted without anybody otherwise."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from conftest import MovingClock
from house import House, JsonObject, Visitor
from ordering import OTHER_SECRET, SECRET, SETTINGS, bought, buyer, confirmed, ecommerce, order, outcomes, post
from traces import files_with

from suostumus.server.clock import milliseconds
from suostumus.server.counts import read_counts


@pytest.fixture
def shop(open_house: Callable[..., House]) -> House:
    """An installation whose sites have secrets."""
    return open_house(**SETTINGS)


@pytest.mark.parametrize("server_first", [False, True])
def test_an_order_joins_the_session_that_told_it(shop: House, server_first: bool) -> None:
    if server_first:
        assert outcomes(shop, order(tax="10")) == ["accepted"]
        visitor = buyer(shop)
    else:
        visitor = buyer(shop)
        assert outcomes(shop, order(tax="10")) == ["accepted"]
    (joined,) = [row for row in shop.rows("events") if row["confirmed"]]
    (told,) = [row for row in shop.rows("events") if row["name"] == "purchase" and not row["confirmed"]]
    same = ("site", "visitor", "generation", "born", "session", "order", "currency", "value")
    assert {name: joined[name] for name in same} == {name: told[name] for name in same}
    assert str(joined["session"]) == visitor.session
    assert joined["time"] == told["time"] + timedelta(milliseconds=1)
    assert (joined["tax"], joined["items.item_id"], joined["ip"], joined["url"]) == (10, ["7"], "", "")
    assert shop.counts("ordered") == {"EUR": 1}
    assert shop.counts("ordered_value") == {"EUR": 499_000}
    assert shop.counts("joined") == {"EUR": 1}


def test_a_step_that_tells_the_number_is_enough_where_the_page_of_thanks_was_never_seen(shop: House) -> None:
    buyer(shop, name="add_payment_info")
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == [("purchase", "1001", "49.90")]


def test_an_order_of_nobody_who_agreed_leaves_a_number_and_a_sum(shop: House, clock: MovingClock) -> None:
    number = "unseen-4711"
    assert outcomes(shop, order(number, "12,50"), order("1002", "7.50")) == ["accepted", "accepted"]
    assert confirmed(shop) == []
    clock.move(hours=2)
    shop.installation.parts.confirmations.forget_expired()
    assert files_with(shop.data, number.encode()) == []
    assert shop.counts("ordered") == {"EUR": 2}
    assert shop.counts("ordered_value") == {"EUR": 200_000}
    assert shop.counts("joined") == {}
    buyer(shop, number, "12.50")
    assert confirmed(shop) == []


def test_a_repeat_changes_nothing(shop: House) -> None:
    buyer(shop)
    assert outcomes(shop, order(), order()) == ["accepted", "duplicate"]
    assert outcomes(shop, order(), order(name="refund"), order(name="refund")) == ["duplicate", "accepted", "duplicate"]
    assert confirmed(shop) == [("purchase", "1001", "49.90"), ("refund", "1001", "49.90")]
    assert shop.counts("ordered") == {"EUR": 1}
    assert shop.counts("refunded") == {"EUR": 1}


def test_a_purchase_told_again_long_after_is_a_repeat_too(shop: House, clock: MovingClock) -> None:
    buyer(shop)
    outcomes(shop, order())
    clock.move(days=20)
    shop.installation.parts.confirmations.forget_expired()
    assert outcomes(shop, order()) == ["duplicate"]
    assert shop.counts("ordered") == {"EUR": 1}


def test_an_order_that_is_not_confirmed_within_a_week_is_nobodys(shop: House, clock: MovingClock) -> None:
    buyer(shop)
    clock.move(days=8)
    shop.installation.parts.confirmations.forget_expired()
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == []


def test_only_a_few_orders_of_one_request_are_noted(shop: House) -> None:
    visitor = Visitor(shop)
    visitor.decide("accept")
    visitor.send(*(bought(visitor, str(number)) for number in range(20)))
    assert placed(shop) == 3


def test_whose_an_order_is_is_noted_for_sites_with_a_secret_only(house: House) -> None:
    buyer(house)
    assert placed(house) == 0


def placed(house: House) -> int:
    """Orders of which the ledger knows whose they are."""
    found = house.installation.parts.ledger.read(
        lambda connection: connection.execute("SELECT id FROM placed").fetchall()
    )
    return len(found)


def test_refunds_join_the_session_of_the_order_weeks_later(shop: House, clock: MovingClock) -> None:
    buyer(shop)
    outcomes(shop, order())
    clock.move(days=40)
    shop.installation.parts.confirmations.forget_expired()
    first, second = order(value="10", name="refund", refund_id="a"), order(value="5", name="refund", refund_id="b")
    assert outcomes(shop, first, second) == ["accepted", "accepted"]
    assert confirmed(shop)[1:] == [("refund", "1001", "10.00"), ("refund", "1001", "5.00")]
    joined = [row for row in shop.rows("events") if row["confirmed"]]
    assert len({(row["session"], row["time"]) for row in joined}) == 1


def test_a_refund_waits_for_its_order_and_never_makes_one(shop: House) -> None:
    assert outcomes(shop, order(name="refund")) == ["accepted"]
    buyer(shop)
    assert confirmed(shop) == []
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == [("purchase", "1001", "49.90"), ("refund", "1001", "49.90")]


@pytest.mark.parametrize("value", ["49.91", "0", "4990"])
def test_whoever_only_guesses_a_number_learns_nothing_of_the_order(shop: House, value: str) -> None:
    stranger = buyer(shop, value=value)
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == []
    buyer(shop)
    assert confirmed(shop) == [("purchase", "1001", "49.90")]
    (joined,) = [row for row in shop.rows("events") if row["confirmed"]]
    assert str(joined["session"]) != stranger.session


def test_a_number_that_many_visitors_tell_is_nobodys(shop: House) -> None:
    for value in ("1", "2", "3", "49.90"):
        buyer(shop, value=value)
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == []


def test_the_same_number_of_another_site_is_another_order(shop: House) -> None:
    buyer(shop)
    answer = post(shop, order(), secret=OTHER_SECRET, site="other")
    assert answer.json() == {"orders": [{"result": "accepted"}]}
    assert confirmed(shop) == []


@pytest.mark.parametrize("authorization", ["", "Bearer ", f"Bearer {SECRET[:-1]}", f"Bearer {OTHER_SECRET}", SECRET])
def test_only_who_knows_the_site_s_secret_is_heard(shop: House, authorization: str) -> None:
    answer = post(shop, order(), authorization=authorization)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert shop.counts("ordered") == {}
    assert shop.counts("rejected") == {"unauthorized": 1}


def test_a_site_without_a_secret_takes_no_orders(house: House) -> None:
    assert post(house, order(), authorization="Bearer ").status_code == 401


def test_a_page_is_turned_away_even_with_the_secret(shop: House) -> None:
    assert post(shop, order(), origin="https://shop.example").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": "page_view"}, "orders[0].name: "),
        ({"ecommerce": None}, "orders[0].ecommerce: "),
        ({"extra": 1}, "orders[0].extra: unknown field"),
        ({"ecommerce": ecommerce("")}, "orders[0]: ecommerce.transaction_id: missing"),
        ({"ecommerce": ecommerce(currency="")}, "orders[0].ecommerce"),
        ({"ecommerce": ecommerce(value="much")}, "orders[0].ecommerce.value: not readable"),
        ({"ecommerce": ecommerce(value="-1")}, "orders[0]: ecommerce.value: expected 0 to"),
        ({"ecommerce": ecommerce(value="10000000000")}, "orders[0]: ecommerce.value: expected 0 to"),
        ({"ecommerce": ecommerce(email="a@b.example")}, "orders[0].ecommerce.email: unknown field"),
        ({"refund_id": "a"}, "orders[0]: refund_id: of a refund only"),
        ({"time": 1}, "orders[0].time: more than 90 days ago"),
    ],
)
def test_a_wrong_order_names_its_field_and_spares_its_neighbours(shop: House, wrong: JsonObject, error: str) -> None:
    first, second = post(shop, order() | wrong, order("1002")).json()["orders"]
    assert first["result"] == "refused"
    assert first["error"].startswith(error)
    assert second == {"result": "accepted"}
    assert shop.counts("ordered") == {"EUR": 1}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"site":"shop"}', b'{"site":"shop","orders":[]}', b"\xff"])
def test_a_body_of_another_shape_is_answered_400(shop: House, body: bytes) -> None:
    answer = shop.door.post("/api/orders", content=body, headers={"authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_order_counts_on_the_day_on_which_it_was_placed(shop: House, clock: MovingClock) -> None:
    outcomes(shop, order(time=milliseconds(clock.now - timedelta(days=3))), order("1002"))
    days = shop.installation.parts.ledger.read(
        lambda connection: connection.execute("SELECT day FROM counts WHERE kind = 'ordered'").fetchall()
    )
    assert len(set(days)) == 2


def test_the_owners_list_of_counters_holds_numbers_and_no_sums(shop: House) -> None:
    outcomes(shop, order(), order("1002"))
    found = read_counts(shop.installation.parts.ledger.path, 3650)
    assert {name: amount for name, amount in found.items() if "order" in name} == {"shop: ordered (EUR)": 2}


@pytest.fixture
def full(open_house: Callable[..., House]) -> Iterator[House]:
    """An installation whose queue is full."""
    house = open_house(**SETTINGS)
    house.installation.parts.confirmations.room.has_disk = False
    yield house
    house.installation.parts.confirmations.room.has_disk = True


def test_a_full_queue_sends_the_server_away_with_nothing_taken(full: House) -> None:
    answer = post(full, order())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert full.counts("ordered") == {}


def test_a_purchase_that_a_step_told_before_waits_as_long_as_any(shop: House, clock: MovingClock) -> None:
    visitor = Visitor(shop)
    visitor.decide("accept")
    assert visitor.results(bought(visitor, name="begin_checkout")) == ["stored"]
    clock.move(days=6)
    visitor.session = str(uuid4())
    assert visitor.results(bought(visitor)) == ["stored"]
    clock.move(days=2)
    shop.installation.parts.confirmations.forget_expired()
    assert outcomes(shop, order()) == ["accepted"]
    assert sum(shop.counts("joined").values()) == 1
