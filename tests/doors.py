"""Doors to the internal pages: signed in, in front of a shop or of no database at all."""

from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from staff import BASE, sign_in
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.testclient import TestClient
from stories import NOW, Story

from suostumus.dashboards.rows import Row
from suostumus.server.accounts import Accounts
from suostumus.server.ledger import Ledger
from suostumus.server.looks import LookLog
from suostumus.server.notice import build_notice
from suostumus.server.pages import internal_routes
from suostumus.server.settings import Settings, parse_settings
from suostumus.server.state import State
from suostumus.server.store import StoreError

TOML = b"""
[[sites]]
key = "shop"
name = "Test shop"
origins = ["https://shop.example"]
"""

OpenDoor = Callable[..., TestClient]


class Unreachable:
    """A database that does not answer."""

    def rows(self, _sql: str, _parameters: Mapping[str, object]) -> list[Row]:
        raise StoreError("cannot open ClickHouse")

    counts = rows


class Silent:
    """A database that must not be asked."""

    def rows(self, sql: str, _parameters: Mapping[str, object]) -> list[Row]:
        raise AssertionError(sql)

    counts = rows


class Tags(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def settings() -> Settings:
    return parse_settings(TOML, {})


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "accounts")


@pytest.fixture
def open_door(tmp_path: Path) -> Iterator[OpenDoor]:
    """Opens the internal pages in front of a database."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    looks = LookLog(ledger, State(ledger))

    def opener(reader: Any, accounts: Accounts, base: str = BASE) -> TestClient:
        notices = {site.key: build_notice(settings(), site) for site in settings().sites}
        routes = internal_routes(settings(), reader, accounts, looks, notices, clock=lambda: NOW)
        return TestClient(Starlette(routes=routes), base_url=base, follow_redirects=False)

    yield opener
    ledger.close()


def routes_of(client: TestClient) -> list[BaseRoute]:
    """The routes behind a door."""
    app = client.app
    assert isinstance(app, Starlette)
    return app.routes


@pytest.fixture
def door(open_door: OpenDoor, story: Story, accounts: Accounts) -> Iterator[TestClient]:
    """An analyst who signed in, in front of a small shop."""
    story.event("2026-11-02 10:00", path="/<b>bold</b>", country="FI", channel="email", city="Turku")
    story.purchase("2026-11-02 10:05", "A1", "1234.50", country="FI")
    story.event("2026-11-20 14:50", visitor=2, session=2, country="SE", channel="direct", ip="192.0.2.7")
    with open_door(story.reader, accounts) as client:
        yield sign_in(client, accounts)
