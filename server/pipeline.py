"""From what arrived to what may be stored: a list of named steps, run only on a consent in force."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec

from suostumus.geo.reader import Place
from suostumus.server.browsers import read_browser
from suostumus.server.client_address import Address, Policy, store_form
from suostumus.server.clock import iso_of_milliseconds
from suostumus.server.consent import Grant
from suostumus.server.events import COLUMN_PURPOSES, DropReason, EventRow
from suostumus.server.messages import EventMessage, MessageError
from suostumus.server.orders import order_columns
from suostumus.server.redaction import CAMPAIGN_PARAMETERS, CLICK_IDS, clean_url, redact
from suostumus.server.referrers import channel_of, read_referrer
from suostumus.server.settings import Site

QUEUED_AT_MOST = 3_600_000  # milliseconds
PAGES_REMEMBERED = 2_048  # in memory only, as all that is read once for many events
CAMPAIGN_LENGTH = 200  # characters

Columns = dict[str, Any]  # of an EventRow in the making


class Visit(msgspec.Struct, frozen=True):
    """What arrived, in memory only."""

    site: Site
    grant: Grant
    address: Address | None
    user_agent: str
    received: int  # milliseconds since 1970
    sent: int  # milliseconds since 1970, client's clock


class Dropped(Exception):  # noqa: N818 -- an answer, not a fault
    """The visit leaves no event. `reason` says why."""

    def __init__(self, reason: DropReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Pipeline:
    """The steps in their order. What is the same for all events of a visit is read once."""

    def __init__(self, place_of: Callable[[Address], Place], ip_storage: Policy, repeat_seconds: int) -> None:
        self._place_of = place_of
        self._ip_storage = ip_storage
        self._repeat = repeat_seconds * 1000
        self._visit_steps: Sequence[Callable[[Columns, Visit], None]] = (
            drop_bot,
            put_visitor,
            put_browser,
            self._put_address,
        )
        self._event_steps: Sequence[Callable[[Columns, Visit, EventMessage], None]] = (
            put_event,
            self._drop_late,
            put_time,
            put_page,
            put_referrer,
            put_link,
            put_texts,
            put_measurement,
            put_order,
            empty_columns_without_purpose,
        )

    def read_visit(self, visit: Visit) -> Columns:
        """The columns that all events of the visit share. Raises Dropped."""
        columns: Columns = {}
        for step in self._visit_steps:
            step(columns, visit)
        return columns

    def read_event(self, shared: Columns, visit: Visit, message: EventMessage) -> EventRow:
        """The row of one event. Raises Dropped, or MessageError, which names the field."""
        columns = dict(shared)
        for step in self._event_steps:
            step(columns, visit, message)
        return EventRow(**columns)

    def _drop_late(self, _: Columns, visit: Visit, message: EventMessage) -> None:
        """An event that was sent first when its id is no longer remembered may be a repeat."""
        if visit.sent - message.time >= self._repeat:
            raise Dropped(DropReason.TOO_LATE)

    def _put_address(self, columns: Columns, visit: Visit) -> None:
        if visit.address is None:
            return
        place = self._place_of(visit.address)
        columns["ip"] = store_form(visit.address, self._ip_storage)
        columns["country"] = place.country
        columns["region"] = place.region
        columns["city"] = place.city
        columns["latitude"] = place.latitude
        columns["longitude"] = place.longitude


def drop_bot(columns: Columns, visit: Visit) -> None:
    """Programs that no person looks through leave no event."""
    if read_browser(visit.user_agent).is_bot:
        raise Dropped(DropReason.BOT)


def put_visitor(columns: Columns, visit: Visit) -> None:
    """Who, as the token says, and when."""
    columns["site"] = visit.site.key
    columns["visitor"] = visit.grant.token.visitor
    columns["generation"] = visit.grant.token.generation
    columns["received"] = iso_of_milliseconds(visit.received)
    columns["born"] = iso_of_milliseconds(visit.grant.token.born * 1000)


def put_browser(columns: Columns, visit: Visit) -> None:
    """Family, major version, system, class of device; the string itself is not stored."""
    browser = read_browser(visit.user_agent)
    columns["browser"] = browser.family
    columns["browser_version"] = browser.version
    columns["system"] = browser.system
    columns["device"] = browser.device.value


def put_event(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """The event's own ids and its name."""
    columns["event"] = message.id
    columns["session"] = message.session
    columns["name"] = message.name.value


def put_time(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """Server time, less how long the event was queued by the client's clock; never before the consent."""
    queued = visit.sent - message.time
    if not 0 <= queued <= QUEUED_AT_MOST:
        queued = 0
    columns["time"] = iso_of_milliseconds(max(visit.received - queued, visit.grant.token.issued * 1000))


def put_page(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """The page, with allowed query parameters only. Raises MessageError when it is not one of the site's."""
    if not _is_of_site(message.url, visit.site):
        raise MessageError("url: not on one of the site's origins")
    columns.update(_page_columns(message.url, visit.site.query_parameters))


def put_referrer(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """From which address, server and domain the visitor came, and by which channel.

    A click id tells nothing here: what is learnt from it must go with `marketing`.
    """
    found = _referrer_columns(message.referrer, visit.site.origins, columns["utm_source"], columns["utm_medium"])
    columns.update(found)


def put_link(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """Where a link led, without query. `mailto:` and `tel:` links have no target."""
    if message.link_url:
        columns["link_url"] = clean_url(message.link_url, frozenset()).url


def put_texts(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """Free texts, without addresses and numbers of people."""
    columns["title"] = _clean_title(message.title)
    columns["search_term"] = redact(message.search_term)[0]
    columns["customer"] = message.customer


def put_measurement(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """What the browser measured of the page, and where an error was thrown: numbers and closed words."""
    columns["percent_scrolled"] = message.percent_scrolled
    columns["engagement_time_msec"] = message.engagement_time_msec
    columns["metric_name"] = message.metric_name
    columns["metric_value"] = message.metric_value
    columns["error_kind"] = message.error_kind
    columns["error_host"] = message.error_host
    columns["error_line"] = message.error_line


def put_order(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """The step of the order process, with its product lines."""
    order = message.ecommerce
    if order is not None:
        columns.update(order_columns(order))


def empty_columns_without_purpose(columns: Columns, visit: Visit, message: EventMessage) -> None:
    """What needs a purpose that was not granted is not stored."""
    for column in _columns_without(visit.grant.purposes):
        columns.pop(column, None)


@lru_cache(PAGES_REMEMBERED)
def _clean_title(title: str) -> str:
    """A page's title, which its visits share."""
    return redact(title)[0]


@lru_cache(PAGES_REMEMBERED)
def _page_columns(url: str, query_parameters: tuple[str, ...]) -> Columns:
    """What a page's address says; never changed by who reads it."""
    page = clean_url(url, CAMPAIGN_PARAMETERS | frozenset(query_parameters))
    click = clean_url(url, frozenset(CLICK_IDS)).parameters
    kind = next((kind for kind in CLICK_IDS if kind in click), "")
    return {
        "url": page.url,
        "host": page.host,
        "path": page.path,
        "click_id_kind": kind,
        "click_id": click.get(kind, "")[:CAMPAIGN_LENGTH],
        **{name: page.parameters.get(name, "")[:CAMPAIGN_LENGTH] for name in CAMPAIGN_PARAMETERS},
    }


@lru_cache(PAGES_REMEMBERED)
def _referrer_columns(url: str, origins: tuple[str, ...], utm_source: str, utm_medium: str) -> Columns:
    """What a referrer and the campaign say; never changed by who reads it."""
    referrer = read_referrer(url, _hosts(origins))
    return {
        "referrer_url": referrer.url,
        "referrer_host": referrer.host,
        "referrer_domain": referrer.domain,
        "channel": channel_of(referrer, utm_source, utm_medium).value,
    }


@lru_cache(maxsize=256)
def _columns_without(purposes: frozenset[str]) -> tuple[str, ...]:
    """The columns that need a purpose which was not granted."""
    return tuple(column for column, purpose in COLUMN_PURPOSES.items() if purpose not in purposes)


def _is_of_site(url: str, site: Site) -> bool:
    """Whether the address is an origin of the site's, alone or with a path."""
    return f"{url}/".startswith(_prefixes(site.origins))


@lru_cache(maxsize=1024)
def _prefixes(origins: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{origin}/" for origin in origins)


def _hosts(origins: tuple[str, ...]) -> frozenset[str]:
    return frozenset(urlsplit(origin).hostname or "" for origin in origins)
