"""What the script costs a page: the bytes that a returning visitor's browser compiles and runs."""

import brotli
import pytest
from baked import SITE
from browser import settle
from playwright.sync_api import CDPSession, Page
from shop import Shop, Visit, press

pytestmark = pytest.mark.browser

MOST_BEFORE_IDLE = 2500

# Idle never comes: what has run by the end of the page's load is what runs before it.
NEVER_IDLE = "window.requestIdleCallback = () => 0;"


def executed(session: CDPSession, source: str) -> str:
    """The text of the functions that ran; a function inside that did not run is left out."""
    scripts = session.send("Profiler.takePreciseCoverage")["result"]
    [functions] = [script["functions"] for script in scripts if script["url"].endswith(f"/s/{SITE}.js")]
    ran = bytearray(len(source))
    for function in functions:  # outer functions come before those inside them
        whole = function["ranges"][0]
        start, end = whole["startOffset"], whole["endOffset"]
        ran[start:end] = bytes([whole["count"] > 0]) * (end - start)
    return "".join(letter for letter, flag in zip(source, ran, strict=True) if flag)


def watched_visit(page: Page, url: str) -> CDPSession:
    """Load a page with its functions counted."""
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
    page.goto(url)
    settle(page)
    return session


@pytest.mark.parametrize("action", ["accept", "reject"])
def test_a_returning_visitor_runs_little_of_the_script_before_idle(shop: Shop, visit: Visit, action: str) -> None:
    page = visit()
    press(page, action)
    settle(page)
    page.add_init_script(NEVER_IDLE)
    session = watched_visit(page, shop.url + "/again")
    ran = executed(session, shop.script())
    assert len(brotli.compress(ran.encode(), mode=brotli.MODE_TEXT)) <= MOST_BEFORE_IDLE
    assert page.query_selector("#suostumus-control") is None
    session.detach()
