"""What is counted by hand: sessions with their orders and what they left behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from suostumus.server.events import EventRow

CART_STEPS = ["add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info"]
MEASURED = {"scroll", "user_engagement", "web_vitals", "exception", "page_not_found"}  # of the page itself
SHOWN = {"view_item", "view_item_list", "view_promotion", "view_cart", "view_search_results"}  # by the page
FUNNEL = ["view_item", *CART_STEPS, "purchase"]
UNTOLD = {"add_shipping_info": {"add_payment_info", "purchase"}, "add_payment_info": {"purchase"}}  # what tells of them


@dataclass
class Event:
    """One event, with its moment."""

    at: datetime
    row: EventRow


@dataclass
class Order:
    """An order number, by its first purchase."""

    event: Event
    is_confirmed: bool = False


@dataclass
class Cart:
    """What a session left behind."""

    step: str
    at: datetime  # of its last event
    currency: str
    value: Decimal
    recovered_by: Order | None


@dataclass
class Session:
    """All events of one visitor under one session id, in order."""

    events: list[Event]
    orders: list[Order]
    cart: Cart | None = None
    ordered_until: datetime | None = None

    @property
    def visitor(self) -> str:
        return self.events[0].row.visitor

    @property
    def start(self) -> datetime:
        return self.events[0].at

    @property
    def views(self) -> list[EventRow]:
        return [event.row for event in self.events if event.row.name == "page_view"]

    @property
    def milliseconds(self) -> int:
        return (self.events[-1].at - self.events[0].at) // timedelta(milliseconds=1)

    def named(self, *names: str) -> list[EventRow]:
        return [event.row for event in self.events if event.row.name in names]


def obstacles(row: EventRow) -> list[str]:
    if row.name == "exception":
        return [row.error_kind or "error"]
    if row.name == "page_not_found":
        return ["page_not_found"]
    return ["shipping_cost"] if Decimal(row.shipping) > 0 and row.name not in {"purchase", "refund"} else []


def is_bounce(session: Session) -> bool:
    acts = [event for event in session.events if event.row.name not in MEASURED | SHOWN]
    return len(acts) == 1 and len(session.views) == 1 and len(session.named("view_item")) <= 1


def is_engaged(session: Session) -> bool:
    return session.milliseconds >= 10_000 or len(session.views) >= 2 or bool(session.named("purchase"))


def way(session: Session) -> list[datetime]:
    """When each step was reached, one after another."""
    reached: list[datetime] = []
    for event in session.events:
        while len(reached) < len(FUNNEL) and event.row.name in {step := FUNNEL[len(reached)], *UNTOLD.get(step, ())}:
            reached.append(event.at)
    return reached
