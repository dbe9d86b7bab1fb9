"""Orders, refunds and revenue equal hand counts, in the real engine."""

from decimal import Decimal

from stories import Story, visitor_id

from suostumus.dashboards.export import as_csv
from suostumus.dashboards.lists import list_view
from suostumus.dashboards.words import words_of


def test_an_order_number_counts_once_by_its_first_purchase(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.00")
    story.purchase("2026-11-02 10:01", "A1", "60.00")
    story.purchase("2026-11-03 10:00", "A1", "70.00", visitor=2, session=2)
    (money,) = story.rows("revenue")
    assert (money["orders"], money["revenue"]) == (1, Decimal("50.00"))
    assert story.figures()["orders"] == 1
    assert story.figures()["conversion"] == 0.5


def test_an_order_of_an_earlier_period_does_not_count_again(story: Story) -> None:
    story.purchase("2026-08-02 10:00", "A1", "50.00")
    story.purchase("2026-11-02 10:00", "A1", "50.00", session=2)
    assert story.rows("revenue") == []
    assert story.figures()["orders"] == 0


def test_order_numbers_of_other_sites_are_other_orders(story: Story) -> None:
    story.purchase("2026-11-01 10:00", "A1", "10.00", site="other", visitor=2, session=2)
    story.purchase("2026-11-02 10:00", "A1", "50.00")
    assert [row["revenue"] for row in story.rows("revenue")] == [Decimal("50.00")]


def test_purchases_without_an_order_number_are_orders_of_their_own(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "", "10.00")
    story.purchase("2026-11-02 10:05", "", "10.00")
    assert story.figures()["orders"] == 2
    assert story.figures()["conversion"] == 1


def test_refunds_are_subtracted_and_shown_apart(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.10", tax="9.70", shipping="4.90")
    story.event("2026-11-05 10:00", "refund", session=2, order="A1", value="20.05", currency="EUR")
    (money,) = story.rows("revenue")
    assert money == {
        "currency": "EUR",
        "orders": 1,
        "revenue": Decimal("30.05"),
        "purchases": Decimal("50.10"),
        "refunds": Decimal("20.05"),
        "tax": Decimal("9.70"),
        "shipping": Decimal("4.90"),
        "average_order": Decimal("50.10"),
        "previous_revenue": None,
    }


def test_currencies_are_never_summed(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.00")
    story.purchase("2026-11-02 10:01", "A2", "500.00", "SEK")
    assert {row["currency"]: row["revenue"] for row in story.rows("revenue")} == {
        "EUR": Decimal("50.00"),
        "SEK": Decimal("500.00"),
    }
    figures = story.figures()
    assert (figures["orders"], figures["conversion"]) == (2, 1)


def test_money_is_exact(story: Story) -> None:
    for number in range(10):
        story.purchase("2026-11-02 10:00", f"A{number}", "0.10")
    assert story.rows("revenue")[0]["revenue"] == Decimal("1.00")


def test_a_product_is_called_as_most_events_call_it(story: Story) -> None:
    for day, name in ((1, "Lamp"), (2, "Desk lamp"), (3, "Desk lamp"), (4, "Anything"), (5, ""), (6, ""), (7, "")):
        story.event(f"2026-11-0{day} 12:00", "view_item", session=day, items=[("64", name, "", "", "1", 1)])
    story.event(
        "2026-11-04 12:00", "view_item", session=8, items=[("65", "", "", "", "1", 1), ("", "Cup", "", "", "1", 1)]
    )
    assert [(row["value"], row["called"], row["item_views"]) for row in story.rows("products")] == [
        ("64", "Desk lamp", 7),
        ("", "", 1),
        ("65", "", 1),
    ]
    shown = list_view(words_of("en"), story.select("period=month"), story.table("products"))
    assert [line.cells[0].text for line in shown.lines] == ["Desk lamp, 64", "(none)", "65"]
    assert "called" not in {column.name for column in shown.columns}
    assert as_csv(story.table("products")).splitlines()[1].startswith("64,Desk lamp,7,")


def test_what_carts_met_says_how_many_were_left_then(story: Story) -> None:
    """Of two carts that were told a shipping cost one was left; the one whose payment was refused was left too."""
    money = {"value": "20", "currency": "EUR"}
    for number in (1, 2, 3, 4):
        story.event("2026-11-02 10:00", "add_to_cart", visitor=number, session=number, **money)
    for number, cost in ((1, "4.90"), (2, "4.90"), (3, "0")):
        story.event("2026-11-02 10:01", "add_shipping_info", visitor=number, session=number, shipping=cost, **money)
    story.event("2026-11-02 10:02", "exception", visitor=3, session=3, error_kind="PaymentRefused")
    story.purchase("2026-11-02 10:03", "A1", "24.90", visitor=1, session=1, shipping="4.90")
    story.purchase("2026-11-02 10:03", "A2", "24.90", visitor=5, session=5, shipping="4.90")  # told with the order only
    found = {row["value"]: (row["carts"], row["abandoned_carts"]) for row in story.rows("cart_obstacles")}
    assert found == {"shipping_cost": (2, 1), "PaymentRefused": (1, 1)}


def test_carts_that_were_left_stand_beside_orders_over_time(story: Story) -> None:
    story.event("2026-11-18 10:00", "add_to_cart", value="5", currency="EUR")
    story.purchase("2026-11-19 10:00", "A1", "5.00", session=2)
    story.event("2026-11-20 09:00", "add_to_cart", visitor=2, session=3, value="5", currency="EUR")
    rows = story.rows("cart_series", "period=custom&from=2026-11-17&to=2026-11-21")
    assert [tuple(row.values()) for row in rows] == [
        ("Tue 2026-11-17", 0, 0, 0),
        ("Wed 2026-11-18", 1, 1, 0),
        ("Thu 2026-11-19", 0, 0, 1),
        ("Fri 2026-11-20 (so far)", 1, 0, 0),
        ("Sat 2026-11-21", None, None, None),
    ]


def test_the_shops_books_count_all_orders_and_those_with_consent(story: Story) -> None:
    lines = [
        (1, "2026-11-02", "ordered", 2, 1),
        (1, "2026-11-02", "ordered", 3, 2),  # the same counter, later
        (2, "2026-11-03", "ordered", 1, 1),  # of another machine
        (1, "2026-11-02", "ordered_value", 1_234_500, 2),
        (2, "2026-11-03", "refunded_value", 50_000, 1),
        (1, "2026-11-02", "joined", 1, 1),
        (1, "2026-10-31", "ordered", 9, 1),  # before the period
    ]
    story.connection.command("SYSTEM STOP MERGES daily_counts")
    for machine, day, kind, count, version in lines:
        story.connection.command(
            "INSERT INTO daily_counts SELECT {machine:UUID}, "
            "'shop', {day:Date}, {kind:String}, 'EUR', {count:UInt64}, {version:UInt64}",
            {"machine": str(visitor_id(machine)), "day": day, "kind": kind, "count": count, "version": version},
        )
    assert story.rows("books") == [
        {
            "currency": "EUR",
            "booked_orders": 4,
            "booked_purchases": Decimal("123.45"),
            "booked_refunds": Decimal(5),
            "joined_orders": 1,
            "joined_share": 0.25,
        }
    ]
    assert story.rows("books", "period=today") == []


def test_the_dearest_item_that_is_taken_can_be_multiplied(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "1", items=[("yacht", "", "", "", "1000000000", 1_000_000)])
    (row,) = story.rows("product_sales")
    assert row["item_sales"] == Decimal(10**15)


def test_an_order_is_confirmed_as_it_is_counted(story: Story) -> None:
    """Whoever told the number first is counted; the shop's server may have confirmed what somebody else told."""
    for number, told in (("A1", "1.00"), ("A2", "49.90")):
        story.purchase("2026-11-02 10:00", number, told)
        story.purchase("2026-11-02 10:05", number, "49.90", visitor=2, session=2)
        story.purchase("2026-11-02 10:05", number, "49.90", visitor=2, session=2, confirmed=True)
    rows = story.rows("confirmed_by_country")
    assert [row["confirmed_orders"] for row in rows] == [1]
