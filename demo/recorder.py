"""What the tag would send of a visit: the bodies of its requests, with their times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypedDict
from uuid import UUID

from suostumus.demo.audience import Person
from suostumus.demo.layer import Ecommerce

Body = dict[str, object]
ORDERS = "/api/orders"
STATES = frozenset({"page_view", "view_item", "view_cart", "begin_checkout"})  # what a page is, not what was done


@dataclass(frozen=True, slots=True)
class Tag:
    """What the script of a site has baked in, as far as its requests tell it."""

    site: str
    origin: str  # of the shop
    notice: str  # version: 16 hex digits
    shown: Mapping[str, str]  # by language: 16 hex digits
    purposes: tuple[str, ...]  # in the order shown


@dataclass(frozen=True, slots=True)
class Post:
    """One request of the script: its body lacks the `token`, which whoever sends it fills in."""

    at: datetime  # UTC
    path: str  # /api/consent, /api/events, or ORDERS, which the shop's server sends
    body: Body


class Event(TypedDict, total=False):
    """An event of the wire."""

    id: str
    session: str
    name: str
    time: int  # milliseconds
    url: str
    title: str
    referrer: str
    search_term: str
    link_url: str
    error_kind: str
    customer: str
    ecommerce: Ecommerce


class Recorder:
    """Collects what happens on the pages of a visit, and makes the script's requests of it."""

    def __init__(self, tag: Tag, person: Person, random: Random, start: datetime) -> None:
        self.posts: list[Post] = []
        self.now = start
        self._tag = tag
        self._person = person
        self._random = random
        self._session = self._uuid()
        self._page: tuple[str, str, str] = ("", "", "")  # address, title and referrer
        self._events: list[Event] = []

    def wait(self, low: float, high: float) -> None:
        """Let some seconds pass, more often few than many."""
        self.now += timedelta(seconds=self._random.triangular(low, high, low + (high - low) / 4))

    def open(self, path: str, title: str, referrer: str | None = None) -> None:
        """Leave the page for another one of the shop; what happened on it is sent."""
        self.flush()
        before = self._page[0] if referrer is None else referrer
        self._page = (f"{self._tag.origin}{path}", title, before)
        self.happen("page_view")

    def happen(
        self,
        name: str,
        ecommerce: Ecommerce | None = None,
        *,
        search_term: str = "",
        link_url: str = "",
        error_kind: str = "",
    ) -> None:
        """Something to be counted."""
        url, title, referrer = self._page
        event: Event = {
            "id": self._uuid(),
            "session": self._session,
            "name": name,
            "time": _milliseconds(self.now),
            "url": url,
            "title": title,
            "referrer": referrer,
        }
        if ecommerce is not None:
            event["ecommerce"] = ecommerce
        if search_term:
            event["search_term"] = search_term
        if link_url:
            event["link_url"] = link_url
        if error_kind:
            event["error_kind"] = error_kind
        if self._person.customer and "profiling" in (self._person.purposes or ()):
            event["customer"] = self._person.customer
        self._events.append(event)

    def decide(self, action: str, purposes: tuple[str, ...], surface: str) -> None:
        """A choice. What the page is counts from here; what was done before is never sent."""
        self.wait(2, 25)
        self._post(
            "/api/consent",
            {
                "action": action,
                "purposes": list(purposes) if action == "save" else [],
                "decision": self._uuid(),
                "notice": self._tag.notice,
                "shown": self._tag.shown[self._person.language],
                "language": self._person.language,
                "layout": "bar",
                "surface": surface,
                "method": "click",
            },
        )
        granted = {"accept": self._tag.purposes, "save": purposes}.get(action, ())
        self._person.purposes = tuple(granted)
        self._events = [event for event in self._events if event["name"] in STATES]
        for event in self._events:
            event["time"] = _milliseconds(self.now)

    def confirm(self, ordered: Ecommerce) -> None:
        """The shop's server tells of an order, whatever the visitor chose."""
        self._post(ORDERS, {"orders": [{"name": "purchase", "time": _milliseconds(self.now), "ecommerce": ordered}]})

    def flush(self) -> None:
        """Send what happened on the page, when the person agreed to statistics."""
        events, self._events = self._events, []
        if not events or "statistics" not in (self._person.purposes or ()):
            return
        self.now += timedelta(milliseconds=200)
        self._post("/api/events", {"sent": _milliseconds(self.now), "events": events})

    def _post(self, path: str, body: Body) -> None:
        self.posts.append(Post(self.now, path, {"site": self._tag.site, **body}))

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
