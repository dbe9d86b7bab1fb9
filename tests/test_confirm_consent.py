"""What a shop's server tells of an order stands on the consent of the session that told it."""

from collections.abc import Callable
from uuid import UUID

import msgspec
import pytest
from conftest import MovingClock
from house import House, Visitor
from ordering import SETTINGS, bought, buyer, confirmed, order, outcomes
from traces import files_with
from waiting import wait_for


@pytest.fixture
def shop(open_house: Callable[..., House]) -> House:
    """An installation whose sites have secrets."""
    return open_house(**SETTINGS)


@pytest.mark.files
def test_an_erased_order_is_never_made_again(shop: House) -> None:
    shop.uncompress()
    visitor = buyer(shop, "erased-4711")
    outcomes(shop, order("erased-4711"))
    traces = [b"erased-4711", visitor.session.encode(), UUID(visitor.session).bytes]
    assert files_with(shop.data, traces[0])
    assert visitor.decide("withdraw").status_code == 200
    shop.installation.start()
    wait_for(lambda: not [trace for trace in traces if files_with(shop.data, trace)], seconds=30)
    assert shop.rows("events") == []
    assert outcomes(shop, order("erased-4711")) == ["duplicate"]
    assert outcomes(shop, order("erased-4711", "5", "refund")) == ["accepted"]
    assert shop.rows("events") == []
    assert shop.installation.verify().is_clean


def test_an_order_that_was_told_before_the_withdrawal_does_not_come_back_after_it(shop: House) -> None:
    visitor = buyer(shop, value="1")
    assert visitor.decide("withdraw").status_code == 200
    shop.erase()
    assert outcomes(shop, order(value="1")) == ["accepted"]
    assert shop.rows("events") == []


def test_a_partial_withdrawal_leaves_the_order(shop: House) -> None:
    visitor = buyer(shop)
    visitor.decide("save", ["statistics"])
    assert outcomes(shop, order()) == ["accepted"]
    shop.erase()
    assert confirmed(shop) == [("purchase", "1001", "49.90")]
    assert shop.installation.verify().is_clean


@pytest.mark.parametrize("purposes", [["statistics"], ["statistics", "marketing", "personalisation", "profiling"]])
def test_what_joins_after_another_decision_stands_on_that(shop: House, clock: MovingClock, purposes: list[str]) -> None:
    visitor = Visitor(shop)
    visitor.decide("save", ["statistics", "marketing"])
    assert visitor.results(bought(visitor)) == ["stored"]
    clock.move(minutes=10)
    visitor.decide("save", purposes)
    clock.move(minutes=10)
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == [("purchase", "1001", "49.90")]
    shop.erase()
    assert shop.installation.verify().is_clean


def test_nothing_joins_a_consent_that_has_ended(shop: House, clock: MovingClock) -> None:
    buyer(shop)
    clock.move(days=200)
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == []


def test_nothing_joins_a_consent_to_another_notice(open_house: Callable[..., House]) -> None:
    house = open_house(**SETTINGS)
    buyer(house)
    house.close()
    again = open_house(**SETTINGS, controller={"name": "Another shop"})
    assert outcomes(again, order()) == ["accepted"]
    assert confirmed(again) == []


def test_a_new_epoch_knows_no_orders(shop: House) -> None:
    buyer(shop)
    shop.rows("events")
    shop.installation.parts.state.renew()
    assert outcomes(shop, order()) == ["accepted"]
    assert confirmed(shop) == []


def test_the_visitor_s_copy_has_what_the_server_told(shop: House) -> None:
    visitor = buyer(shop)
    outcomes(shop, order(tax="10"))
    token = shop.installation.parts.keys.read(str(visitor.token))
    copy = msgspec.json.decode(shop.installation.parts.subject.copy(token, shop.notice()))
    assert [event["tax"] for event in copy["events"] if event["confirmed"]] == ["10.0000"]
