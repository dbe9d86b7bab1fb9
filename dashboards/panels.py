"""The registry of panels: what each one asks and which columns it shows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from suostumus.dashboards import carts, dimensions, items, sales, visits
from suostumus.dashboards.books import BOOKS_METRICS
from suostumus.dashboards.dimensions import Dimension, Grain, dimension
from suostumus.dashboards.funnel import REACHED, TIMES
from suostumus.dashboards.metric import Format, Metric, Role

Row = dict[str, Any]  # what a query answers: any column type of the database


class Reader(Protocol):
    """What reads the database: it hides visitors whose withdrawal is pending."""

    def rows(self, sql: str, parameters: dict[str, object]) -> list[Row]:
        """Run one query, blocking. May raise when the database cannot answer."""

    def counts(self, sql: str, parameters: dict[str, object]) -> list[Row]:
        """The same of everybody's rows, for counts that nobody sees."""

    def file(self, sql: str, parameters: dict[str, object], form: str) -> bytes:
        """One query's answer as a file of one of the engine's formats. May raise too."""


@dataclass(frozen=True)
class Column:
    """One column of a panel, as tables and exports name it."""

    name: str
    title: str
    format: Format
    definition: str = ""


@dataclass(frozen=True)
class Panel:
    """One figure, table or chart: its name is also that of its export."""

    name: str
    title: str
    columns: tuple[Column, ...]
    metrics: tuple[Metric, ...] = ()
    dimension: Dimension | None = None  # what a row can be filtered by
    beside: tuple[Dimension, ...] = ()  # what else tells rows apart
    grain: Grain = Grain.SESSION
    query: str = ""  # of queries/, for a panel that asks in words of its own
    definition: str = ""
    role: Role = Role.VIEWER
    rows: int = 0  # as many whatever the page shows of others: a panel that means nothing in part


@dataclass(frozen=True)
class Card:
    """Panels that share a place on the page; one shows at a time, the first if the address says nothing."""

    name: str
    title: str
    panels: tuple[str, ...]


def _columns(shown: Iterable[Metric]) -> tuple[Column, ...]:
    return tuple(Column(metric.name, metric.title, metric.format, metric.definition) for metric in shown)


def _text(name: str, title: str, definition: str = "") -> Column:
    return Column(name, title, Format.TEXT, definition)


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
    carts.TIME_TO_RETURN,
)
RISK = (carts.VALUE_AT_RISK, carts.VALUE_RECOVERED)
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


def breakdown(
    name: str,
    title: str,
    shown: tuple[Metric, ...],
    by: Dimension,
    grain: Grain = Grain.SESSION,
    beside: tuple[Dimension, ...] = (),
) -> Panel:
    """Metrics by a dimension, largest first by the first metric; money with a row for each currency."""
    has_money = grain is Grain.MONEY or any(entry.format is Format.MONEY for entry in shown)
    apart = [*beside, *([dimensions.CURRENCY] if has_money else [])]
    named = [_text(entry.name, entry.title, entry.definition) for entry in apart]
    if by.is_called_by(grain):
        named.insert(0, _text("called", "Name", "The name that most events of the period's sessions give it."))
    return Panel(
        name=name,
        title=title,
        columns=(_text("value", by.title, by.definition), *named, *_columns(shown)),
        metrics=shown,
        dimension=by,
        beside=beside,
        grain=grain,
    )


FIGURES = Panel(
    "figures",
    "Figures",
    (
        _text("metric", "Metric"),
        _text("unit", "Unit"),
        _text("current", "This period"),
        _text("previous", "Compared"),
    ),
    FIGURE_METRICS,
)
SERIES = Panel(
    "series",
    "Over time",
    (
        _text("bucket", "Time"),
        *_columns(FIGURE_METRICS),
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
        _text("step", "Step"),
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
        _text("currency", dimensions.CURRENCY.title, dimensions.CURRENCY.definition),
        *_columns(MONEY),
        Column("previous_revenue", "Revenue before", Format.MONEY, "Revenue of the period that is compared with."),
    ),
    MONEY,
    grain=Grain.MONEY,
)
_STEP_COLUMNS = (
    _text("step", "Step"),
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
        _text("answer", "Answer"),
        Column("answers", "Answers", Format.COUNT, "Decisions counted on the period's days."),
        Column("share", "Share", Format.RATE, "Of all answers."),
    ),
    query="coverage",
)

BOOKS = Panel(
    "books",
    "The shop's own books",
    (_text("currency", dimensions.CURRENCY.title, dimensions.CURRENCY.definition), *_columns(BOOKS_METRICS)),
    BOOKS_METRICS,
    query="books",
)

HOURS = breakdown("weekdays", "Days of the week", LIST, dimensions.WEEKDAY, beside=(dimensions.HOUR,))
WEEKDAYS = replace(HOURS, rows=7 * 24)

PANELS = (
    FIGURES,
    SERIES,
    breakdown("pages", "Pages", LIST, dimensions.PAGE),
    breakdown("entry_pages", "Entry pages", LIST, dimensions.ENTRY_PAGE),
    breakdown("exit_pages", "Exit pages", LIST, dimensions.EXIT_PAGE),
    breakdown("searches", "Searches", LIST, dimensions.SEARCH_TERM),
    breakdown("channels", "Channels", LIST, dimensions.CHANNEL),
    breakdown("referrers", "Referrers", LIST, dimensions.REFERRER),
    breakdown("referrer_hosts", "Referrer hosts", LIST, dimensions.REFERRER_HOST),
    breakdown("referrer_urls", "Referrer addresses", LIST, dimensions.REFERRER_URL),
    breakdown("campaigns", "Campaigns", LIST, dimensions.CAMPAIGN),
    breakdown("countries", "Countries", LIST, dimensions.COUNTRY),
    breakdown("regions", "Regions", LIST, dimensions.REGION, beside=(dimensions.COUNTRY,)),
    breakdown("cities", "Cities", LIST, dimensions.CITY, beside=(dimensions.COUNTRY,)),
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
    breakdown("cart_steps", "Where carts are left", CARTS, dimensions.CART_STEP),
    breakdown("cart_campaigns", "Carts by campaign", CARTS, dimensions.CAMPAIGN),
    breakdown("cart_values", "Value at risk", RISK, dimensions.CART_STEP, Grain.MONEY),
    breakdown("products", "Products", PRODUCTS, dimensions.ITEM, Grain.ITEM),
    breakdown("product_sales", "Sales of products", SALES, dimensions.ITEM, Grain.ITEM),
    breakdown("coupons", "Coupons", MONEY, dimensions.COUPON, Grain.MONEY),
)

GROUPS: dict[str, tuple[tuple[Metric, ...], Grain]] = {
    "visits": (LIST, Grain.SESSION),
    "engagement": (ENGAGEMENT, Grain.SESSION),
    "steps": (REACHED, Grain.SESSION),
    "carts": (CARTS, Grain.SESSION),
    "money": (MONEY, Grain.MONEY),
    "confirmed": ((sales.ORDERS, sales.CONFIRMED_ORDERS), Grain.SESSION),
    "risk": (RISK, Grain.MONEY),
    "products": (PRODUCTS, Grain.ITEM),
    "sales": (SALES, Grain.ITEM),
}
"""Metrics that are read together. GROUP_by_DIMENSION is a panel for each of them and any dimension."""

CARDS = (
    Card("pages", "Pages", ("pages", "entry_pages", "exit_pages", "searches")),
    Card("sources", "Sources", ("channels", "referrers", "referrer_urls", "campaigns")),
    Card("places", "Places", ("countries", "regions", "cities")),
    Card("technology", "Technology", ("devices", "browsers", "systems")),
)

BEHAVIOUR = ("visitor_kinds", "entry_pages", "exit_pages", "searches")
"""The panels of the page of behaviour."""

ORDERS = ("cart_steps", "cart_values", "cart_campaigns", "products", "product_sales", "coupons")
"""The panels of the page of orders, beside the way to an order and the revenue."""


def panel(name: str) -> Panel | None:
    """The panel with this name, also one such as carts_by_campaign; None when there is none."""
    named = next((entry for entry in PANELS if entry.name == name), None)
    group, _, wanted = name.partition("_by_")
    by = dimension(wanted)
    if named or not by or group not in GROUPS:
        return named
    shown, grain = GROUPS[group]
    return breakdown(name, by.title, shown, by, grain)
