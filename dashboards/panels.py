"""The registry of panels: which queries each one needs and which columns it shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

from suostumus.dashboards import dimensions, metrics
from suostumus.dashboards.dimensions import Dimension
from suostumus.dashboards.metrics import Format, Metric

Row = dict[str, Any]  # what a query answers: any column type of the database

_WITH = "-- with: "


class Reader(Protocol):
    """What reads the database: it hides pending visitors by what it puts for `{events:Identifier}`."""

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[Row]:
        """Run one query, blocking. May raise when the database cannot answer."""


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
    queries: tuple[str, ...]
    columns: tuple[Column, ...]
    dimension: Dimension | None = None  # what a row can be filtered by


@dataclass(frozen=True)
class Card:
    """Panels that share a place on the page; one shows at a time, the first if the address says nothing."""

    name: str
    title: str
    panels: tuple[str, ...]


def _columns(*shown: Metric) -> tuple[Column, ...]:
    return tuple(Column(metric.name, metric.title, metric.format, metric.definition) for metric in shown)


def _text(name: str, title: str, definition: str = "") -> Column:
    return Column(name, title, Format.TEXT, definition)


def _breakdown(name: str, title: str, dimension: Dimension) -> Panel:
    shown = _columns(metrics.VISITORS, metrics.SESSIONS, metrics.PAGE_VIEWS, metrics.BOUNCE_RATE)
    value = _text("value", dimension.title, dimension.definition)
    code = (_text("code", "Country", dimensions.COUNTRY.definition),) if name in {"regions", "cities"} else ()
    return Panel(name, title, ("breakdowns",), (value, *code, *shown), dimension)


FIGURES = Panel(
    "figures",
    "Figures",
    ("overview", "revenue", "coverage"),
    (
        _text("metric", "Metric"),
        _text("unit", "Unit"),
        _text("current", "This period"),
        _text("previous", "Period before"),
    ),
)
SERIES = Panel(
    "series",
    "Over time",
    ("overview",),
    (
        _text("bucket", "Time"),
        *_columns(metrics.VISITORS, metrics.SESSIONS, metrics.PAGE_VIEWS),
        Column(
            "previous_visitors",
            "Visitors before",
            Format.COUNT,
            "Visitors at the same place of the period before.",
        ),
    ),
)
PAGES = Panel(
    "pages",
    "Pages",
    ("pages",),
    (
        _text("value", "Page", dimensions.PAGE.definition),
        *_columns(metrics.VISITORS, metrics.SESSIONS, metrics.PAGE_VIEWS),
    ),
    dimensions.PAGE,
)
FUNNEL = Panel(
    "funnel",
    "Way to an order",
    ("overview",),
    (
        _text("step", "Step"),
        Column("sessions", "Sessions", Format.COUNT, "Sessions with this step after all the steps before it."),
        Column("of_first", "Of the first step", Format.RATE),
        Column("of_previous", "Of the step before", Format.RATE),
    ),
)
REVENUE = Panel(
    "revenue",
    "Revenue",
    ("revenue",),
    (
        _text("currency", "Currency", "ISO 4217 code, as the shop sends it."),
        *_columns(
            metrics.ORDERS,
            metrics.REVENUE,
            metrics.PURCHASES,
            metrics.REFUNDS,
            metrics.TAX,
            metrics.SHIPPING,
        ),
        Column("previous_revenue", "Revenue before", Format.MONEY, "Revenue of the period before."),
    ),
)
COVERAGE = Panel(
    "coverage",
    "Answers to the question",
    ("coverage",),
    (
        _text("answer", "Answer"),
        Column("answers", "Answers", Format.COUNT, "Decisions counted on the period's days."),
        Column("share", "Share", Format.RATE, "Of all answers."),
    ),
)

PANELS = (
    FIGURES,
    SERIES,
    PAGES,
    _breakdown("entry_pages", "Entry pages", dimensions.ENTRY_PAGE),
    _breakdown("channels", "Channels", dimensions.CHANNEL),
    _breakdown("referrers", "Referrers", dimensions.REFERRER),
    _breakdown("campaigns", "Campaigns", dimensions.CAMPAIGN),
    _breakdown("countries", "Countries", dimensions.COUNTRY),
    _breakdown("regions", "Regions", dimensions.REGION),
    _breakdown("cities", "Cities", dimensions.CITY),
    _breakdown("browsers", "Browsers", dimensions.BROWSER),
    _breakdown("systems", "Systems", dimensions.SYSTEM),
    _breakdown("devices", "Devices", dimensions.DEVICE),
    FUNNEL,
    REVENUE,
    COVERAGE,
)

CARDS = (
    Card("pages", "Pages", ("pages", "entry_pages")),
    Card("sources", "Sources", ("channels", "referrers", "campaigns")),
    Card("places", "Places", ("countries", "regions", "cities")),
    Card("technology", "Technology", ("devices", "browsers", "systems")),
)

FUNNEL_STEPS = {
    "view_item": "Viewed an item",
    "add_to_cart": "Added to cart",
    "begin_checkout": "Began checkout",
    "add_shipping_info": "Chose delivery",
    "add_payment_info": "Chose payment",
    "purchase": "Purchased",
}


def panel(name: str) -> Panel | None:
    """The panel with this name, None when there is none."""
    return next((entry for entry in PANELS if entry.name == name), None)


def card_of(shown: Panel) -> Card | None:
    """The card that a panel belongs to, None for one with a place of its own."""
    return next((card for card in CARDS if shown.name in card.panels), None)


def query(name: str) -> str:
    """The text of queries/NAME.sql; its line `-- with: a, b` puts _a.sql and _b.sql before it, under these names.

    Only texts of these files meet here: values are bound by whoever runs the query.
    """
    text = _file(name)
    needed = next((line.removeprefix(_WITH) for line in text.splitlines() if line.startswith(_WITH)), "")
    if not needed:
        return text
    parts = ",\n".join(f"{part} AS\n(\n{_file('_' + part)})" for part in needed.split(", "))
    return f"WITH\n{parts}\n{text}"


def _file(name: str) -> str:
    return files("suostumus.dashboards").joinpath("queries", f"{name}.sql").read_text("utf-8")
