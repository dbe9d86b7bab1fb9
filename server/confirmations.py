"""What shops' servers tell of orders: joined to the session that told the same order, else only counted."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import uuid4

import msgspec

from suostumus.server import bundles, orderbook
from suostumus.server.appender import SpoolFullError
from suostumus.server.bundles import QueuedRow, append_rows, owner_of
from suostumus.server.clock import Clock, iso, iso_of_milliseconds, milliseconds, seconds
from suostumus.server.counters import CountKey, count
from suostumus.server.events import EventName, EventRow, Purpose
from suostumus.server.ledger import Ledger
from suostumus.server.notice import Notice
from suostumus.server.orderbook import Placed, Told
from suostumus.server.orders import OrderMessage, money, order_columns
from suostumus.server.room import Room
from suostumus.server.settings import Site
from suostumus.server.standings import read_standing
from suostumus.server.state import State
from suostumus.server.tally import day_of
from suostumus.server.token import Token

MOST_TELLERS = 3  # a number that more visitors tell was guessed
PLACED_DAYS = 7  # an order's session is known for as long, if the consent lasts
REFUND_DAYS = 90  # and for as long once the order is confirmed
MOST_PLACED = 3  # events of one request, the last ones: nobody places more orders at once
REPEAT_DAYS = 14  # a server that repeats itself is recognised for as long
MONEY_UNITS = 10_000  # of a counter, in one of the currency: ten-thousandths

_TELLING = frozenset(
    {EventName.BEGIN_CHECKOUT, EventName.ADD_SHIPPING_INFO, EventName.ADD_PAYMENT_INFO, EventName.PURCHASE}
)
"""Events whose order number says whose order it is."""


class Outcome(StrEnum):
    """What became of an order that a server told."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass
class _Join:
    """A session to which something told belongs."""

    order: bytes  # keyed hash of the number
    visitor: bytes  # keyed hash
    placed: Placed


@dataclass
class Confirmations:
    """Takes in what servers tell. An order is joined where number, currency and value are those a session told.

    Whoever only guesses an order's number learns nothing of it: nothing comes to a session that did not know the sum.
    """

    ledger: Ledger
    state: State
    clock: Clock
    room: Room
    notices: dict[str, Notice]
    wait_seconds: int  # how long an order waits for its session
    sites: frozenset[str]  # whose servers confirm orders: of no other site is anything noted

    def placed(self, rows: Sequence[EventRow], token: Token) -> dict[int, Placed]:
        """What the events of a request say of whose orders their numbers are, by their places."""
        if rows[0].site not in self.sites:
            return {}
        telling = [place for place, row in enumerate(rows) if row.order and row.name in _TELLING]
        return {place: _placed(rows[place], token) for place in telling[-MOST_PLACED:]}

    async def confirm(self, site: Site, orders: Sequence[OrderMessage]) -> list[Outcome]:
        """Take in orders and refunds of a site; what became of each, once that is on disk.

        Raises LedgerError or SpoolFullError, and then nothing was taken in.
        """
        now = self.clock()

        def work(connection: sqlite3.Connection) -> list[Outcome]:
            if full := self.room.lacks(bundles.depth(connection), len(orders)):
                raise SpoolFullError(full)
            self.state.refresh(connection)
            return [self._confirm(connection, site, order, now) for order in orders]

        return await asyncio.wrap_future(self.ledger.submit(work))

    def place(self, connection: sqlite3.Connection, visitor: bytes, placed: Placed, now: datetime) -> list[QueuedRow]:
        """Note whose order a number is, in the transaction that stores its event; rows of what waited for it."""
        order = self._order_hash(placed.site, placed.order)
        orderbook.place(connection, order, visitor, placed, _until(placed, now, PLACED_DAYS))
        return self._join_waiting(connection, order, now)

    def forget_expired(self) -> None:
        """Drop what has had its time, and the bytes of what waited in vain. Raises LedgerError."""
        now = seconds(self.clock())
        if self.ledger.write(lambda connection: orderbook.forget_expired(connection, now)):
            self.ledger.compact()

    def _confirm(self, connection: sqlite3.Connection, site: Site, order: OrderMessage, now: datetime) -> Outcome:
        number = self._order_hash(site.key, order.ecommerce.transaction_id)
        parts = (order.ecommerce.transaction_id, order.name, order.refund_id)
        confirmation = self.state.hash_seen("confirmation", site.key, *parts)
        is_known = not order.is_refund and any(
            placed.is_confirmed for _, placed in orderbook.tellers(connection, number)
        )
        until = seconds(now + timedelta(days=REPEAT_DAYS))
        if is_known or not orderbook.note_confirmation(connection, confirmation, until):
            return Outcome.DUPLICATE
        told = Told(site.key, day_of(site, _moment_of(order, now) // 1000), order)
        _count(connection, told, "refunded" if order.is_refund else "ordered")
        orderbook.await_session(connection, number, told, seconds(now) + self.wait_seconds)
        append_rows(connection, "events", self._join_waiting(connection, number, now), seconds(now))
        return Outcome.ACCEPTED

    def _join_waiting(self, connection: sqlite3.Connection, number: bytes, now: datetime) -> list[QueuedRow]:
        """The rows by which what waits joins its session: orders, and then their refunds."""
        rows = []
        for waiting in sorted(orderbook.waiting_for(connection, number), key=lambda one: one.told.order.is_refund):
            join = self._join(connection, number, waiting.told.order, now)
            if join:
                orderbook.drop_waiting(connection, waiting.number)
                rows.append(_joined(connection, join, waiting.told, now))
        return rows

    def _join(self, connection: sqlite3.Connection, number: bytes, order: OrderMessage, now: datetime) -> _Join | None:
        """The session to which an order belongs, None when there is none that may be added to."""
        tellers = orderbook.tellers(connection, number)
        if len(tellers) > MOST_TELLERS:
            return None
        fitting = [_Join(number, visitor, placed) for visitor, placed in tellers if _fits(order, placed)]
        allowed = [join for join in fitting if self._is_allowed(connection, join, now)]
        return min(allowed, key=lambda join: (not join.placed.is_purchase, join.placed.time), default=None)

    def _is_allowed(self, connection: sqlite3.Connection, join: _Join, now: datetime) -> bool:
        """Whether the consent on which the session was stored still is in force for `statistics`."""
        placed = join.placed
        notice = self.notices.get(placed.site)
        return (
            seconds(now) < placed.expires
            and notice is not None
            and Purpose.STATISTICS in notice.standing(placed.notice)
            and not read_standing(connection, join.visitor).withdrawn
        )

    def _order_hash(self, site: str, number: str) -> bytes:
        return self.state.hash_seen("order", site, number)


def _placed(row: EventRow, token: Token) -> Placed:
    return Placed(
        site=row.site,
        visitor=row.visitor,
        generation=row.generation,
        born=row.born,
        session=row.session,
        notice=token.notice,
        expires=token.expires,
        time=row.time,
        order=row.order,
        currency=row.currency,
        value=row.value,
        is_purchase=row.name == EventName.PURCHASE,
    )


def _until(placed: Placed, now: datetime, days: int) -> int:
    """When it is forgotten whose order it is, in seconds since 1970: never after the consent has ended."""
    return min(placed.expires, seconds(now + timedelta(days=days)))


def _fits(order: OrderMessage, placed: Placed) -> bool:
    """Whether an order is the one that a session told; a refund is of one that was confirmed."""
    told = order.ecommerce
    if told.currency != placed.currency:
        return False
    if order.is_refund:
        return placed.is_confirmed
    return not placed.is_confirmed and money(told.value) == placed.value


def _joined(connection: sqlite3.Connection, join: _Join, told: Told, now: datetime) -> QueuedRow:
    """The row by which an order or a refund joins its session, noted and counted.

    It stands a millisecond after the event that told the order: a refund changes the session in which was ordered,
    not the day on which the money went back.
    """
    placed = join.placed
    if not told.order.is_refund:
        orderbook.set_confirmed(connection, join.order, join.visitor, placed, _until(placed, now, REFUND_DAYS))
    _count(connection, told, "joined_refund" if told.order.is_refund else "joined")
    generation = max(placed.generation, read_standing(connection, join.visitor).generation)
    after = milliseconds(datetime.fromisoformat(placed.time)) + 1
    row = EventRow(
        site=placed.site,
        visitor=placed.visitor,
        generation=generation,
        born=placed.born,
        event=str(uuid4()),
        session=placed.session,
        name=told.order.name,
        time=iso_of_milliseconds(after),
        received=iso(now),
        confirmed=True,
        **order_columns(told.order.ecommerce),
    )
    return QueuedRow(row.time[:7], owner_of(join.visitor, generation), msgspec.json.encode(row))


def _count(connection: sqlite3.Connection, told: Told, kind: str) -> None:
    """Add to the day's number and sum, which know of nobody."""
    order = told.order.ecommerce
    count(connection, CountKey(told.site, told.day, kind, order.currency))
    units = int(Decimal(money(order.value)) * MONEY_UNITS)
    count(connection, CountKey(told.site, told.day, f"{kind}_value", order.currency), units)


def _moment_of(order: OrderMessage, now: datetime) -> int:
    """Milliseconds since 1970; never in the future."""
    present = milliseconds(now.astimezone(UTC))
    return present if order.time is None else min(order.time, present)
