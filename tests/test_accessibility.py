"""The placeholders of embedded content, and the whole conversation as a screen reader tells it."""

import os
from pathlib import Path

import pytest
from axe import findings
from browser import settle
from playwright.sync_api import Page
from shop import HOST, Shop, press
from surroundings import LANGUAGES, Surroundings, VisitIn, everywhere
from transcript import read_aloud

pytestmark = pytest.mark.browser

CONTROL = "#suostumus-control"
EMBEDDED = '<iframe data-suostumus="marketing" data-src="/film" title="A film" width="280" height="200"></iframe>'
TRANSCRIPTS = Path(__file__).parent / "transcripts"


@everywhere
def test_axe_finds_nothing_on_a_placeholder(shop: Shop, visit_in: VisitIn, around: Surroundings) -> None:
    shop.features = ["embeds"]
    page = visit_in(around, body=EMBEDDED, head='<link rel="stylesheet" href="/plain.css">')
    page.wait_for_selector("[data-suostumus-placeholder]")
    assert findings(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_conversation_reads_naturally(shop: Shop, visit_in: VisitIn, language: str) -> None:
    page = visit_in(Surroundings(language, (1280, 800), "bar", 0))
    told = _conversation(page)
    golden = TRANSCRIPTS / f"{language}.txt"
    if os.environ.get("SUOSTUMUS_TRANSCRIPTS") == "write":
        golden.write_text(told, "utf-8")
    assert told == golden.read_text("utf-8")


def _conversation(page: Page) -> str:
    """Asked, choosing, agreed to statistics, looked at again, withdrawn."""
    page.wait_for_selector(HOST)
    told = [_part("The page opens", page, HOST)]
    press(page, "preferences")
    told.append(_part("“preferences” is pressed", page, HOST))
    page.locator('[data-suostumus-purpose="statistics"]').press("Space")
    page.locator('[data-suostumus-action="save"]').press("Enter")
    settle(page)
    told.append(_part("“statistics” is switched on, and “save” is pressed", page, CONTROL))
    page.locator(f'{CONTROL} [data-suostumus-action="open"]').press("Enter")
    told.append(_part("“open” is pressed", page, HOST))
    page.keyboard.press("Escape")
    page.locator(f'{CONTROL} [data-suostumus-action="withdraw"]').press("Enter")
    settle(page)
    told.append(_part("Escape, and “withdraw” is pressed", page, CONTROL))
    return "\n".join(told)


def _part(what: str, page: Page, selector: str) -> str:
    lines = "".join(f"{line}\n" for line in read_aloud(page, selector))
    return f"## {what}\n\n{lines}"
