"""Any metrics by any dimension, chosen on the page."""

import re
from collections.abc import Iterator

import pytest
from backroom import Backroom, served
from browser import OpenPage
from playwright.sync_api import expect
from stories import Story

from suostumus.dashboards.dimensions import DIMENSIONS
from suostumus.dashboards.panels import GROUPS, PANELS, group_of, panel


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backroom]:
    """The internal pages of the small shop."""
    with served(tmp_path_factory.mktemp("explore")) as found:
        yield found


def test_every_group_is_a_panel_by_every_dimension() -> None:
    for group in GROUPS:
        for by in DIMENSIONS:
            shown = panel(f"{group.name}_by_{by.name}")
            assert shown
            assert (shown.dimension, group_of(shown)) == (by, group)


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


def test_visits_by_item_say_what_the_items_are_called(story: Story) -> None:
    story.event("2026-11-02 10:00", "view_item", country="FI", items=[("64", "Lamp", "", "", "1", 1)])
    story.event(
        "2026-11-02 11:00", "view_item", visitor=2, session=2, country="SE", items=[("64", "Desk lamp", "", "", "1", 1)]
    )
    story.event(
        "2026-11-02 12:00", "view_item", visitor=3, session=3, country="SE", items=[("64", "Desk lamp", "", "", "1", 1)]
    )
    story.event(
        "2026-11-02 12:01", "view_item", visitor=3, session=3, country="SE", items=[("65", "Cup", "", "", "1", 1)]
    )
    found = [(row["value"], row["called"], row["visitors"]) for row in story.rows("visits_by_item")]
    assert found == [("64", "Desk lamp", 3), ("65", "Cup", 1)]
    only = story.rows("visits_by_item", "period=month&country=FI")
    assert [(row["value"], row["called"]) for row in only] == [("64", "Lamp")]


@pytest.mark.browser
def test_a_reader_chooses_figures_and_what_to_tell_them_apart_by(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(), "/sites/shop?period=7d&country=FI")
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url(re.compile("/panels/visits_by_channel"))
    expect(page.get_by_role("heading", name="Visits · Channel", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Explore")).to_have_attribute("aria-current", "page")
    page.get_by_role("combobox", name="Figures").select_option("Carts")
    page.get_by_role("combobox", name="by").select_option("Device")
    page.get_by_role("button", name="Show", exact=True).last.click()
    page.wait_for_url(re.compile("/panels/carts_by_device"))
    expect(page.get_by_role("rowheader")).to_have_text(["Mobile", "Desktop"])
    assert {"period=7d", "country=FI"} <= set(page.url.partition("?")[2].split("&"))
    expect(page.get_by_role("combobox", name="Figures")).to_have_value("carts")
    expect(page.get_by_role("combobox", name="by")).to_have_value("device")


@pytest.mark.browser
def test_a_listed_panel_offers_the_same_choice(room: Backroom, open_page: OpenPage) -> None:
    page = room.enter(open_page(java_script_enabled=False), "/sites/shop/panels/products")
    expect(page.get_by_role("combobox", name="Figures")).to_have_value("products")
    page.get_by_role("combobox", name="by").select_option("Country")
    page.get_by_role("button", name="Show", exact=True).last.click()
    page.wait_for_url(re.compile("/panels/products_by_country"))
    page.goto(room.address + "/sites/shop/panels?figures=visits&by=nothing")
    expect(page.get_by_role("heading", level=1)).to_contain_text("No such")
