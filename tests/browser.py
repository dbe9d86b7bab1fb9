"""A real Chromium for tests: unpacked from npm without root, driven by Playwright."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

REPOSITORY = Path(__file__).parent.parent
CHROMIUM = REPOSITORY / "build" / "chromium"

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

# Only what a container without a graphics card and without user namespaces needs. Never --disable-web-security: with
# it no Origin is sent, and what a test says about origins and cookies means nothing.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    f"--user-agent={USER_AGENT}",  # that of a context is not that of what a page sends as it goes away
]

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file: while it is open, no other event loop can run in this thread."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def launch(playwright: Playwright) -> Browser:
    """Start the browser, unpacked if it is not yet."""
    executable = _unpack()
    return playwright.chromium.launch(
        executable_path=executable,
        args=[
            *ARGUMENTS,
            f"--user-agent={USER_AGENT}",
        ],  # a context's own is not that of beacons of a page that goes away
        env={**os.environ, **_library_paths(executable.parent)},
    )


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens pages as a desktop browser, each in a profile of its own; options are those of a browser context.

    A page on which an uncaught error was thrown fails the test.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(**options: Any) -> Page:
        context = chromium.new_context(**{"user_agent": USER_AGENT, "locale": "en-GB", **options})
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


def settle(page: Page, milliseconds: int = 150) -> None:
    """Let what the page has begun come to an end: timers, requests, what follows from their answers."""
    page.wait_for_timeout(milliseconds)
    page.wait_for_load_state("networkidle")


def _unpack() -> Path:
    script = REPOSITORY / "banner_js" / "unpack-chromium.mjs"
    command = ["node", str(script), str(CHROMIUM)]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def _library_paths(folder: Path) -> dict[str, str]:
    """Where the unpacked libraries and fonts are: none of the system's are needed."""
    return {"LD_LIBRARY_PATH": f"{folder / 'lib'}:{folder}", "FONTCONFIG_FILE": str(folder / "fonts.conf")}
