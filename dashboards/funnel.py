"""The steps to an order: how many sessions came to each, and how long they took."""

from suostumus.dashboards.dimensions import Grain
from suostumus.dashboards.metric import Format, Metric

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
    place = steps.index(step) + 1
    way = ", then ".join(steps[:place])
    untold = (
        " Who chose a payment has chosen a delivery, and who ordered both, also where the shop does not tell it."
        if place > steps.index("begin_checkout") + 1
        else ""
    )
    return Metric(
        "reached_" + step,
        FUNNEL_STEPS[step],
        "sessions",
        Format.COUNT,
        f"Sessions with {way}, in this order; other events may lie between.{untold}",
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
