"""What browsers send: the shapes of request bodies, with every limit of a field."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, TypeVar

import msgspec

from suostumus.server.decoding import describe
from suostumus.server.events import EventName
from suostumus.server.orders import MOST_PIECES, read_order

T = TypeVar("T")

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"

Uuid = Annotated[str, msgspec.Meta(pattern=UUID_PATTERN)]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
Short = Annotated[str, msgspec.Meta(max_length=100)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Url = Annotated[str, msgspec.Meta(max_length=2048)]
TokenText = Annotated[str, msgspec.Meta(max_length=2048)]
SiteKey = Annotated[str, msgspec.Meta(max_length=40)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]  # since 1970, client's clock
Pseudonym = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z0-9_-]*\Z")]

DAY_MILLISECONDS = 86_400_000  # no page is looked at for longer without a break
MOST_LINES = 10_000_000
MONEY_DIGITS = 12  # before the decimal point
NOTHING = Decimal(0)
MONEY_STEP = Decimal("0.0001")


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


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object: unknown fields are errors."""


class ConsentMessage(_Message, frozen=True):
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
    purposes: Annotated[list[Short], msgspec.Meta(max_length=32)] = []
    token: TokenText | None = None


class Item(_Message, frozen=True):
    """A product line, in Google Analytics 4's words."""

    item_id: Short = ""
    item_name: Text = ""
    item_brand: Short = ""
    item_category: Short = ""
    item_variant: Short = ""
    coupon: Short = ""
    price: Decimal = NOTHING
    discount: Decimal = NOTHING
    quantity: int | Decimal = 1  # whole

    def __post_init__(self) -> None:
        """Raise ValueError when an amount or the quantity is out of range."""
        _check_money("price", self.price)
        _check_money("discount", self.discount)
        if not _is_whole(self.quantity) or not 0 <= self.quantity <= MOST_PIECES:
            raise ValueError(f"quantity: expected a whole number from 0 to {MOST_PIECES}")


class Ecommerce(_Message, frozen=True):
    """What an e-commerce event carries, in Google Analytics 4's words."""

    transaction_id: Short = ""
    currency: Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{3})?\Z")] = ""
    value: Decimal = NOTHING
    tax: Decimal = NOTHING
    shipping: Decimal = NOTHING
    coupon: Short = ""
    payment_type: Short = ""
    shipping_tier: Short = ""
    items: Annotated[list[Item], msgspec.Meta(max_length=100)] = []

    def __post_init__(self) -> None:
        """Raise ValueError when an amount is out of range, or has no currency."""
        for name in ("value", "tax", "shipping"):
            _check_money(name, getattr(self, name))
        if self.value and not self.currency:
            raise ValueError("value without currency")


class EventMessage(_Message, frozen=True):
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


class _Events(_Message, frozen=True):
    """The body of POST /api/events, every event of it right."""

    site: SiteKey
    sent: Milliseconds
    events: list[EventMessage]
    token: TokenText | None = None


class _RawEvents(_Message, frozen=True):
    """The same, its events not looked at yet."""

    site: SiteKey
    sent: Milliseconds
    events: list[msgspec.Raw]
    token: TokenText | None = None


class _Identified(msgspec.Struct):
    """As much of an event as its answer needs."""

    id: Uuid


_CONSENT = msgspec.json.Decoder(ConsentMessage)
_EVENTS = msgspec.json.Decoder(_Events)
_RAW_EVENTS = msgspec.json.Decoder(_RawEvents)
_EVENT = msgspec.json.Decoder(EventMessage)
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


def decode_event(raw: bytes | msgspec.Raw, place: str) -> EventMessage:
    """Raises MessageError, which names the field below `place`."""
    return _decode(_EVENT, raw, place)


@lru_cache(maxsize=4096)
def money(amount: Decimal) -> str:
    """An amount as the columns hold it, with four decimals at most."""
    return format(amount.quantize(MONEY_STEP), "f")


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
    fields = _decode(_FIELDS, raw, place)
    order = fields.get("ecommerce")
    if not isinstance(order, dict):
        raise MessageError(f"{place}.ecommerce: nothing to read")
    order, unread = read_order(order)
    return decode_event(msgspec.json.encode(fields | {"ecommerce": order}), place), unread


def _id_of(raw: msgspec.Raw) -> str:
    """The event's id when it has one, else ""."""
    try:
        return msgspec.json.decode(raw, type=_Identified).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _is_whole(number: int | Decimal) -> bool:
    return isinstance(number, int) or (number.is_finite() and number == number.to_integral_value())


def _check_money(name: str, amount: Decimal) -> None:
    if amount is NOTHING:
        return
    if not amount.is_finite() or amount.adjusted() >= MONEY_DIGITS:
        raise ValueError(f"{name} out of range")
