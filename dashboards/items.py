"""Metrics of single products: seen, put into carts, sold, given back."""

from suostumus.dashboards.dimensions import Grain, Part
from suostumus.dashboards.metric import Format, Metric

ITEM_VIEWS = Metric(
    "item_views",
    "Views",
    "views of items",
    Format.COUNT,
    "Items in view_item events of the period's sessions.",
    sql={Grain.ITEM: "countIf(kind = 'view_item')"},
)
ITEM_CARTS = Metric(
    "item_carts",
    "Into carts",
    "times",
    Format.COUNT,
    "Items in add_to_cart events of the period's sessions, whatever the quantity.",
    sql={Grain.ITEM: "countIf(kind = 'add_to_cart')"},
)
ITEM_ORDERS = Metric(
    "item_orders",
    "Orders",
    "orders",
    Format.COUNT,
    "Different orders of the period's sessions that hold the item.",
    sql={Grain.ITEM: "uniqExactIf(order_event, kind = 'purchase')"},
)
ITEM_QUANTITY = Metric(
    "item_quantity",
    "Sold",
    "pieces",
    Format.COUNT,
    "Pieces in the period's orders, before refunds.",
    sql={Grain.ITEM: "sumIf(quantity, kind = 'purchase')"},
)
ITEM_ABANDONED = Metric(
    "item_abandoned",
    "Left in carts",
    "abandoned carts",
    Format.COUNT,
    "Abandoned carts in which a step of the order process, after the session's last purchase, names the item.",
    rising_is_good=False,
    sql={
        Grain.ITEM: "uniqExactIf((visitor, session), left_step != '' AND is_over AND at > ordered_until "
        "AND kind IN ('add_to_cart', 'begin_checkout', 'add_shipping_info', 'add_payment_info'))"
    },
    part=Part.CARTS,
)
ITEM_SALES = Metric(
    "item_sales",
    "Sales",
    "money",
    Format.MONEY,
    "Price times quantity of the items in the period's orders, as the shop sends them, for each currency apart.",
    sql={Grain.ITEM: "sumIf(toDecimal128(price, 4) * quantity, kind = 'purchase')"},
)
ITEM_REFUNDS = Metric(
    "item_refunds",
    "Refunds",
    "money",
    Format.MONEY,
    "Price times quantity of the items that the refund events of the period's sessions name, for each currency apart.",
    rising_is_good=False,
    sql={Grain.ITEM: "sumIf(toDecimal128(price, 4) * quantity, kind = 'refund')"},
)

ITEM_METRICS = (
    ITEM_VIEWS,
    ITEM_CARTS,
    ITEM_ORDERS,
    ITEM_QUANTITY,
    ITEM_ABANDONED,
    ITEM_SALES,
    ITEM_REFUNDS,
)
