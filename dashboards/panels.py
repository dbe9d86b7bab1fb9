"""The registry of panels."""

from dataclasses import replace

from suostumus.dashboards import carts, dimensions, items, sales, visits
from suostumus.dashboards.books import BOOKS_METRICS
from suostumus.dashboards.dimensions import Grain, dimension
from suostumus.dashboards.funnel import REACHED, TIMES
from suostumus.dashboards.metric import Format
from suostumus.dashboards.panel import Card, Column, Group, Panel, breakdown, columns_of, text_column

LIST = (visits.VISITORS, visits.SESSIONS, visits.PAGE_VIEWS, visits.BOUNCE_RATE)
FIGURE_METRICS = (
    visits.VISITORS,
    visits.SESSIONS,
    visits.PAGE_VIEWS,
    visits.BOUNCE_RATE,
    visits.DURATION,
    visits.NEW_VISITORS,
    visits.RETURNING_VISITORS,
    sales.ORDERS,
    sales.CONVERSION,
)
VISIT_METRICS = tuple(metric for metric in FIGURE_METRICS if metric.part is None)
MONEY = (
    sales.ORDERS,
    sales.REVENUE,
    sales.PURCHASES,
    sales.REFUNDS,
    sales.AVERAGE_ORDER,
    sales.TAX,
    sales.SHIPPING,
)
ORDER_METRICS = (sales.BUYING_SESSIONS, *MONEY)  # asked apart from visits: few visitors order
CARTS = (
    carts.ABANDONED_CARTS,
    carts.CARTS,
    carts.ABANDONMENT,
    carts.RECOVERED_CARTS,
    carts.RECOVERY,
    carts.RECOVERED_ORDERS,
    carts.TIME_TO_RETURN,
)
RISK = (carts.VALUE_AT_RISK, carts.VALUE_RECOVERED)
TREND = (carts.ABANDONED_CARTS, carts.RECOVERED_CARTS, sales.ORDERS)
ENGAGEMENT = (
    visits.SESSIONS,
    visits.ENGAGEMENT_RATE,
    visits.VIEWS_PER_SESSION,
    visits.DURATION,
    sales.ORDERS,
    sales.CONVERSION,
)
PRODUCTS = (items.ITEM_VIEWS, items.ITEM_CARTS, items.ITEM_ORDERS, items.ITEM_QUANTITY, items.ITEM_ABANDONED)
SALES = (items.ITEM_SALES, items.ITEM_REFUNDS, items.ITEM_ORDERS, items.ITEM_QUANTITY)


FIGURES = Panel(
    "figures",
    "Figures",
    (
        text_column("metric", "Metric"),
        text_column("unit", "Unit"),
        text_column("current", "This period"),
        text_column("previous", "Compared"),
    ),
    FIGURE_METRICS,
)
SERIES = Panel(
    "series",
    "Over time",
    (
        text_column("bucket", "Time"),
        *columns_of(FIGURE_METRICS),
        *(
            Column(
                f"previous_{metric.name}",
                f"{metric.title} before",
                metric.format,
                f"{metric.title} at the same place of the period that is compared with.",
            )
            for metric in FIGURE_METRICS
        ),
    ),
    FIGURE_METRICS,
)
FUNNEL = Panel(
    "funnel",
    "Way to an order",
    (
        text_column("step", "Step"),
        Column("sessions", "Sessions", Format.COUNT, "Sessions with this step after all the steps before it."),
        Column("of_first", "Of the first step", Format.RATE),
        Column("of_previous", "Of the step before", Format.RATE),
    ),
    metrics=REACHED,
)
REVENUE = Panel(
    "revenue",
    "Revenue",
    (
        text_column("currency", dimensions.CURRENCY.title, dimensions.CURRENCY.definition),
        *columns_of(MONEY),
        Column("previous_revenue", "Revenue before", Format.MONEY, "Revenue of the period that is compared with."),
    ),
    MONEY,
    grain=Grain.MONEY,
)
_STEP_COLUMNS = (
    text_column("step", "Step"),
    Column("count", "Came to it", Format.COUNT, "Those who came to the step after all the steps before it."),
    Column("of_first", "Of the first step", Format.RATE),
    Column("of_previous", "Of the step before", Format.RATE),
    Column("seconds", "Time", Format.DURATION, "The median time from the step before."),
)
SESSION_STEPS = Panel(
    "session_steps",
    "Steps to an order, in one session",
    _STEP_COLUMNS,
    (*REACHED, *TIMES),
)
VISITOR_STEPS = Panel(
    "visitor_steps",
    "Steps to an order, over a visitor's sessions",
    _STEP_COLUMNS,
    query="visitor_steps",
    definition="Over all of a visitor's sessions that match, within 30 days from a view_item on.",
)
COVERAGE = Panel(
    "coverage",
    "Answers to the question",
    (
        text_column("answer", "Answer"),
        Column("answers", "Answers", Format.COUNT, "Decisions counted on the period's days."),
        Column("share", "Share", Format.RATE, "Of all answers."),
    ),
    query="coverage",
)

BOOKS = Panel(
    "books",
    "The shop's own books",
    (text_column("currency", dimensions.CURRENCY.title, dimensions.CURRENCY.definition), *columns_of(BOOKS_METRICS)),
    BOOKS_METRICS,
    query="books",
)

PATHS = Panel(
    "paths",
    "Paths between pages",
    (
        Column("step", "Step", Format.COUNT, "Of the first of the two pages in the session, from 1."),
        text_column("source", "From", "A page."),
        text_column("target", "To", "The page after it; empty where the session ended."),
        Column("sessions", "Sessions", Format.COUNT, "Sessions that went so."),
    ),
    query="paths",
)
RETENTION = Panel(
    "retention",
    "Who comes back",
    (
        text_column("cohort", "Week from", "The Monday of the week in which the visitors' consent was born."),
        Column("week", "Week", Format.COUNT, "How many weeks later; 0 is the week of birth."),
        Column("visitors", "Visitors", Format.COUNT, "Those of them who had a session in that week."),
        Column(
            "born",
            "Born",
            Format.COUNT,
            "Visitors born in that week and in the period, with a session in it.",
        ),
        Column("share", "Share", Format.RATE, "Visitors of all born."),
    ),
    query="retention",
)
CART_SERIES = Panel(
    "cart_series",
    "Carts left and orders over time",
    (text_column("bucket", "Time"), *columns_of(TREND)),
    TREND,
)
HOURS = breakdown("weekdays", "Days of the week", LIST, dimensions.WEEKDAY, beside=(dimensions.HOUR,))
WEEKDAYS = replace(HOURS, rows=7 * 24)

PANELS = (
    FIGURES,
    SERIES,
    breakdown("pages", "Pages", LIST, dimensions.PAGE),
    breakdown("entry_pages", "Entry pages", LIST, dimensions.ENTRY_PAGE),
    breakdown("exit_pages", "Exit pages", LIST, dimensions.EXIT_PAGE),
    breakdown("missing_pages", "Not found", LIST, dimensions.MISSING_PAGE),
    breakdown("searches", "Searches", LIST, dimensions.SEARCH_TERM),
    breakdown("channels", "Channels", LIST, dimensions.CHANNEL),
    breakdown("referrers", "Referrers", LIST, dimensions.REFERRER),
    breakdown("referrer_hosts", "Referrer hosts", LIST, dimensions.REFERRER_HOST),
    breakdown("referrer_urls", "Referrer addresses", LIST, dimensions.REFERRER_URL),
    breakdown("campaigns", "Campaigns", LIST, dimensions.CAMPAIGN),
    breakdown("countries", "Countries", LIST, dimensions.COUNTRY),
    breakdown("regions", "Regions", LIST, dimensions.REGION),
    breakdown("cities", "Cities", LIST, dimensions.CITY),
    breakdown("browsers", "Browsers", LIST, dimensions.BROWSER),
    breakdown("browser_releases", "Browser versions", LIST, dimensions.BROWSER_RELEASE),
    breakdown("systems", "Systems", LIST, dimensions.SYSTEM),
    breakdown("devices", "Devices", LIST, dimensions.DEVICE),
    WEEKDAYS,
    breakdown("visitor_kinds", "New and returning", LIST, dimensions.VISITOR_KIND),
    FUNNEL,
    SESSION_STEPS,
    VISITOR_STEPS,
    REVENUE,
    COVERAGE,
    BOOKS,
    PATHS,
    RETENTION,
    breakdown("cart_steps", "Where carts are left", CARTS, dimensions.CART_STEP),
    CART_SERIES,
    breakdown("cart_obstacles", "What got in the way", CARTS, dimensions.OBSTACLE),
    breakdown("cart_campaigns", "Carts by campaign", CARTS, dimensions.CAMPAIGN),
    breakdown("cart_values", "Value at risk", RISK, dimensions.CART_STEP, Grain.MONEY),
    breakdown("products", "Products", PRODUCTS, dimensions.ITEM, Grain.ITEM),
    breakdown("product_sales", "Sales of products", SALES, dimensions.ITEM, Grain.ITEM),
    breakdown("coupons", "Coupons", MONEY, dimensions.COUPON, Grain.MONEY),
)

GROUPS = (
    Group("visits", LIST),
    Group("visitors", (visits.VISITORS, visits.NEW_VISITORS, visits.RETURNING_VISITORS)),
    Group("engagement", ENGAGEMENT),
    Group("steps", REACHED),
    Group("times", TIMES),
    Group("carts", CARTS),
    Group("risk", RISK, Grain.MONEY),
    Group("money", MONEY, Grain.MONEY),
    Group("confirmed", (sales.ORDERS, sales.CONFIRMED_ORDERS)),
    Group("products", PRODUCTS, Grain.ITEM),
    Group("sales", SALES, Grain.ITEM),
)

CARDS = (
    Card("pages", "Pages", ("pages", "entry_pages", "exit_pages", "missing_pages", "searches")),
    Card("sources", "Sources", ("channels", "referrers", "referrer_urls", "campaigns")),
    Card("places", "Places", ("countries", "regions", "cities")),
    Card("technology", "Technology", ("devices", "browsers", "systems")),
)

BEHAVIOUR = ("visitor_kinds", "engagement_by_channel", "entry_pages", "exit_pages", "searches")
"""The panels of the page of behaviour."""

ORDERS = ("cart_steps", "cart_values", "cart_obstacles", "cart_campaigns", "products", "product_sales", "coupons")
"""The panels of the page of orders, beside the way to an order and the revenue."""


def panel(name: str) -> Panel | None:
    """The panel with this name, also one such as carts_by_campaign; None when there is none."""
    named = next((entry for entry in PANELS if entry.name == name), None)
    wanted, _, by_name = name.partition("_by_")
    group = next((entry for entry in GROUPS if entry.name == wanted), None)
    by = dimension(by_name)
    if named or not by or not group or not group.is_told_apart_by(by):
        return named
    return replace(breakdown(name, by.title, group.metrics, by, group.grain), group=group.name)


def group_of(shown: Panel) -> Group | None:
    """The group that a panel shows the metrics of, None when it shows others."""
    return next((entry for entry in GROUPS if (entry.metrics, entry.grain) == (shown.metrics, shown.grain)), None)
