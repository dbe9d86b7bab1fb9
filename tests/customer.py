"""What a visitor of the demonstration shop does in a real browser, and what is stored of it."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from product import Product


def action(page: Page, name: str) -> Any:
    """A button of the banner by its public attribute."""
    return page.locator(f'[data-suostumus-action="{name}"]:visible').first


def go(page: Page, lead: Callable[[], object]) -> None:
    """Do what leads to another page, and look at it: one left before its scripts have run was not seen."""
    with page.expect_navigation():
        lead()
    page.wait_for_load_state("networkidle")


def order(page: Page) -> None:
    """Put a product in the cart and buy it."""
    go(page, page.locator('form[action$="/cart"] button').click)
    go(page, page.locator('a[href*="/checkout"]').first.click)
    for _ in range(3):
        go(page, page.locator("main form button").last.click)
    expect(page).to_have_url(re.compile("/thanks"))


def access_copy(page: Page, product: Product) -> dict[str, Any]:
    """Everything stored about this browser, as its visitor's page hands it out."""
    token = page.evaluate("localStorage.getItem('suostumus_demo') || ''")
    answer = page.request.post(
        f"{product.collector}/privacy/demo",
        form={"action": "download", "token": token},
        headers={"Origin": product.collector},
    )
    assert answer.ok, answer.text()
    content: dict[str, Any] = answer.json()
    return content
