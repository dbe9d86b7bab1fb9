"""What browsers and shops' servers send: the shapes of request bodies."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec

from suostumus.server.decoding import describe
from suostumus.server.events import EventName
from suostumus.server.fields import (
    DAY_MILLISECONDS,
    MOST_LINES,
    Hash,
    Message,
    Milliseconds,
    Pseudonym,
    Short,
    SiteKey,
    Text,
    TokenText,
    Url,
    Uuid,
)
from suostumus.server.orders import Ecommerce, OrderMessage, read_order

T = TypeVar("T")


class MessageError(Exception):
    """A body that is not of the shape. The message names the field."""


class Action(StrEnum):
    """What a visitor decides."""

    ACCEPT = "accept"
    REJECT = "reject"
    SAVE = "save"
    WITHDRAW = "withdraw"


class Surface(StrEnum):
    """Where on the screen a decision was made."""

    BANNER = "banner"
    PREFERENCES = "preferences"
    CONTROL = "control"
    PAGE = "page"
    PLACEHOLDER = "placeholder"  # of embedded content


class Method(StrEnum):
    """Whether a person clicked or a program did."""

    CLICK = "click"
    AUTOMATED = "automated"


class Layout(StrEnum):
    """How the question was laid out."""

    BAR = "bar"
    CARD = "card"
    DIALOG = "dialog"
    PAGE = "page"


class ConsentMessage(Message, frozen=True):
    """The body of POST /api/consent."""

    site: SiteKey
    action: Action
    decision: Uuid
    notice: Hash
    shown: Hash
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}\Z")]
    layout: Layout
    surface: Surface
    method: Method
    purposes: Annotated[list[Short], msgspec.Meta(max_length=32)] = msgspec.field(default_factory=list)
    token: TokenText | None = None


class EventMessage(Message, frozen=True):
    """One event as the script sends it."""

    id: Uuid
    session: Uuid
    name: EventName
    time: Milliseconds
    url: Url
    title: Text = ""
    referrer: Url = ""
    link_url: Url = ""
    search_term: Text = ""
    percent_scrolled: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    engagement_time_msec: Annotated[int, msgspec.Meta(ge=0, le=DAY_MILLISECONDS)] = 0
    metric_name: Literal["", "CLS", "INP", "LCP", "TTFB"] = ""
    metric_value: Annotated[float, msgspec.Meta(ge=0, le=DAY_MILLISECONDS)] = 0
    error_kind: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{0,50}\Z")] = ""
    error_host: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9.:\[\]-]{0,253}\Z")] = ""
    error_line: Annotated[int, msgspec.Meta(ge=0, le=MOST_LINES)] = 0
    customer: Pseudonym = ""
    ecommerce: Ecommerce | None = None


class BadEvent(msgspec.Struct, frozen=True):
    """An event that is not of the shape; it spares its neighbours."""

    id: str  # "" when it has none
    error: str  # names the field


class EventsMessage(msgspec.Struct, frozen=True):
    """The body of POST /api/events, as far as it could be read."""

    site: str
    token: str | None
    sent: int  # milliseconds since 1970, client's clock
    events: Sequence[EventMessage | BadEvent]
    left_out: Mapping[int, str] = {}  # by place of an event: names the fields that could not be read


class _Events(Message, frozen=True):
    """The body of POST /api/events, every event of it right."""

    site: SiteKey
    sent: Milliseconds
    events: list[EventMessage]
    token: TokenText | None = None


class _RawEvents(Message, frozen=True):
    """The same, its events not looked at yet."""

    site: SiteKey
    sent: Milliseconds
    events: list[msgspec.Raw]
    token: TokenText | None = None


class BadOrder(msgspec.Struct, frozen=True):
    """An order that is not of the shape; it spares its neighbours."""

    error: str  # names the field


class OrdersMessage(msgspec.Struct, frozen=True):
    """The body of POST /api/orders, as far as it could be read."""

    site: str
    orders: list[OrderMessage | BadOrder]


class _RawOrders(Message, frozen=True):
    """The body of POST /api/orders, its orders not looked at yet."""

    site: SiteKey
    orders: list[msgspec.Raw]


class _Identified(msgspec.Struct):
    """As much of an event as its answer needs."""

    id: Uuid


_CONSENT = msgspec.json.Decoder(ConsentMessage)
_EVENTS = msgspec.json.Decoder(_Events)
_RAW_EVENTS = msgspec.json.Decoder(_RawEvents)
_EVENT = msgspec.json.Decoder(EventMessage)
_RAW_ORDERS = msgspec.json.Decoder(_RawOrders)
_ORDER = msgspec.json.Decoder(OrderMessage)
_FIELDS = msgspec.json.Decoder(dict[str, object])


def decode_consent(body: bytes) -> ConsentMessage:
    """Raises MessageError, which names the field."""
    return _decode(_CONSENT, body)


def decode_events(body: bytes, limit: int) -> EventsMessage:
    """Read a request with events; those that are not of the shape are told apart. Raises MessageError for the rest."""
    message: _Events | _RawEvents
    events: Sequence[EventMessage | BadEvent]
    left_out: dict[int, str] = {}
    try:
        message = _EVENTS.decode(body)
        events = message.events
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        message = _decode(_RAW_EVENTS, body)
        events = [_read_event(raw, place, left_out) for place, raw in enumerate(message.events[:limit])]
    if not 1 <= len(message.events) <= limit:
        raise MessageError(f"events: expected 1 to {limit} of them")
    return EventsMessage(message.site, message.token, message.sent, events, left_out)


def decode_orders(body: bytes, limit: int) -> OrdersMessage:
    """Read a request with orders; those that are not of the shape are told apart. Raises MessageError for the rest."""
    message = _decode(_RAW_ORDERS, body)
    if not 1 <= len(message.orders) <= limit:
        raise MessageError(f"orders: expected 1 to {limit} of them")
    return OrdersMessage(message.site, [_read_told(raw, place) for place, raw in enumerate(message.orders)])


def decode_event(raw: bytes | msgspec.Raw, place: str) -> EventMessage:
    """Raises MessageError, which names the field below `place`."""
    return _decode(_EVENT, raw, place)


def _decode(decoder: msgspec.json.Decoder[T], body: bytes | msgspec.Raw, place: str = "") -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise MessageError(describe(error, place)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"{place or 'body'}: not JSON") from error


def _read_event(raw: msgspec.Raw, number: int, left_out: dict[int, str]) -> EventMessage | BadEvent:
    """An event by itself; where its order is not of the shape, with the texts of the order read as shops write them."""
    place = f"events[{number}]"
    try:
        return decode_event(raw, place)
    except MessageError as error:
        try:
            event, unread = _with_read_order(raw, place)
        except MessageError:
            return BadEvent(_id_of(raw), str(error))
        if unread:
            left_out[number] = ", ".join(f"{place}.{one}" for one in unread) + ": not readable, left out"
        return event


def _with_read_order(raw: msgspec.Raw, place: str) -> tuple[EventMessage, list[str]]:
    """Raises MessageError."""
    read, unread = _read_texts(raw, place)
    return decode_event(read, place), unread


def _read_told(raw: msgspec.Raw, number: int) -> OrderMessage | BadOrder:
    """An order as a server tells it, with its texts read; what cannot be read is a fault, for a server can mend it."""
    place = f"orders[{number}]"
    try:
        read, unread = _read_texts(raw, place)
        if unread:
            return BadOrder(f"{place}.{unread[0]}: not readable")
        return _decode(_ORDER, read, place)
    except MessageError as error:
        return BadOrder(str(error))


def _read_texts(raw: msgspec.Raw, place: str) -> tuple[bytes, list[str]]:
    """An object with the texts of its `ecommerce` read, and the places of those that cannot be. Raises MessageError."""
    fields = _decode(_FIELDS, raw, place)
    order = fields.get("ecommerce")
    if not isinstance(order, dict):
        raise MessageError(f"{place}.ecommerce: expected `object`")
    read, unread = read_order(order)
    return msgspec.json.encode(fields | {"ecommerce": read}), unread


def _id_of(raw: msgspec.Raw) -> str:
    """The event's id when it has one, else ""."""
    try:
        return msgspec.json.decode(raw, type=_Identified).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
