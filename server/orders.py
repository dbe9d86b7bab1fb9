"""E-commerce events as shops write them: texts are read as they were meant; what cannot be read is left out."""

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

Fields = dict[str, object]

_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,30})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
MOST_PIECES = 1_000_000


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
