"""The registry of metrics: one written definition each, the same in every panel, export and document."""

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """How a value is written."""

    COUNT = "count"
    RATE = "rate"  # a share between 0 and 1, written as per cent
    DURATION = "duration"  # seconds
    MONEY = "money"  # a decimal in the row's currency
    TEXT = "text"
    TIME = "time"  # an aware moment, written in the site's time zone


@dataclass(frozen=True)
class Metric:
    """One figure, with the definition that docs/metrics.md prints."""

    name: str
    title: str
    unit: str
    format: Format
    definition: str
    rising_is_good: bool | None = True  # None: neither


VISITORS = Metric(
    "visitors",
    "Visitors",
    "visitors",
    Format.COUNT,
    "Different visitors with a session in the period, each counted once over the whole period. "
    "The visitors of several days or rows do not add up to it.",
)
NEW_VISITORS = Metric(
    "new_visitors",
    "New visitors",
    "visitors",
    Format.COUNT,
    "Visitors of the period of whom no event is kept from before it. "
    "A visitor is born with the consent: who withdraws and consents again is new.",
)
RETURNING_VISITORS = Metric(
    "returning_visitors",
    "Returning visitors",
    "visitors",
    Format.COUNT,
    "Visitors of the period of whom an event from before it is kept. New and returning visitors add up to visitors.",
)
SESSIONS = Metric(
    "sessions",
    "Sessions",
    "sessions",
    Format.COUNT,
    "Events of one visitor with no gap of 30 minutes or more. A session belongs to the period and the day "
    "in which its first event falls, in the site's time zone, and is counted whole.",
)
PAGE_VIEWS = Metric(
    "page_views",
    "Page views",
    "page views",
    Format.COUNT,
    "Events page_view of the period's sessions.",
)
BOUNCE_RATE = Metric(
    "bounce_rate",
    "Bounce rate",
    "% of sessions",
    Format.RATE,
    "Sessions with exactly one page view and no other event, divided by sessions.",
    rising_is_good=False,
)
DURATION = Metric(
    "duration",
    "Session duration",
    "minutes and seconds",
    Format.DURATION,
    "Time from the first to the last event of a session, averaged over all sessions. "
    "A session of one event lasts 0 seconds.",
)
ORDERS = Metric(
    "orders",
    "Orders",
    "orders",
    Format.COUNT,
    "Different order numbers purchased in the period's sessions. An order number counts once per site, "
    "by its first purchase event that is kept; a purchase without an order number is an order of its own.",
)
CONVERSION = Metric(
    "conversion",
    "Conversion",
    "% of sessions",
    Format.RATE,
    "Sessions with at least one order, divided by sessions.",
)
PURCHASES = Metric(
    "purchases",
    "Purchases",
    "money",
    Format.MONEY,
    "The value of the period's orders, as the shop sends it: nothing is added or taken away "
    "for tax or shipping. Currencies are never summed together.",
)
REFUNDS = Metric(
    "refunds",
    "Refunds",
    "money",
    Format.MONEY,
    "The value of the refund events in the period's sessions, in their own currency.",
    rising_is_good=False,
)
REVENUE = Metric(
    "revenue",
    "Revenue",
    "money",
    Format.MONEY,
    "Purchases minus refunds, for each currency apart.",
)
TAX = Metric(
    "tax",
    "Tax",
    "money",
    Format.MONEY,
    "The tax that the shop sent with the period's orders.",
    rising_is_good=None,
)
SHIPPING = Metric(
    "shipping",
    "Shipping",
    "money",
    Format.MONEY,
    "The shipping costs that the shop sent with the period's orders.",
    rising_is_good=None,
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

METRICS = (
    VISITORS,
    NEW_VISITORS,
    RETURNING_VISITORS,
    SESSIONS,
    PAGE_VIEWS,
    BOUNCE_RATE,
    DURATION,
    ORDERS,
    CONVERSION,
    PURCHASES,
    REFUNDS,
    REVENUE,
    TAX,
    SHIPPING,
    COVERAGE,
)
