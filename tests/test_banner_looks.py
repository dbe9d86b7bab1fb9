"""Layouts, themes and logos of the question, as Chromium paints them."""

from typing import Any

import pytest
from browser import settle
from playwright.sync_api import Page
from shop import HOST, Shop, Visit, press

from suostumus.server.appearance import Palette, Theme, theme_style

pytestmark = pytest.mark.browser

DESKTOP: Any = {"width": 1280, "height": 800}
PHONE: Any = {"width": 390, "height": 844}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"
)
LOGO = ["svg", {"viewBox": "0 0 48 24"}, [["g", {"fill": "#a00"}, [["path", {"d": "M0 0h48v24h-48z"}, []]]]]]


def box(page: Page, selector: str = HOST) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what a selector finds."""
    found = page.locator(selector).bounding_box()
    assert found
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def place(shop: Shop, visit: Visit, layout: str, viewport: Any, **options: Any) -> tuple[float, float, float, float]:
    """Where the question stands."""
    shop.config["layout"] = layout
    page = visit(viewport=viewport, reduced_motion="reduce", **options)
    page.wait_for_selector(HOST)
    return box(page)


def test_the_bar_is_wide_and_low(shop: Shop, visit: Visit) -> None:
    left, top, right, bottom = place(shop, visit, "bar", DESKTOP)
    assert (left, right, bottom) == (100, 1180, 784)
    assert top > 400


def test_the_card_stands_in_the_corner_where_reading_ends(shop: Shop, visit: Visit) -> None:
    left, _, right, bottom = place(shop, visit, "card", DESKTOP)
    assert (left, right, bottom) == (864, 1264, 784)


def test_the_dialog_stands_in_the_middle_and_the_page_stays_usable(shop: Shop, visit: Visit) -> None:
    left, top, right, bottom = place(shop, visit, "dialog", DESKTOP)
    assert (left + right, round(top + bottom)) == (1280, 800)
    page = visit(viewport=DESKTOP, reduced_motion="reduce")
    page.click("text=Product 3")
    page.wait_for_url("**/product-3")


@pytest.mark.parametrize("layout", ["bar", "card", "dialog"])
def test_every_layout_is_a_sheet_on_a_phone(shop: Shop, visit: Visit, layout: str) -> None:
    left, _, right, bottom = place(shop, visit, layout, PHONE)
    assert (left, right, bottom) == (8, 382, 836)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_theme_colours_the_question_in_both_schemes(shop: Shop, visit: Visit, scheme: Any) -> None:
    theme = Theme(radius=4, light=Palette(accent="#1f5f8b"), dark=Palette(accent="#8cc3ea"))
    shop.config["style"] = theme_style(theme)
    page = visit(color_scheme=scheme)
    look = "(button) => [getComputedStyle(button).backgroundColor, getComputedStyle(button).borderRadius]"
    expected = {"light": "rgb(31, 95, 139)", "dark": "rgb(140, 195, 234)"}[scheme]
    for action in ("accept", "reject"):
        assert page.eval_on_selector(f"{HOST} [data-suostumus-action={action}]", look) == [expected, "4px"]


def test_a_rule_of_the_shops_own_style_sheet_is_stronger_than_the_theme(shop: Shop, visit: Visit) -> None:
    shop.config["style"] = theme_style(Theme(radius=4))
    shop.page = shop.page.replace("</head>", "<style>:root { --suostumus-radius: 20px }</style></head>")
    page = visit()
    assert page.eval_on_selector(HOST, "(host) => getComputedStyle(host).borderRadius") == "20px"


def test_a_logo_is_drawn_on_every_layer_under_strict_policies(shop: Shop, visit: Visit) -> None:
    shop.headers = {"Content-Security-Policy": POLICY}
    shop.config["logo"] = LOGO
    shop.features = ["logo"]
    objections = "window.objections = []; addEventListener('securitypolicyviolation', (event) => objections.push(1));"
    page = visit(script=objections, viewport=DESKTOP)
    for layer in ("banner", "preferences"):
        left, top, right, bottom = box(page, f"{HOST} h2 svg path")
        assert (right - left, bottom - top) == (56, 28), layer
        if layer == "banner":
            press(page, "preferences")
    settle(page)
    assert page.evaluate("objections") == []
    assert page.get_attribute(f"{HOST} svg", "aria-hidden") == "true"
    assert [request.path for request in shop.requests] == ["/", "/s/demo.js"]
