"""E-commerce in messages: its shape, and its texts as shops write them, read as they were meant."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec

from suostumus.server.fields import Message, Milliseconds, Short, Text
from suostumus.server.redaction import redact, redact_all

Fields = dict[str, object]

MOST_PIECES = 1_000_000
MONEY_DIGITS = 12  # before the decimal point
MOST_MONEY = 10_000_000_000  # of an order that is summed up: thousands of them a day fit a counter
NOTHING = Decimal(0)
MONEY_STEP = Decimal("0.0001")
ORDERS_REMEMBERED = 1_024  # in memory only: a product's line is the same with whoever looks at it
FEW_LINES = 3  # of orders that are remembered

_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,30})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Item(Message, frozen=True):
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


class Ecommerce(Message, frozen=True):
    """What an e-commerce event carries, in Google Analytics 4's words."""

    transaction_id: Short = ""
    currency: Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{3})?\Z")] = ""
    value: Decimal = NOTHING
    tax: Decimal = NOTHING
    shipping: Decimal = NOTHING
    coupon: Short = ""
    payment_type: Short = ""
    shipping_tier: Short = ""
    items: Annotated[list[Item], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Raise ValueError when an amount is out of range, or has no currency."""
        for name in ("value", "tax", "shipping"):
            _check_money(name, getattr(self, name))
        if self.value and not self.currency:
            raise ValueError("value without currency")


class OrderMessage(Message, frozen=True):
    """An order that was placed, or money that was given back, as a shop's server tells it."""

    name: Literal["purchase", "refund"]
    ecommerce: Ecommerce
    time: Milliseconds | None = None  # when the order was placed or the money given back; now, if not told
    refund_id: Short = ""  # tells several refunds of one order apart

    def __post_init__(self) -> None:
        """Raise ValueError when there is no order number, or no amount that could be summed up."""
        order = self.ecommerce
        if not order.transaction_id:
            raise ValueError("ecommerce.transaction_id: missing")
        if not order.currency:
            raise ValueError("ecommerce.currency: missing")
        if not 0 <= order.value < MOST_MONEY:
            raise ValueError(f"ecommerce.value: expected 0 to {MOST_MONEY}")
        if self.refund_id and not self.is_refund:
            raise ValueError("refund_id: of a refund only")

    @property
    def is_refund(self) -> bool:
        """Whether money was given back."""
        return self.name == "refund"


@lru_cache(maxsize=4096)
def money(amount: Decimal) -> str:
    """An amount as the columns hold it, with four decimals at most."""
    return format(amount.quantize(MONEY_STEP), "f")


def read_order(order: Fields) -> tuple[Fields, list[str]]:
    """The object `ecommerce` with its texts read, and the places of those that were left out.

    Values of other types are as they were: whoever sends a number as a number has to send the right one.
    """
    left_out: list[str] = []
    read = _read(order, "ecommerce", left_out)
    items = order.get("items")
    if isinstance(items, list):
        read["items"] = [
            _read(item, f"ecommerce.items[{place}]", left_out) if isinstance(item, dict) else item
            for place, item in enumerate(items)
        ]
    return read, left_out


def order_columns(order: Ecommerce) -> dict[str, Any]:
    """The columns of an EventRow that an order fills, its free texts without addresses and numbers of people."""
    lines = tuple(order.items)
    read_lines = _line_columns if len(lines) <= FEW_LINES else _line_columns.__wrapped__
    return {
        "order": order.transaction_id,
        "currency": order.currency,
        "value": money(order.value),
        "tax": money(order.tax),
        "shipping": money(order.shipping),
        "coupon": order.coupon,
        "payment_type": redact(order.payment_type)[0],
        "shipping_tier": redact(order.shipping_tier)[0],
        **read_lines(lines),
    }


@lru_cache(maxsize=ORDERS_REMEMBERED)
def _line_columns(items: Sequence[Item]) -> dict[str, Any]:
    """The columns of product lines; never changed by who reads them."""
    return {
        "item_ids": [item.item_id for item in items],
        "item_names": redact_all([item.item_name for item in items]),
        "item_brands": redact_all([item.item_brand for item in items]),
        "item_categories": redact_all([item.item_category for item in items]),
        "item_variants": redact_all([item.item_variant for item in items]),
        "item_coupons": [item.coupon for item in items],
        "item_prices": [money(item.price) for item in items],
        "item_discounts": [money(item.discount) for item in items],
        "item_quantities": [int(item.quantity) for item in items],
    }


def _is_whole(number: int | Decimal) -> bool:
    return isinstance(number, int) or (number.is_finite() and number == number.to_integral_value())


def _check_money(name: str, amount: Decimal) -> None:
    if amount is NOTHING:
        return
    if not amount.is_finite() or amount.adjusted() >= MONEY_DIGITS:
        raise ValueError(f"{name} out of range")


def _read(source: Fields, place: str, left_out: list[str]) -> Fields:
    def readable() -> Iterator[tuple[str, object]]:
        for name, value in source.items():
            reader = _READERS.get(name)
            known = reader(value.strip()) if reader and isinstance(value, str) else value
            if known is None and value is not None:
                left_out.append(f"{place}.{name}")
            else:
                yield name, known

    return dict(readable())


def _amount(text: str) -> str | None:
    return text.replace(",", ".") if _AMOUNT.fullmatch(text) else None


def _pieces(text: str) -> int | None:
    amount = _amount(text)
    if amount is None:
        return None
    pieces = int(Decimal(amount).to_integral_value(ROUND_HALF_UP))
    return pieces if 0 <= pieces <= MOST_PIECES else None


def _currency(text: str) -> str | None:
    code = text.upper()
    return code if _CURRENCY.fullmatch(code) else None


_READERS: dict[str, Callable[[str], object | None]] = {
    **dict.fromkeys(("value", "tax", "shipping", "price", "discount"), _amount),
    "quantity": _pieces,
    "currency": _currency,
}
