"""A shop keeper's questions, each answered in a browser from the overview with at most three clicks or keys.

They are those of docs/questions.md, by their headings.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from backroom import Backroom, served
from browser import REPOSITORY, OpenPage
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

MOST = 3


@dataclass
class Keeper:
    """A shop keeper at the overview, whose clicks and keys are counted."""

    page: Page
    used: int = 0

    def click(self, target: Locator) -> None:
        self.used += 1
        target.click()

    def press(self, key: str) -> None:
        self.used += 1
        self.page.keyboard.press(key)

    def go(self, key: str, place: str) -> None:
        """Two keys lead to another page of the site."""
        self.press("g")
        self.press(key)
        self.page.wait_for_url(re.compile(place))

    def card(self, name: str) -> Locator:
        return self.page.locator(f"#{name}")

    def row(self, card: str, value: str) -> Locator:
        return self.card(card).locator("tbody tr", has=self.page.get_by_role("rowheader", name=value, exact=True))

    def figure(self, name: str) -> Locator:
        return self.page.locator(f".figure.{name} .value")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backroom]:
    """The internal pages of the small shop."""
    with served(tmp_path_factory.mktemp("questions")) as found:
        yield found


@pytest.fixture
def keeper(room: Backroom, open_page: OpenPage) -> Keeper:
    return Keeper(room.enter(open_page()))


def visitors_this_week(keeper: Keeper) -> None:
    keeper.press("3")
    keeper.page.wait_for_url(re.compile("period=7d"))
    expect(keeper.figure("visitors")).to_have_text("5")


def who_is_counted(keeper: Keeper) -> None:
    told = keeper.page.locator(".answered p")
    expect(told).to_contain_text("These 6 visitors are the 60.0\u202f% of answers that allow statistics.")


def revenue_against_before(keeper: Keeper) -> None:
    expect(keeper.card("revenue").locator(".revenue dd")).to_contain_text("60.00 +100\u202f%")


def conversion_of_a_channel(keeper: Keeper) -> None:
    keeper.click(keeper.card("sources").get_by_role("link", name="Paid search"))
    expect(keeper.figure("conversion")).to_have_text("33.3\u202f%")


def entry_pages_of_email(keeper: Keeper) -> None:
    keeper.click(keeper.card("sources").get_by_role("link", name="E-mail"))
    keeper.click(keeper.card("pages").get_by_role("link", name="Entry pages"))
    expect(keeper.card("pages").get_by_role("rowheader")).to_have_text(["/", "/c/lamps"])


def searched_words(keeper: Keeper) -> None:
    keeper.click(keeper.card("pages").get_by_role("link", name="Searches"))
    expect(keeper.row("pages", "desk lamp")).to_be_visible()


def cities_of_phones(keeper: Keeper) -> None:
    keeper.click(keeper.card("technology").get_by_role("link", name="Mobile"))
    keeper.click(keeper.card("places").get_by_role("link", name="Cities"))
    expect(keeper.card("places").get_by_role("rowheader")).to_have_text(["Turku, Finland", "Stockholm, Sweden"])


def busiest_hour(keeper: Keeper) -> None:
    expect(keeper.card("week").locator("td.l6")).to_have_attribute("title", "Wednesday 19 o’clock: 2")


def where_orders_are_lost(keeper: Keeper) -> None:
    keeper.go("r", "/orders")
    lost = keeper.card("funnel").locator(".way li", has_text="Began checkout").locator(".left")
    expect(lost).to_have_text("\u22121")


def campaign_left_at_payment(keeper: Keeper) -> None:
    keeper.go("r", "/orders")
    keeper.click(keeper.card("cart_steps").get_by_role("link", name="Chose payment"))
    expect(keeper.card("cart_campaigns").get_by_role("rowheader")).to_have_text(["autumn"])


def money_in_left_carts(keeper: Keeper) -> None:
    keeper.go("r", "/orders")
    expect(keeper.row("cart_values", "Chose payment")).to_contain_text("80.00")


def next_page_after_the_first(keeper: Keeper) -> None:
    keeper.go("b", "/behaviour")
    keeper.click(keeper.card("paths").get_by_text("The figures as a table"))
    first = keeper.card("paths").locator("tbody tr").first
    expect(first.get_by_role("cell")).to_have_text(["1", "/c/lamps", "2"])
    expect(first.get_by_role("rowheader")).to_have_text("/")


QUESTIONS: dict[str, Callable[[Keeper], None]] = {
    "How many visitors came in the last seven days?": visitors_this_week,
    "Which part of all visits do the figures cover?": who_is_counted,
    "Do we sell more than in the period before?": revenue_against_before,
    "How many of those who come by paid search order something?": conversion_of_a_channel,
    "On which pages do readers of our e-mails arrive?": entry_pages_of_email,
    "What do visitors search for in the shop?": searched_words,
    "From which cities do visitors with phones come?": cities_of_phones,
    "At which time of the week is the shop busiest?": busiest_hour,
    "At which step do we lose people on the way to an order?": where_orders_are_lost,
    "Which campaign brings carts that are left at payment?": campaign_left_at_payment,
    "How much money lies in carts that were left?": money_in_left_carts,
    "Where do visitors go after their first page?": next_page_after_the_first,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_with_three_clicks_or_keys(keeper: Keeper, question: str) -> None:
    QUESTIONS[question](keeper)
    assert keeper.used <= MOST


def test_the_document_asks_the_same_questions() -> None:
    text = (REPOSITORY / "docs" / "questions.md").read_text("utf-8")
    assert re.findall(r"^## \d+\. (.*)$", text, re.MULTILINE) == list(QUESTIONS)
