"""The steps to an order are counted in their order, in one session and over a visitor's sessions."""

from stories import Story

from suostumus.dashboards.funnel import FUNNEL_STEPS


def test_the_funnel_counts_steps_in_order(story: Story) -> None:
    for minute, step in enumerate(FUNNEL_STEPS):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=1, session=1)
    for minute, step in enumerate(["view_item", "add_to_cart", "purchase"]):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=2, session=2)
    for minute, step in enumerate(["add_to_cart", "view_item"]):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=3, session=3)
    funnel = story.rows("funnel")
    assert [row["sessions"] for row in funnel] == [3, 2, 1, 1, 1, 1]
    assert (funnel[1]["of_first"], funnel[2]["of_previous"]) == (2 / 3, 0.5)


def test_who_orders_has_chosen_delivery_and_payment_though_the_shop_does_not_tell(story: Story) -> None:
    told = ("view_item", "add_to_cart", "begin_checkout", "purchase")
    for minute, step in enumerate(told):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=1, session=1)
    for minute, step in enumerate((*told[:3], "add_payment_info")):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=2, session=2)
    assert [row["sessions"] for row in story.rows("funnel")] == [2, 2, 2, 2, 2, 1]
    assert [row["count"] for row in story.rows("session_steps")] == [2, 2, 2, 2, 2, 1]
    assert [row["count"] for row in story.rows("visitor_steps")] == [2, 2, 2, 2, 2, 1]


def test_the_time_between_steps_is_that_of_the_first_way_through_them(story: Story) -> None:
    told = [("10:00", "view_item"), ("10:01", "view_item"), ("10:05", "add_to_cart"), ("10:06", "begin_checkout")]
    for clock, name in told:
        story.event(f"2026-11-02 {clock}", name)
    story.event("2026-11-02 10:00", "view_item", visitor=2, session=2)
    story.event("2026-11-02 10:03", "add_to_cart", visitor=2, session=2)
    steps = {row["step"]: (row["count"], row["seconds"]) for row in story.rows("session_steps")}
    assert steps["view_item"] == (2, None)
    assert steps["add_to_cart"] == (2, 240)  # the median of five minutes and three
    assert steps["begin_checkout"] == (1, 60)
    assert steps["purchase"] == (0, None)


def test_a_visitors_way_goes_over_sessions_within_thirty_days(story: Story) -> None:
    story.event("2026-10-02 10:00", "view_item", session=1)  # too early for the order, and for the cart that led to it
    story.event("2026-11-10 10:00", "view_item", session=2)
    story.event("2026-11-12 10:00", "add_to_cart", session=3)
    story.event("2026-11-12 10:10", "begin_checkout", session=3)
    address = "period=custom&from=2026-10-01&to=2026-11-20"
    steps = {row["step"]: (row["count"], row["seconds"]) for row in story.rows("visitor_steps", address)}
    assert steps["add_to_cart"] == (1, 2 * 86_400)
    assert steps["begin_checkout"] == (1, 600)
    assert steps["add_shipping_info"] == (0, None)
    assert story.rows("session_steps", address)[1]["count"] == 0  # in no single session
    only = story.rows("visitor_steps", "period=custom&from=2026-11-12&to=2026-11-20")
    assert [row["count"] for row in only] == [0] * 6
