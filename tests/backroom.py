"""The internal pages on a real port, in front of a small shop whose figures are known by heart."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from playwright.sync_api import Page
from staff import PASSWORD, enrol
from starlette.applications import Starlette
from stories import NOW, Story, visitor_id

from suostumus.server.accounts import Accounts, Role
from suostumus.server.desk import COOKIE
from suostumus.server.events import ConsentRow
from suostumus.server.ledger import Ledger
from suostumus.server.looks import LookLog
from suostumus.server.notebook import Notebook
from suostumus.server.notice import Notice, build_notice
from suostumus.server.pages import internal_routes
from suostumus.server.serve import Listener
from suostumus.server.settings import parse_settings
from suostumus.server.signin import Sessions
from suostumus.server.state import State

TOML = b"""
[[sites]]
key = "shop"
name = "Test shop"
origins = ["https://shop.example"]
time_zone = "Europe/Helsinki"
"""
STEPS = ("view_item", "add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info")


@dataclass(frozen=True)
class Backroom:
    """Where the pages are, and somebody who is signed in there."""

    address: str
    accounts: Accounts
    token: str

    def enter(self, page: Page, path: str = "/sites/shop") -> Page:
        """Open a page as an administrator."""
        page.set_default_timeout(60_000)  # a page asks many questions: a busy machine takes its time
        page.context.add_cookies([{"name": COOKIE, "value": self.token, "url": self.address}])
        page.goto(self.address + path)
        return page


@contextmanager
def served(folder: Path) -> Iterator[Backroom]:
    """The pages, with the story told."""
    accounts = Accounts(folder / "accounts")
    enrol(accounts, "keeper", Role.ADMINISTRATOR)
    session = Sessions(accounts).sign_in("keeper", PASSWORD)
    assert session
    story = Story.begin(folder)
    settings = parse_settings(TOML, {})
    notices = {site.key: build_notice(settings, site) for site in settings.sites}
    tell(story, notices["shop"])
    ledger = Ledger(folder / "ledger.sqlite")
    notebook = Notebook(accounts)
    notebook.write_note("shop", "2026-11-10", "The autumn sale began", "keeper")
    notebook.save_view("shop", "Mobile, a week", "", "period=7d&device=mobile")
    looks = LookLog(ledger, State(ledger))
    looks.note(NOW, "shop", "keeper", "listed", "Why carts are left", [str(visitor_id(1))])  # type: ignore[arg-type]  # as stored
    routes = internal_routes(settings, story.reader, accounts, looks, notices, clock=lambda: NOW)
    listener = Listener(Starlette(routes=routes), "127.0.0.1:0")
    thread = threading.Thread(target=lambda: asyncio.run(listener.serve()))
    thread.start()
    try:
        yield Backroom(f"http://{listener.address}", accounts, session.token)
    finally:
        listener.stop()
        thread.join()
        ledger.close()
        story.end()


def tell(story: Story, notice: Notice) -> None:
    """Six visitors of thirty days, and an order before."""
    email = {"channel": "email", "utm_campaign": "autumn", "device": "mobile", "country": "FI", "city": "Turku"}
    paid = {"channel": "paid_search", "utm_campaign": "brand", "device": "desktop", "country": "FI", "city": "Helsinki"}
    direct = {"channel": "direct", "device": "mobile", "country": "SE", "city": "Stockholm"}
    _walk(story, "2026-11-18 19", 1, ["/", "/c/lamps", "/p/lamp"], 5, ("lamp", "40.00"), email)
    _walk(story, "2026-11-18 19", 2, ["/c/lamps", "/p/lamp"], 5, ("lamp", "40.00"), email)
    _walk(story, "2026-11-19 19", 3, ["/", "/p/bulb"], 2, ("bulb", "5.00"), paid)
    _walk(story, "2026-11-19 18", 4, ["/", "/c/lamps", "/p/lamp"], 5, ("lamp", "60.00"), paid)
    bought: dict[str, Any] = item("lamp", "60.00")
    story.purchase("2026-11-19 18:50", "A1", "60.00", visitor=4, session=4, **bought, **paid)
    story.event("2026-11-17 12:00", visitor=5, session=5, path="/", **direct)
    story.event("2026-11-17 12:01", "search", visitor=5, session=5, search_term="desk lamp", **direct)
    story.event("2026-11-02 09:00", visitor=6, session=6, path="/c/lamps", **paid)
    story.purchase("2026-10-05 10:00", "A0", "30.00", visitor=7, session=7, **bought, **paid)
    consent = ConsentRow(
        record_id=str(uuid4()),
        site="shop",
        visitor=str(visitor_id(1)),
        generation=1,
        event_type="given",
        event_time="2026-11-18T17:00:00.000Z",
        expiry_time="2027-05-18T17:00:00Z",
        purposes=["statistics", "profiling"],
        privacy_notice=notice.version,
        shown="0" * 16,
        language="fi",
        layout="bar",
        surface="banner",
        method="click",
        gpc=False,
        gpc_conflict=False,
    )
    line = msgspec.to_builtins(consent) | {"batch": str(uuid4())}
    story.connection.insert_lines("consents", [msgspec.json.encode(line)])
    count = {"machine": str(uuid4()), "site": "shop", "day": "2026-11-18", "detail": "", "version": 1}
    counts = [count | {"kind": kind, "count": amount} for kind, amount in (("accepted", 6), ("refused", 4))]
    story.connection.insert_lines("daily_counts", [msgspec.json.encode(line) for line in counts])


def item(name: str, price: str) -> dict[str, object]:
    """The columns of one item."""
    texts = ("item_brands", "item_categories", "item_variants", "item_coupons")
    return {
        "item_ids": [name],
        "item_names": [name.capitalize()],
        **{column: [""] for column in texts},
        "item_prices": [price],
        "item_discounts": ["0"],
        "item_quantities": [1],
    }


def _walk(
    story: Story, hour: str, visitor: int, pages: list[str], steps: int, cart: tuple[str, str], more: dict[str, str]
) -> None:
    """A session that sees pages, then takes so many steps towards an order, a minute each."""
    name, value = cart
    who = {"visitor": visitor, "session": visitor}
    for minute, path in enumerate(pages):
        story.event(f"{hour}:{minute:02}", path=path, **who, **more)  # type: ignore[arg-type]  # told by name
    for minute, step in enumerate(STEPS[:steps], start=len(pages)):
        money = {"currency": "EUR", "value": value}
        story.event(f"{hour}:{minute:02}", step, **who, **more, **money, **item(name, value))  # type: ignore[arg-type]  # told by name
