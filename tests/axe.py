"""What axe-core finds on a page."""

from browser import REPOSITORY
from playwright.sync_api import Page

AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"


def findings(page: Page) -> list[str]:
    """Each finding, with the element it is about."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished))")  # half faded in is no state
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]
