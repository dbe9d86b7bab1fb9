"""The shop's own books: what its server told of all orders, with and without consent, counted without anybody."""

from collections.abc import Sequence

from suostumus.dashboards.metric import Format, Metric

_COUNTED = (
    "An order counts on the day on which it was placed, for each currency apart. Counted without personal data: "
    "filters do not narrow it, and an erasure does not change it."
)

BOOKED_ORDERS = Metric(
    "booked_orders",
    "All orders",
    "orders",
    Format.COUNT,
    "Orders that the shop's server told, whoever placed them, with or without consent. " + _COUNTED,
    example="Three orders on Monday, one of them by a visitor who agreed: three orders in the books, one with consent.",
)
BOOKED_PURCHASES = Metric(
    "booked_purchases",
    "All purchases",
    "money",
    Format.MONEY,
    "The value of all orders that the shop's server told. " + _COUNTED,
)
BOOKED_REFUNDS = Metric(
    "booked_refunds",
    "All refunds",
    "money",
    Format.MONEY,
    "The value of all refunds that the shop's server told, on the day on which the money went back, for each currency "
    "apart. Counted without personal data: filters do not narrow it, and an erasure does not change it.",
    rising_is_good=False,
)
JOINED_ORDERS = Metric(
    "joined_orders",
    "With consent",
    "orders",
    Format.COUNT,
    "Of all orders that the shop's server told, those that joined the session of a visitor who agreed to statistics. "
    + _COUNTED,
)
JOINED_SHARE = Metric(
    "joined_share",
    "Share with consent",
    "% of orders",
    Format.RATE,
    "Orders with consent divided by all orders that the shop's server told.",
)

BOOKS_METRICS = (BOOKED_ORDERS, BOOKED_PURCHASES, BOOKED_REFUNDS, JOINED_ORDERS, JOINED_SHARE)


def book_rows(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """A row a currency, with the share of the orders that have consent."""
    return [row | {JOINED_SHARE.name: _share(row)} for row in rows]


def _share(row: dict[str, object]) -> float | None:
    booked, joined = row[BOOKED_ORDERS.name], row[JOINED_ORDERS.name]
    return joined / booked if isinstance(booked, int) and isinstance(joined, int) and booked else None
