"""Metrics of orders, confirmed or not, and of the money they brought."""

from suostumus.dashboards.dimensions import Grain, Part
from suostumus.dashboards.metric import Format, Metric

ORDERS = Metric(
    "orders",
    "Orders",
    "orders",
    Format.COUNT,
    "Different order numbers purchased in the period's sessions. An order number counts once per site, "
    "by its first purchase event that is kept; a purchase without an order number is an order of its own.",
    sql={Grain.SESSION: "sum(placed)", Grain.MONEY: "countIf(kind = 'purchase')"},
    part=Part.ORDERS,
    example="A page of thanks that is loaded twice, today and next week, is one order, of today.",
)
CONFIRMED_ORDERS = Metric(
    "confirmed_orders",
    "Confirmed orders",
    "orders",
    Format.COUNT,
    "Orders of the period's sessions that the shop's server told too, with the same number, currency and value.",
    sql={Grain.SESSION: "sum(confirmed_placed)", Grain.MONEY: "countIf(kind = 'purchase' AND is_confirmed)"},
    part=Part.ORDERS,
    example="A page of thanks that was shown although the payment failed is an order, and not a confirmed one.",
)
CONVERSION = Metric(
    "conversion",
    "Conversion",
    "% of sessions",
    Format.RATE,
    "Sessions with at least one order, divided by sessions.",
    sql={Grain.SESSION: "countIf(placed > 0) / count()"},
    part=Part.ORDERS,
)
BUYING_SESSIONS = Metric(
    "buying_sessions",
    "Sessions with an order",
    "sessions",
    Format.COUNT,
    "Sessions with at least one order.",
    sql={
        Grain.SESSION: "countIf(placed > 0)",
        Grain.MONEY: "uniqExactIf((visitor, session), kind = 'purchase')",
    },
    part=Part.ORDERS,
)
PURCHASES = Metric(
    "purchases",
    "Purchases",
    "money",
    Format.MONEY,
    "The value of the period's orders, as the shop sends it: nothing is added or taken away "
    "for tax or shipping. Currencies are never summed together.",
    sql={Grain.MONEY: "sumIf(value, kind = 'purchase')"},
    example="Orders of 50.00 EUR, 20.00 EUR and 300.00 SEK are purchases of 70.00 EUR and of 300.00 SEK.",
)
REFUNDS = Metric(
    "refunds",
    "Refunds",
    "money",
    Format.MONEY,
    "The value of the refund events in the period's sessions, in their own currency. A refund that the shop's server "
    "tells belongs to the session of its order.",
    rising_is_good=False,
    sql={Grain.MONEY: "sumIf(value, kind = 'refund')"},
)
REVENUE = Metric(
    "revenue",
    "Revenue",
    "money",
    Format.MONEY,
    "Purchases minus refunds, for each currency apart. The latest orders may still be refunded, so beside an earlier "
    "period they seem high.",
    sql={Grain.MONEY: "sumIf(value, kind = 'purchase') - sumIf(value, kind = 'refund')"},
)
AVERAGE_ORDER = Metric(
    "average_order",
    "Average order",
    "money",
    Format.MONEY,
    "Purchases divided by orders, for each currency apart, cut after four decimals.",
    sql={Grain.MONEY: "sumIf(value, kind = 'purchase') / nullIf(countIf(kind = 'purchase'), 0)"},
)
TAX = Metric(
    "tax",
    "Tax",
    "money",
    Format.MONEY,
    "The tax that the shop sent with the period's orders.",
    rising_is_good=None,
    sql={Grain.MONEY: "sumIf(order_tax, kind = 'purchase')"},
)
SHIPPING = Metric(
    "shipping",
    "Shipping",
    "money",
    Format.MONEY,
    "The shipping costs that the shop sent with the period's orders.",
    rising_is_good=None,
    sql={Grain.MONEY: "sumIf(order_shipping, kind = 'purchase')"},
)

SALES_METRICS = (
    ORDERS,
    CONFIRMED_ORDERS,
    CONVERSION,
    BUYING_SESSIONS,
    PURCHASES,
    REFUNDS,
    REVENUE,
    AVERAGE_ORDER,
    TAX,
    SHIPPING,
)
