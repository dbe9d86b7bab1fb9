"""Any metrics by any dimension, chosen on the page."""

import re
from collections.abc import Iterator

import pytest
from backroom import Backroom, served
from browser import OpenPage
from playwright.sync_api import expect
from stories import Story, visitor_id

from suostumus.dashboards.dimensions import DIMENSIONS
from suostumus.dashboards.funnel import FUNNEL_STEPS
from suostumus.dashboards.metrics import METRICS
from suostumus.dashboards.panels import GROUPS, PANELS, group_of, panel


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backroom]:
    """The internal pages of the small shop."""
    with served(tmp_path_factory.mktemp("explore")) as found:
        yield found


def test_every_group_is_a_panel_by_every_dimension_that_its_rows_have() -> None:
    for group in GROUPS:
        for by in DIMENSIONS:
            shown = panel(f"{group.name}_by_{by.name}")
            assert bool(shown) == (group.name != "risk" or by.name not in {"coupon", "payment_type", "shipping_tier"})
            assert not shown or (shown.dimension, group_of(shown)) == (by, group)


def test_every_metric_is_in_a_group() -> None:
    asked = {metric.name for group in GROUPS for metric in group.metrics}
    assert {metric.name for metric in METRICS if metric.sql} - asked == {"buying_sessions"}  # conversion is made of it


@pytest.mark.parametrize("group", [group.name for group in GROUPS])
def test_every_group_can_be_asked(story: Story, group: str) -> None:
    story.event("2026-11-02 10:00", country="FI", city="Turku")
    cart: dict[str, object] = {"value": "10", "currency": "EUR", "items": [("64", "Lamp", "", "", "10", 1)]}
    for minute, name in enumerate(FUNNEL_STEPS):
        order = "A1" if name == "purchase" else ""
        story.event(f"2026-11-02 10:1{minute}", name, order=order, **cart)  # type: ignore[arg-type]  # told by name
    story.event("2026-11-02 11:00", visitor=2, session=2)
    story.event("2026-11-02 11:01", "add_to_cart", visitor=2, session=2, **cart)
    for by in ("country", "city", "item", "hour", "page"):
        assert story.rows(f"{group}_by_{by}"), by


def test_every_listed_panel_by_a_dimension_is_of_a_group() -> None:
    assert [shown.name for shown in PANELS if shown.dimension and not group_of(shown)] == []


def test_rows_in_which_nothing_was_counted_are_left_out(story: Story) -> None:
    for visitor, campaign in enumerate(("seen", "left", "bought"), 1):
        story.event("2026-11-02 10:00", visitor=visitor, session=visitor, utm_campaign=campaign)
    story.event("2026-11-02 10:01", "add_to_cart", visitor=2, session=2, value="20", currency="EUR")
    story.purchase("2026-11-02 10:01", "A1", "10.00", visitor=3, session=3)
    assert [row["value"] for row in story.rows("cart_campaigns")] == ["left"]
    assert [row["value"] for row in story.rows("cart_values")] == ["add_to_cart"]


def test_rows_that_agree_in_the_first_metric_follow_the_next_one(story: Story) -> None:
    for visitor, views in ((1, 1), (2, 3), (3, 2)):
        for minute in range(views):
            story.event(
                f"2026-11-02 10:0{minute}", visitor=visitor, session=visitor, country=["FI", "SE", "EE"][visitor - 1]
            )
    assert [row["value"] for row in story.rows("countries")] == ["SE", "EE", "FI"]


def test_the_largest_rows_are_of_those_in_which_something_was_counted(story: Story) -> None:
    lines = [("less", "Voucher", "", "", "-5", 1), ("64", "Lamp", "", "", "10", 1)]
    story.purchase("2026-11-02 10:00", "A1", "5.00", items=lines)
    for number in range(3):
        story.event("2026-11-02 11:00", "view_item", session=2, items=[(f"seen {number}", "", "", "", "1", 1)])
    assert [row["value"] for row in story.rows("product_sales", most=2)] == ["64", "less"]


def test_cities_of_one_name_are_apart_whatever_is_counted(story: Story) -> None:
    story.event("2026-11-02 10:00", city="Naantali", country="FI")
    story.event("2026-11-02 10:00", city="Naantali", country="EE", visitor=2, session=2)
    for group in ("visits", "engagement"):
        assert [row["country"] for row in story.rows(f"{group}_by_city")] == ["EE", "FI"]


def test_every_list_calls_an_item_as_most_events_do(story: Story) -> None:
    def see(name: str, called: str, number: int, country: str = "SE") -> None:
        items = [("64", called, "", "", "1", 1)]
        story.event("2026-11-02 10:00", name, visitor=number, session=number, country=country, items=items)

    see("view_item", "Lamp", 1, "FI")
    see("view_item_list", "Desk lamp", 2)
    see("select_item", "Desk lamp", 3)
    for shown in ("visits_by_item", "products"):
        assert [(row["value"], row["called"]) for row in story.rows(shown)] == [("64", "Desk lamp")]
        only = story.rows(shown, "period=month&country=FI")
        assert [(row["value"], row["called"]) for row in only] == [("64", "Lamp")]
    hide = "INSERT INTO pending (machine, visitor) SELECT generateUUIDv4(), {visitor:UUID}"
    for number in (2, 3):
        story.connection.command(hide, {"visitor": str(visitor_id(number))})
    assert [row["called"] for row in story.rows("visits_by_item")] == ["Lamp"]


def test_names_of_many_items_are_asked_in_parts(story: Story) -> None:
    hostile = "\\'" * 48  # what has to be escaped on its way
    numbers = [f"{number:04}{hostile}" for number in range(1_500)]
    with story.gathered():
        for first in range(0, len(numbers), 100):
            items = [(number, f"Lamp {number[:4]}", "", "", "1", 1) for number in numbers[first : first + 100]]
            story.event("2026-11-02 10:00", "view_item", items=items)
    table = story.table("visits_by_item", most=10_000)
    assert {row["value"]: row["called"] for row in table.rows} == {number: f"Lamp {number[:4]}" for number in numbers}
    assert {row["value"] for row in story.parquet(table)} == set(numbers)


@pytest.mark.browser
def test_a_reader_chooses_figures_and_what_to_tell_them_apart_by(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(), "/sites/shop?period=7d&country=FI")
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url(re.compile("/panels/visits_by_channel"))
    expect(page.get_by_role("heading", name="Visits · Channel", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Explore")).to_have_attribute("aria-current", "true")
    page.get_by_role("combobox", name="Figures").select_option("Carts")
    page.get_by_role("combobox", name="Told apart by").select_option("Device")
    page.get_by_role("form", name="Explore").get_by_role("button").click()
    page.wait_for_url(re.compile("/panels/carts_by_device"))
    expect(page.get_by_role("rowheader")).to_have_text(["Mobile", "Desktop"])
    assert {"period=7d", "country=FI"} <= set(page.url.partition("?")[2].split("&"))
    expect(page.get_by_role("combobox", name="Figures")).to_have_value("carts")
    expect(page.get_by_role("combobox", name="Told apart by")).to_have_value("device")


@pytest.mark.browser
def test_a_listed_panel_offers_the_same_choice(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(java_script_enabled=False), "/sites/shop/panels/products")
    expect(page.get_by_role("combobox", name="Figures")).to_have_value("products")
    page.get_by_role("combobox", name="Told apart by").select_option("Country")
    page.get_by_role("form", name="Explore").get_by_role("button").click()
    page.wait_for_url(re.compile("/panels/products_by_country"))
    for wrong in ("figures=visits&by=nothing", "figures=risk&by=coupon"):
        page.goto(f"{room.address}/sites/shop/panels?{wrong}&country=FI")
        expect(page.get_by_role("heading", level=1)).to_have_text("These figures cannot be told apart so")
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url(re.compile(r"/panels/visits_by_channel\?country=FI"))


@pytest.mark.browser
def test_a_choice_can_be_kept_as_a_view(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(), "/sites/shop/panels/carts_by_device?period=7d")
    page.get_by_text("Saved views").click()
    page.get_by_label("Save this view as").fill("Carts by device")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved views").click()
    page.get_by_role("link", name="Carts by device").click()
    page.wait_for_url(re.compile(r"/panels/carts_by_device\?period=7d"))
