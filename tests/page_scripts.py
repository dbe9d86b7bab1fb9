"""What the scripts of a shop's page do: push to the dataLayer, and change the page without a load."""

from baked import Json
from playwright.sync_api import Page


def push(page: Page, entry: Json) -> None:
    """Push an object to the page's dataLayer."""
    page.evaluate("(entry) => (window.dataLayer ??= []).push(entry)", entry)


def gtag(page: Page, name: str, properties: Json) -> None:
    """Call the shop's gtag(), which pushes its arguments."""
    page.evaluate(
        """([name, properties]) => {
        window.dataLayer ??= [];
        (function () { window.dataLayer.push(arguments); })("event", name, properties);
        }""",
        [name, properties],
    )


def navigate(page: Page, path: str, title: str = "") -> None:
    """Change the page as single-page shops do: the title comes after the address."""
    page.evaluate("([path, title]) => { history.pushState({}, '', path); document.title = title; }", [path, title])


def gated(purpose: str, text: str, source: str = "") -> str:
    """The markup of a script that waits for a purpose."""
    address = f' data-src="{source}"' if source else ""
    return f'<script type="text/plain" data-suostumus="{purpose}"{address}>{text}</script>'
