"""A count by hand, in plain loops, written from docs/metrics.md alone: it knows nothing of any query."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from statistics import median
from zoneinfo import ZoneInfo

from counted import CART_STEPS, FUNNEL, Cart, Event, Order, Session, is_bounce, is_engaged, obstacles, way

from suostumus.server.events import EventRow

WHOLE_CARTS = {"view_cart", "begin_checkout", "add_shipping_info", "add_payment_info"}
CART_EVENTS = {*CART_STEPS, "view_cart", "remove_from_cart"}
ITEM_EVENTS = {"view_item", *CART_STEPS, "purchase", "refund"}

Key = tuple[str, ...]
Figures = dict[str, object]


class Count:
    """One period of one site, counted by hand."""

    def __init__(self, rows: Iterable[EventRow], start: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> None:
        self.start, self.end, self.now, self.zone = start, end, now, zone
        events = sorted((Event(datetime.fromisoformat(row.time), row) for row in rows), key=lambda event: event.at)
        self.orders = self._find_orders(events)
        self._orders_of: dict[str, list[Order]] = {}
        for order in self.orders:
            self._orders_of.setdefault(order.event.row.visitor, []).append(order)
        found: dict[tuple[str, str], Session] = {}
        for event in events:
            session = found.setdefault((event.row.visitor, event.row.session), Session([], []))
            session.events.append(event)
        for order in self.orders:
            found[order.event.row.visitor, order.event.row.session].orders.append(order)
        self.sessions = [session for session in found.values() if start <= session.start < end]
        for session in self.sessions:
            self._look_into_cart(session)

    def _find_orders(self, events: list[Event]) -> list[Order]:
        orders: dict[str, Order] = {}
        for event in events:
            if event.row.name == "purchase":
                order = orders.setdefault(event.row.order or f"event {event.row.event}", Order(event))
                order.is_confirmed |= event.row.confirmed and _told_alike(event.row, order.event.row)
        return list(orders.values())

    def _look_into_cart(self, session: Session) -> None:
        purchases = [event.at for event in session.events if event.row.name == "purchase"]
        session.ordered_until = max(purchases) if purchases else None
        left = [
            event
            for event in session.events
            if event.row.name in CART_EVENTS and (session.ordered_until is None or event.at > session.ordered_until)
        ]
        steps = [event.row.name for event in left if event.row.name in CART_STEPS]
        if not steps or session.events[-1].at + timedelta(minutes=30) > self.now:
            return
        currency = ""
        for event in left:
            currency = event.row.currency or currency
        value = Decimal(0)
        for event in left:
            if event.row.currency != currency:
                continue
            if event.row.name in WHOLE_CARTS:
                value = Decimal(event.row.value)
            elif event.row.name == "add_to_cart":
                value += Decimal(event.row.value)
            else:
                value -= Decimal(event.row.value)
        last = left[-1].at
        session.cart = Cart(
            step=max(steps, key=CART_STEPS.index),
            at=last,
            currency=currency,
            value=max(value, Decimal(0)),
            recovered_by=self._next_order(session.visitor, last),
        )

    def _next_order(self, visitor: str, after: datetime) -> Order | None:
        later = [order for order in self._orders_of.get(visitor, []) if order.event.at > after]
        first = min(later, key=lambda order: order.event.at, default=None)
        return first if first and first.event.at <= after + timedelta(days=30) else None

    def values(self, session: Session, name: str) -> list[str]:
        """The different values that a session has of a dimension; of none, one."""
        if not name:
            return [""]
        first = session.events[0].row
        view = session.views[0] if session.views else None
        rows = [event.row for event in session.events]
        local = session.start.astimezone(self.zone)
        born = datetime.fromisoformat(first.born)
        of_first_view = {
            "referrer": "referrer_domain",
            "referrer_host": "referrer_host",
            "referrer_url": "referrer_url",
            "channel": "channel",
            "campaign": "utm_campaign",
            "source": "utm_source",
            "medium": "utm_medium",
            "term": "utm_term",
            "content": "utm_content",
            "entry_page": "path",
        }
        several: dict[str, Callable[[EventRow], list[str]]] = {
            "event": lambda row: [row.name],
            "page": lambda row: [row.path] if row.name == "page_view" else [],
            "missing_page": lambda row: [row.path] if row.name == "page_not_found" else [],
            "obstacle": obstacles,
            "search_term": lambda row: [row.search_term] if row.search_term else [],
            "item": lambda row: row.item_ids,
            "item_category": lambda row: row.item_categories,
            "item_brand": lambda row: row.item_brands,
            "coupon": lambda row: [row.coupon] if row.coupon else [],
            "payment_type": lambda row: [row.payment_type] if row.payment_type else [],
            "shipping_tier": lambda row: [row.shipping_tier] if row.shipping_tier else [],
        }
        if name in several:
            return sorted({value for row in rows for value in several[name](row)})
        if name in of_first_view:
            return [getattr(view, of_first_view[name]) if view else ""]
        single = {
            "exit_page": session.views[-1].path if session.views else "",
            "weekday": str(local.isoweekday()),
            "hour": str(local.hour),
            "visitor_kind": "new" if born >= self.start else "returning",
            "cart_step": session.cart.step if session.cart else "",
            "browser_release": f"{first.browser} {first.browser_version}".rstrip(),
        }
        return [single[name] if name in single else str(getattr(first, name))]

    def kept(self, filters: Mapping[str, Iterable[str]]) -> list[Session]:
        """The sessions that match a value of each filter."""
        return [
            session
            for session in self.sessions
            if all(set(self.values(session, name)) & set(wanted) for name, wanted in filters.items())
        ]

    def by_session(self, sessions: list[Session], name: str) -> dict[Key, Figures]:
        """Metrics of sessions, by one dimension; by none when the name is empty."""
        groups: dict[str, list[Session]] = {}
        for session in sessions:
            for value in self.values(session, name):
                groups.setdefault(value, []).append(session)
        seen = {"page": "page_view", "missing_page": "page_not_found"}.get(name, "")
        return {(value,): self._figures(group, value, seen) for value, group in groups.items()}

    def _figures(self, group: list[Session], page: str, seen: str) -> Figures:
        """The metrics of some sessions; where they are told apart by pages `seen`, the views are those of the page."""
        count = len(group)
        rows = [row for session in group for row in session.named(seen or "page_view")]
        views = sum(not seen or row.path == page for row in rows)
        carts = [session for session in group if session.named(*CART_STEPS)]
        left = [session.cart for session in group if session.cart]
        back = [(cart, cart.recovered_by) for cart in left if cart.recovered_by]
        waits = [(order.event.at - cart.at) // timedelta(milliseconds=1) for cart, order in back]
        new = {session.visitor for session in group if self.values(session, "visitor_kind") == ["new"]}
        figures: Figures = {
            "visitors": len({session.visitor for session in group}),
            "new_visitors": len(new),
            "returning_visitors": len({session.visitor for session in group} - new),
            "sessions": count,
            "page_views": views,
            "views_per_session": views / count,
            "bounce_rate": sum(is_bounce(session) for session in group) / count,
            "engagement_rate": sum(is_engaged(session) for session in group) / count,
            "duration": sum(session.milliseconds for session in group) / 1000 / count,
            "orders": sum(len(session.orders) for session in group),
            "confirmed_orders": sum(order.is_confirmed for session in group for order in session.orders),
            "buying_sessions": sum(bool(session.orders) for session in group),
            "conversion": sum(bool(session.orders) for session in group) / count,
            "carts": len(carts),
            "abandoned_carts": len(left),
            "abandonment": len(left) / len(carts) if carts else None,
            "recovered_carts": len(back),
            "recovery": len(back) / len(left) if left else None,
            "recovered_orders": len({order.event.row.event for _, order in back}),
            "time_to_return": median(waits) / 1000 if waits else None,
        }
        for place, step in enumerate(FUNNEL):
            ways = [found for found in map(way, group) if len(found) > place]
            figures[f"reached_{step}"] = len(ways)
            if place:
                steps = [(way[place] - way[place - 1]) // timedelta(milliseconds=1) for way in ways]
                figures[f"time_to_{step}"] = median(steps) / 1000 if steps else None
        return figures

    def by_money(self, sessions: list[Session], name: str) -> dict[Key, Figures]:
        """Metrics of orders, refunds and carts, by currency and one dimension."""
        groups: dict[Key, list[tuple[str, Event | None, Decimal]]] = {}

        def add(session: Session, kind: str, event: Event | None, currency: str, value: Decimal) -> None:
            own = {"coupon", "payment_type", "shipping_tier"}
            is_own = kind in {"purchase", "refund"}
            told = getattr(event.row, name) if name in own and event and is_own else ""
            for found in [told] if name in own else self.values(session, name):
                groups.setdefault((currency, found), []).append((kind, event, value))

        for session in sessions:
            for order in session.orders:
                row = order.event.row
                add(session, "purchase", order.event, row.currency, Decimal(row.value))
            for event in session.events:
                if event.row.name == "refund":
                    add(session, "refund", event, event.row.currency, Decimal(event.row.value))
            if cart := session.cart:
                add(session, "abandoned", None, cart.currency, cart.value)
                if cart.recovered_by:
                    event = cart.recovered_by.event
                    add(session, "recovered", event, event.row.currency, Decimal(event.row.value))
        confirmed = {order.event.row.event for order in self.orders if order.is_confirmed}
        return {key: _money_figures(group, confirmed) for key, group in groups.items()}

    def by_item(self, sessions: list[Session], name: str) -> dict[Key, Figures]:
        """Metrics of items, by currency and one dimension."""
        groups: dict[Key, list[tuple[Session, Event, int]]] = {}
        own = {"item": "item_ids", "item_category": "item_categories", "item_brand": "item_brands"}
        counted = {order.event.row.event for order in self.orders}
        for session in sessions:
            for event in session.events:
                row = event.row
                if row.name not in ITEM_EVENTS or (row.name == "purchase" and row.event not in counted):
                    continue
                for place in range(len(row.item_ids)):
                    told = getattr(row, own[name])[place] if name in own else ""
                    for value in [told] if name in own else self.values(session, name):
                        groups.setdefault((row.currency, value), []).append((session, event, place))
        return {key: _item_figures(group) for key, group in groups.items()}


def _told_alike(one: EventRow, other: EventRow) -> bool:
    return (one.currency, Decimal(one.value)) == (other.currency, Decimal(other.value))


def _money_figures(group: list[tuple[str, Event | None, Decimal]], confirmed: set[str]) -> Figures:
    orders = [event.row for kind, event, _ in group if kind == "purchase" and event]
    bought = sum((Decimal(row.value) for row in orders), Decimal(0))
    given_back = sum((value for kind, _, value in group if kind == "refund"), Decimal(0))
    recovering = {event.row.event: value for kind, event, value in group if kind == "recovered" and event}
    average = (bought / len(orders)).quantize(Decimal("0.0001"), ROUND_DOWN) if orders else None
    return {
        "orders": len(orders),
        "confirmed_orders": sum(row.event in confirmed for row in orders),
        "buying_sessions": len({(row.visitor, row.session) for row in orders}),
        "purchases": bought,
        "refunds": given_back,
        "revenue": bought - given_back,
        "average_order": average,
        "tax": sum((Decimal(row.tax) for row in orders), Decimal(0)),
        "shipping": sum((Decimal(row.shipping) for row in orders), Decimal(0)),
        "value_at_risk": sum((value for kind, _, value in group if kind == "abandoned"), Decimal(0)),
        "value_recovered": sum(recovering.values(), Decimal(0)),
    }


def _item_figures(group: list[tuple[Session, Event, int]]) -> Figures:
    def of(kind: str) -> list[tuple[EventRow, int]]:
        return [(event.row, place) for _, event, place in group if event.row.name == kind]

    def money(kind: str) -> Decimal:
        return sum((Decimal(row.item_prices[at]) * row.item_quantities[at] for row, at in of(kind)), Decimal(0))

    left = {
        id(session)
        for session, event, _ in group
        if session.cart
        and event.row.name in CART_STEPS
        and (session.ordered_until is None or event.at > session.ordered_until)
    }
    return {
        "item_views": len(of("view_item")),
        "item_carts": len(of("add_to_cart")),
        "item_orders": len({row.event for row, _ in of("purchase")}),
        "item_quantity": sum(row.item_quantities[at] for row, at in of("purchase")),
        "item_abandoned": len(left),
        "item_sales": money("purchase"),
        "item_refunds": money("refund"),
    }
