"""The registry of metrics: one written definition each, the same in every panel, export, document and test."""

from suostumus.dashboards.books import BOOKS_METRICS
from suostumus.dashboards.dimensions import Grain, Part
from suostumus.dashboards.metric import Format, Metric

VISITORS = Metric(
    "visitors",
    "Visitors",
    "visitors",
    Format.COUNT,
    "Different visitors with a session in the period, each counted once over the whole period. "
    "The visitors of several days or rows do not add up to it.",
    sql={Grain.SESSION: "uniqExact(person)"},
    example="A visitor who comes on Monday and on Tuesday is one visitor of each day and one of the week.",
)
NEW_VISITORS = Metric(
    "new_visitors",
    "New visitors",
    "visitors",
    Format.COUNT,
    "Visitors of the period whose consent was born in it. "
    "A visitor is born with the consent: who withdraws and consents again is new.",
    sql={Grain.SESSION: "uniqExactIf(person, is_new)"},
    example="Who consents on 30 November and comes back on 1 December is new in November and returning in December.",
)
RETURNING_VISITORS = Metric(
    "returning_visitors",
    "Returning visitors",
    "visitors",
    Format.COUNT,
    "Visitors of the period whose consent was born before it. New and returning visitors add up to visitors.",
    sql={Grain.SESSION: "uniqExact(person) - uniqExactIf(person, is_new)"},
)
SESSIONS = Metric(
    "sessions",
    "Sessions",
    "sessions",
    Format.COUNT,
    "Events of one visitor with no gap of 30 minutes or more. A session belongs to the period and the day "
    "in which its first event falls, in the site's time zone, and is counted whole.",
    sql={Grain.SESSION: "count()"},
    example="A session from 23:50 to 00:10 is one session of the first day, with all its page views.",
)
PAGE_VIEWS = Metric(
    "page_views",
    "Page views",
    "page views",
    Format.COUNT,
    "Events page_view of the period's sessions.",
    sql={Grain.SESSION: "sum(views_there)"},
)
VIEWS_PER_SESSION = Metric(
    "views_per_session",
    "Pages a session",
    "page views for each session",
    Format.RATIO,
    "Page views divided by sessions.",
    sql={Grain.SESSION: "sum(views_there) / count()"},
)
BOUNCE_RATE = Metric(
    "bounce_rate",
    "Bounce rate",
    "% of sessions",
    Format.RATE,
    "Sessions with exactly one page view and no other event than what a page measures of itself, divided by sessions.",
    rising_is_good=False,
    sql={Grain.SESSION: "countIf(acts = 1 AND views = 1) / count()"},
)
ENGAGEMENT_RATE = Metric(
    "engagement_rate",
    "Engagement",
    "% of sessions",
    Format.RATE,
    "Sessions that lasted 10 seconds or more, or saw two pages or more, or purchased, divided by sessions.",
    sql={Grain.SESSION: "countIf(milliseconds >= 10000 OR views >= 2 OR purchased > 0) / count()"},
)
DURATION = Metric(
    "duration",
    "Session duration",
    "minutes and seconds",
    Format.DURATION,
    "Time from the first to the last event of a session, averaged over all sessions. "
    "A session of one event lasts 0 seconds.",
    sql={Grain.SESSION: "sum(milliseconds) / 1000 / count()"},
)
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
    "Purchases minus refunds, for each currency apart.",
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
CARTS = Metric(
    "carts",
    "Carts",
    "sessions",
    Format.COUNT,
    "Sessions with at least one step of the order process: add_to_cart, begin_checkout, add_shipping_info "
    "or add_payment_info.",
    sql={Grain.SESSION: "countIf(has_cart)"},
    part=Part.CARTS,
)
ABANDONED_CARTS = Metric(
    "abandoned_carts",
    "Abandoned carts",
    "sessions",
    Format.COUNT,
    "Sessions with a step of the order process after their last purchase, or with a step and no purchase, "
    "once 30 minutes have passed without an event. The cart was left at its furthest step.",
    rising_is_good=False,
    sql={Grain.SESSION: "countIf(left_step != '' AND is_over)"},
    part=Part.CARTS,
    example="A session that adds a lamp, begins the checkout, goes back and adds a bulb, and ends, left one cart, "
    "at the checkout. A session that purchases and then adds another lamp left one too, at the cart.",
)
ABANDONMENT = Metric(
    "abandonment",
    "Abandonment",
    "% of carts",
    Format.RATE,
    "Abandoned carts divided by carts.",
    rising_is_good=False,
    sql={Grain.SESSION: "countIf(left_step != '' AND is_over) / nullIf(countIf(has_cart), 0)"},
    part=Part.CARTS,
)
RECOVERED_CARTS = Metric(
    "recovered_carts",
    "Recovered carts",
    "sessions",
    Format.COUNT,
    "Abandoned carts whose visitor ordered within 30 days after the cart's last event, also after the period.",
    sql={Grain.SESSION: "countIf(is_recovered AND is_over)"},
    part=Part.CARTS,
    example="Two carts left on Monday and Tuesday, and one order on Friday: two recovered carts, one recovered order.",
)
RECOVERY = Metric(
    "recovery",
    "Recovery",
    "% of abandoned carts",
    Format.RATE,
    "Recovered carts divided by abandoned carts.",
    sql={Grain.SESSION: "countIf(is_recovered AND is_over) / nullIf(countIf(left_step != '' AND is_over), 0)"},
    part=Part.CARTS,
)
RECOVERED_ORDERS = Metric(
    "recovered_orders",
    "Recovered orders",
    "orders",
    Format.COUNT,
    "Different orders that were the first after an abandoned cart of the period, at most 30 days later. "
    "One order may recover several carts and counts once; the recovered orders of several rows do not add up.",
    sql={Grain.SESSION: "uniqExactIf(recovering_order, is_recovered AND is_over)"},
    part=Part.CARTS,
)
TIME_TO_RETURN = Metric(
    "time_to_return",
    "Time to return",
    "days, hours and minutes",
    Format.DURATION,
    "The median time from the last event of a recovered cart to the order that recovered it.",
    rising_is_good=False,
    sql={
        Grain.SESSION: "if(countIf(is_recovered AND is_over) = 0, NULL, "
        "quantileExactInclusiveIf(0.5)(toFloat64(milliseconds_to_return), is_recovered AND is_over) / 1000)"
    },
    part=Part.CARTS,
)
VALUE_AT_RISK = Metric(
    "value_at_risk",
    "Value at risk",
    "money",
    Format.MONEY,
    "The value of the abandoned carts, for each currency apart: the value of the cart's last event that tells "
    "the whole cart (view_cart, begin_checkout, add_shipping_info, add_payment_info), plus what was added and minus "
    "what was removed after it, and never below zero. Only the currency of the cart's last event with one counts.",
    rising_is_good=False,
    sql={Grain.MONEY: "sumIf(value, kind = 'abandoned' AND is_over)"},
    part=Part.CARTS,
    example="add_to_cart 20.00, begin_checkout 20.00, add_to_cart 5.00, and the session ends: 25.00 at risk.",
)
VALUE_RECOVERED = Metric(
    "value_recovered",
    "Value recovered",
    "money",
    Format.MONEY,
    "The value of the recovered orders, each once, in their own currency.",
    sql={
        Grain.MONEY: "arraySum(found -> found.2, "
        "groupUniqArrayIf((order_event, value), kind = 'recovered' AND is_over))"
    },
    part=Part.CARTS,
)
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
    sql={Grain.ITEM: "sumIf(price * quantity, kind = 'purchase')"},
)
ITEM_REFUNDS = Metric(
    "item_refunds",
    "Refunds",
    "money",
    Format.MONEY,
    "Price times quantity of the items that the refund events of the period's sessions name, for each currency apart.",
    rising_is_good=False,
    sql={Grain.ITEM: "sumIf(price * quantity, kind = 'refund')"},
)
COVERAGE = Metric(
    "coverage",
    "Consent coverage",
    "% of answers",
    Format.RATE,
    "Answers that accepted all purposes, or some of them with statistics among these, divided by all answers given "
    "on the period's days. "
    "Counted without personal data; filters do not narrow it. A change of an earlier consent is not counted.",
)

FUNNEL_STEPS = {
    "view_item": "Viewed an item",
    "add_to_cart": "Added to cart",
    "begin_checkout": "Began checkout",
    "add_shipping_info": "Chose delivery",
    "add_payment_info": "Chose payment",
    "purchase": "Purchased",
}
"""The steps of the order process, in their order, with their titles."""


def _reached(step: str, sql: str) -> Metric:
    steps = list(FUNNEL_STEPS)
    way = ", then ".join(steps[: steps.index(step) + 1])
    return Metric(
        "reached_" + step,
        FUNNEL_STEPS[step],
        "sessions",
        Format.COUNT,
        f"Sessions with {way}, in this order; other events may lie between.",
        sql={Grain.SESSION: sql},
    )


REACHED = (
    _reached("view_item", "countIf(funnel_level >= 1)"),
    _reached("add_to_cart", "countIf(funnel_level >= 2)"),
    _reached("begin_checkout", "countIf(funnel_level >= 3)"),
    _reached("add_shipping_info", "countIf(funnel_level >= 4)"),
    _reached("add_payment_info", "countIf(funnel_level >= 5)"),
    _reached("purchase", "countIf(funnel_level >= 6)"),
)


def _time_to(step: str, sql: str, reached: str) -> Metric:
    steps = list(FUNNEL_STEPS)
    before = steps[steps.index(step) - 1]
    return Metric(
        "time_to_" + step,
        "Time to: " + FUNNEL_STEPS[step],
        "minutes and seconds",
        Format.DURATION,
        f"The median time from {before} to {step}, of the sessions that came to {step} in the order of the steps. "
        "The first view_item begins; then the first event of each step at or after the step before counts.",
        rising_is_good=False,
        sql={Grain.SESSION: "if(" + reached + " = 0, NULL, " + sql + " / 1000)"},
    )


TIMES = (
    _time_to(
        "add_to_cart",
        "quantileExactInclusiveIf(0.5)(toFloat64(way[3] - way[2]), funnel_level >= 2)",
        "countIf(funnel_level >= 2)",
    ),
    _time_to(
        "begin_checkout",
        "quantileExactInclusiveIf(0.5)(toFloat64(way[4] - way[3]), funnel_level >= 3)",
        "countIf(funnel_level >= 3)",
    ),
    _time_to(
        "add_shipping_info",
        "quantileExactInclusiveIf(0.5)(toFloat64(way[5] - way[4]), funnel_level >= 4)",
        "countIf(funnel_level >= 4)",
    ),
    _time_to(
        "add_payment_info",
        "quantileExactInclusiveIf(0.5)(toFloat64(way[6] - way[5]), funnel_level >= 5)",
        "countIf(funnel_level >= 5)",
    ),
    _time_to(
        "purchase",
        "quantileExactInclusiveIf(0.5)(toFloat64(way[7] - way[6]), funnel_level >= 6)",
        "countIf(funnel_level >= 6)",
    ),
)
"""From each step of the order process to the next."""

METRICS = (
    VISITORS,
    NEW_VISITORS,
    RETURNING_VISITORS,
    SESSIONS,
    PAGE_VIEWS,
    VIEWS_PER_SESSION,
    BOUNCE_RATE,
    ENGAGEMENT_RATE,
    DURATION,
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
    *REACHED,
    *TIMES,
    CARTS,
    ABANDONED_CARTS,
    ABANDONMENT,
    RECOVERED_CARTS,
    RECOVERY,
    RECOVERED_ORDERS,
    TIME_TO_RETURN,
    VALUE_AT_RISK,
    VALUE_RECOVERED,
    ITEM_VIEWS,
    ITEM_CARTS,
    ITEM_ORDERS,
    ITEM_QUANTITY,
    ITEM_ABANDONED,
    ITEM_SALES,
    ITEM_REFUNDS,
    COVERAGE,
    *BOOKS_METRICS,
)


def metric(name: str) -> Metric | None:
    """The metric with this name, None when there is none."""
    return next((entry for entry in METRICS if entry.name == name), None)
