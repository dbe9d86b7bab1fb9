"""Metrics of carts: those that were left, what they were worth, and which came back."""

from suostumus.dashboards.dimensions import Grain, Part
from suostumus.dashboards.metric import Format, Metric

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
    "Recovered carts divided by abandoned carts. A cart that was left lately may still be recovered, so the latest "
    "days seem low.",
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

CART_METRICS = (
    CARTS,
    ABANDONED_CARTS,
    ABANDONMENT,
    RECOVERED_CARTS,
    RECOVERY,
    RECOVERED_ORDERS,
    TIME_TO_RETURN,
    VALUE_AT_RISK,
    VALUE_RECOVERED,
)
