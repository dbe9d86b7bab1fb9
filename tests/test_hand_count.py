"""Ten stories, worked out in words: the count by hand and the product both have to tell them right."""

from decimal import Decimal

from counting import Count, Figures
from stories import HELSINKI, Story

from suostumus.dashboards.dimensions import CURRENCY, Grain
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.metrics import METRICS
from suostumus.dashboards.question import Question

DAY = "2026-11-02"


def tell(story: Story, grain: Grain = Grain.SESSION, currency: str = "", address: str = "period=month") -> Figures:
    """All metrics of the period, on which both counts have to agree, also after its days were rolled up."""
    selection = story.select(address)
    metrics = tuple(metric for metric in METRICS if grain in metric.sql)
    question = Question(metrics, ((),), grain)
    period = selection.period
    count = Count(story.told, period.start, period.end, period.now, HELSINKI)
    by = {Grain.SESSION: count.by_session, Grain.MONEY: count.by_money, Grain.ITEM: count.by_item}
    key = ("",) if grain is Grain.SESSION else (currency, "")
    by_hand = by[grain](count.sessions, "").get(key, {})
    for _ in range(2):
        rows = Inquiry(story.reader, selection).rows(question.sql(), 10)
        found: Figures = next((dict(row) for row in rows if row.get(CURRENCY.name, "") == currency), {})
        assert {name: found[name] for name in by_hand} == by_hand
        story.rollup.run()
    return by_hand


def test_who_comes_twice_is_one_visitor_with_two_sessions(story: Story) -> None:
    """Three page views on Monday, one on Tuesday: one visitor, two sessions, one of them a bounce."""
    for minute in range(3):
        story.event(f"{DAY} 10:0{minute}")
    story.event("2026-11-03 10:00", session=2)
    told = tell(story)
    assert (told["visitors"], told["sessions"], told["page_views"], told["bounce_rate"]) == (1, 2, 4, 0.5)
    assert told["duration"] == 60  # two minutes and none, over two sessions


def test_a_session_over_midnight_of_the_months_end_belongs_to_the_old_month(story: Story) -> None:
    """From 23:50 on the 31st to 00:10 on the 1st: October has two views, November nothing."""
    story.event("2026-10-31 23:50")
    story.event("2026-11-01 00:10")
    assert tell(story) == {}
    october = tell(story, address="period=custom&from=2026-10-01&to=2026-10-31")
    assert (october["sessions"], october["page_views"]) == (1, 2)


def test_who_was_born_in_the_month_is_new_and_the_other_returns(story: Story) -> None:
    """Anna agreed in October and comes in November; Bo agreed in November: one returns, one is new."""
    story.event("2026-10-20 10:00", visitor=1)
    story.event(f"{DAY} 10:00", visitor=1, session=2)
    story.event(f"{DAY} 10:00", visitor=2, session=3)
    told = tell(story)
    assert (told["visitors"], told["new_visitors"], told["returning_visitors"]) == (2, 1, 1)


def test_one_order_of_four_sessions_converts_a_quarter(story: Story) -> None:
    """The page of thanks is loaded again in another session: still one order, in the first of them."""
    story.purchase(f"{DAY} 10:00", "A1", "50.00")
    story.purchase(f"{DAY} 12:00", "A1", "50.00", session=2)
    story.event(f"{DAY} 14:00", session=3)
    story.event(f"{DAY} 16:00", session=4)
    told = tell(story)
    assert (told["orders"], told["conversion"]) == (1, 0.25)


def test_what_was_given_back_is_taken_off_in_its_own_currency(story: Story) -> None:
    """50.00 and 20.00 euros bought, 20.00 given back; 300.00 crowns apart: revenue 50.00 euros, 300.00 crowns."""
    story.purchase(f"{DAY} 10:00", "A1", "50.00")
    story.purchase(f"{DAY} 10:01", "A2", "20.00")
    story.purchase(f"{DAY} 10:02", "A3", "300.00", "SEK")
    story.event("2026-11-05 10:00", "refund", session=2, value="20.00", currency="EUR")
    euros, crowns = tell(story, Grain.MONEY, "EUR"), tell(story, Grain.MONEY, "SEK")
    assert (euros["purchases"], euros["refunds"], euros["revenue"]) == (Decimal(70), Decimal(20), Decimal(50))
    assert (euros["average_order"], crowns["revenue"]) == (Decimal(35), Decimal(300))


def test_a_cart_is_left_at_its_furthest_step_with_what_was_told_last(story: Story) -> None:
    """20.00 into the cart, checkout with 20.00, back and 5.00 more, gone: left at the checkout, 25.00 at risk."""
    story.event(f"{DAY} 10:00", "add_to_cart", value="20.00", currency="EUR")
    story.event(f"{DAY} 10:01", "begin_checkout", value="20.00", currency="EUR")
    story.event(f"{DAY} 10:02", "add_to_cart", value="5.00", currency="EUR")
    told = tell(story)
    assert (told["carts"], told["abandoned_carts"], told["abandonment"], told["recovered_carts"]) == (1, 1, 1.0, 0)
    assert tell(story, Grain.MONEY, "EUR")["value_at_risk"] == Decimal(25)
    assert [row["value"] for row in story.rows("cart_steps") if row["abandoned_carts"]] == ["begin_checkout"]


def test_a_cart_that_was_bought_is_not_left_but_the_next_one_is(story: Story) -> None:
    """Lamp bought, then a bulb of 5.00 into the cart and gone: one cart, also left, 5.00 at risk."""
    story.event(f"{DAY} 10:00", "add_to_cart", value="20.00", currency="EUR")
    story.purchase(f"{DAY} 10:05", "A1", "20.00")
    assert tell(story)["abandoned_carts"] == 0
    story.event(f"{DAY} 10:10", "add_to_cart", value="5.00", currency="EUR")
    told = tell(story)
    assert (told["carts"], told["abandoned_carts"], told["orders"]) == (1, 1, 1)
    assert tell(story, Grain.MONEY, "EUR")["value_at_risk"] == Decimal(5)


def test_two_carts_and_one_order_are_two_recovered_carts_and_one_recovered_order(story: Story) -> None:
    """Carts left on Monday and Tuesday, an order of 30.00 on Friday: back after four days and three, 3.5 as median."""
    story.event("2026-11-02 10:00", "add_to_cart", session=1, value="10.00", currency="EUR")
    story.event("2026-11-03 10:00", "add_to_cart", session=2, value="20.00", currency="EUR")
    story.purchase("2026-11-06 10:00", "A1", "30.00", session=3)
    told = tell(story)
    assert (told["recovered_carts"], told["recovered_orders"], told["recovery"]) == (2, 1, 1.0)
    assert told["time_to_return"] == 3.5 * 86_400
    assert tell(story, Grain.MONEY, "EUR")["value_recovered"] == Decimal(30)


def test_a_cart_is_not_left_while_the_session_may_go_on_nor_recovered_after_thirty_days(story: Story) -> None:
    """It is three o'clock: a cart of 14:45 may still be bought. A cart of 10 October was not saved by 20 November."""
    story.event("2026-11-20 14:45", "add_to_cart", visitor=2, session=9)
    assert (tell(story)["carts"], tell(story)["abandoned_carts"]) == (1, 0)
    story.event("2026-10-10 10:00", "add_to_cart", session=1)
    story.purchase("2026-11-20 10:00", "A1", "30.00", session=2)
    october = tell(story, address="period=custom&from=2026-10-01&to=2026-10-31")
    assert (october["abandoned_carts"], october["recovered_carts"]) == (1, 0)


def test_an_item_is_seen_put_into_carts_left_and_sold(story: Story) -> None:
    """Seen by two, put into the cart by two, left by one, bought by the other: two pieces at 19.90."""
    lamp = [("64", "Lamp", "Lamps", "Valo", "19.90", 2)]
    for visitor in (1, 2):
        story.event(f"{DAY} 10:00", "view_item", visitor=visitor, session=visitor, items=lamp, currency="EUR")
        story.event(f"{DAY} 10:01", "add_to_cart", visitor=visitor, session=visitor, items=lamp, currency="EUR")
    story.purchase(f"{DAY} 10:02", "A1", "39.80", items=lamp)
    told = tell(story, Grain.ITEM, "EUR")
    assert (told["item_views"], told["item_carts"], told["item_abandoned"]) == (2, 2, 1)
    assert (told["item_orders"], told["item_quantity"], told["item_sales"]) == (1, 2, Decimal("39.80"))


def test_what_the_shops_server_tells_confirms_an_order_and_adds_none(story: Story) -> None:
    """Orders of 40 and 10, the first confirmed and later half refunded: the money goes back in its session."""
    story.event(f"{DAY} 10:00")
    story.purchase(f"{DAY} 10:01", "A1", "40.00")
    story.purchase(f"{DAY} 10:02", "A2", "10.00")
    at = f"{DAY} 10:01:00.001"
    for name, value in (("purchase", "40.00"), ("refund", "20.00")):
        story.event(at, name, order="A1", value=value, currency="EUR", confirmed=True)
    told, money = tell(story), tell(story, Grain.MONEY, "EUR")
    assert (told["orders"], told["confirmed_orders"], told["sessions"], told["duration"]) == (2, 1, 1, 120)
    assert (money["purchases"], money["refunds"], money["revenue"]) == (50, 20, 30)


def test_a_purchase_that_only_the_server_told_is_an_order(story: Story) -> None:
    """The page of thanks was never seen: the server's word alone is the order, and the cart was not left."""
    story.event(f"{DAY} 10:00", "add_payment_info", order="A1", value="40.00", currency="EUR")
    story.event(f"{DAY} 10:00:00.001", "purchase", order="A1", value="40.00", currency="EUR", confirmed=True)
    told = tell(story)
    assert (told["orders"], told["confirmed_orders"], told["abandoned_carts"], told["conversion"]) == (1, 1, 0, 1)
