"""The registry of dimensions: what figures can be grouped and filtered by."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """A fragment of queries/ that a metric or a dimension needs beside the sessions themselves."""

    ORDERS = "orders"  # queries/_orders.sql: what each session bought
    CARTS = "carts"  # queries/_carts.sql: what each session left in its cart


class Grain(StrEnum):
    """What one row is that a metric is counted over."""

    SESSION = "session"
    MONEY = "money"  # an order, a refund or a cart left behind, in its currency
    ITEM = "item"  # an item of an event of the order process, in its currency


@dataclass(frozen=True)
class Dimension:
    """A property; the name is also its column, its parameter in an address and its parameter in a query.

    A session has one value of it, unless `values` says which values it has: then each counts the session whole.
    """

    name: str
    title: str
    definition: str
    sql: str = ""  # where the column alone does not say it
    values: str = ""  # SQL: the different values of a session
    views: str = "views"  # SQL: the page views that belong to one of several values
    part: Part | None = None
    own: Grain | None = None  # rows of this grain have one value of it, their own
    beside: tuple["Dimension", ...] = ()  # what tells values of one name apart
    called: str = ""  # SQL over items of events: what a value is called that is a number


PAGE = Dimension(
    "page",
    "Page",
    "A page seen in the session; a session has as many as it saw. Page views are those of the page.",
    values="arrayDistinct(pages)",
    views="countEqual(pages, page)",
)
ENTRY_PAGE = Dimension("entry_page", "Entry page", "The page of the session's first page view.")
EXIT_PAGE = Dimension("exit_page", "Exit page", "The page of the session's last page view.")
REFERRER = Dimension("referrer", "Referrer", "The domain that led to the session's first page view.")
REFERRER_HOST = Dimension("referrer_host", "Referrer host", "The host that led to the session's first page view.")
REFERRER_URL = Dimension(
    "referrer_url", "Referrer address", "The address, without its query, that led to the session's first page view."
)
CHANNEL = Dimension("channel", "Channel", "How the visitor came to the session's first page view.")
CAMPAIGN = Dimension("campaign", "Campaign", "utm_campaign of the session's first page view.")
SOURCE = Dimension("source", "Source", "utm_source of the session's first page view.")
MEDIUM = Dimension("medium", "Medium", "utm_medium of the session's first page view.")
TERM = Dimension("term", "Campaign term", "utm_term of the session's first page view.")
CONTENT = Dimension("content", "Campaign content", "utm_content of the session's first page view.")
COUNTRY = Dimension("country", "Country", "The country of the session's first event.")
REGION = Dimension("region", "Region", "The region of the session's first event.", beside=(COUNTRY,))
CITY = Dimension("city", "City", "The city of the session's first event.", beside=(COUNTRY,))
BROWSER = Dimension("browser", "Browser", "The browser of the session's first event.")
BROWSER_RELEASE = Dimension(
    "browser_release", "Browser version", "The browser of the session's first event with its major version."
)
SYSTEM = Dimension("system", "System", "The operating system of the session's first event.")
DEVICE = Dimension("device", "Device", "The device class of the session's first event.")
WEEKDAY = Dimension(
    "weekday",
    "Day of the week",
    "The weekday on which the session began, from 1, Monday, to 7, Sunday, in the site's time zone.",
)
HOUR = Dimension("hour", "Hour", "The hour of the day in which the session began, 0 to 23, in the site's time zone.")
VISITOR_KIND = Dimension(
    "visitor_kind",
    "New or returning",
    "new when the visitor's consent was born in the period, returning when it was born before; of the whole period, "
    "also where a chart tells the visitors of each day apart.",
)
EVENT = Dimension("event", "Event", "An event of the session, by its name.", values="names")
MISSING_PAGE = Dimension(
    "missing_page",
    "Page not found",
    "A page that the session asked for and that was not found. Page views are how often it was not.",
    values="arrayDistinct(missing)",
    views="countEqual(missing, missing_page)",
)
OBSTACLE = Dimension(
    "obstacle",
    "In the way",
    "What the session met that may keep from ordering: shipping_cost, where an event other than purchase and refund "
    "told one above zero; page_not_found; and the kinds of errors that its pages or the shop told, error where they "
    "told none.",
    values="arrayConcat(if(shipping_told, ['shipping_cost'], []), "
    "if(notEmpty(missing), ['page_not_found'], []), errors)",
)
SEARCH_TERM = Dimension("search_term", "Search term", "A term searched for in the shop.", values="searches")
ITEM = Dimension(
    "item",
    "Item",
    "The number of an item that an event of the session names; lists show its commonest name too.",
    values="items",
    own=Grain.ITEM,
    # the commonest, so that no single visitor can rename a product
    called="arraySort((told, times) -> (-toInt64(times), told),"
    " sumMap([item_name], [toUInt64(item_name != '')]).1, sumMap([item_name], [toUInt64(item_name != '')]).2)[1]",
)
ITEM_CATEGORY = Dimension(
    "item_category",
    "Category",
    "The category of an item that an event of the session names.",
    values="categories",
    own=Grain.ITEM,
)
ITEM_BRAND = Dimension(
    "item_brand", "Brand", "The brand of an item that an event of the session names.", values="brands", own=Grain.ITEM
)
COUPON = Dimension(
    "coupon",
    "Coupon",
    "A coupon that an event of the session names, for the whole order; of money, the coupon of the order.",
    values="coupons",
    own=Grain.MONEY,
)
PAYMENT_TYPE = Dimension(
    "payment_type",
    "Way of payment",
    "A way of payment that was chosen in the session; of money, that of the order.",
    values="payment_types",
    own=Grain.MONEY,
)
SHIPPING_TIER = Dimension(
    "shipping_tier",
    "Way of delivery",
    "A way of delivery that was chosen in the session; of money, that of the order.",
    values="shipping_tiers",
    own=Grain.MONEY,
)
CART_STEP = Dimension(
    "cart_step",
    "Where the cart was left",
    "The furthest step of the session's abandoned cart; empty when the session left none.",
    sql="if(is_over, left_step, '')",
    part=Part.CARTS,
)
CURRENCY = Dimension("currency", "Currency", "ISO 4217 code, as the shop sends it.")

DIMENSIONS = (
    PAGE,
    ENTRY_PAGE,
    EXIT_PAGE,
    REFERRER,
    REFERRER_HOST,
    REFERRER_URL,
    CHANNEL,
    CAMPAIGN,
    SOURCE,
    MEDIUM,
    TERM,
    CONTENT,
    COUNTRY,
    REGION,
    CITY,
    BROWSER,
    BROWSER_RELEASE,
    SYSTEM,
    DEVICE,
    WEEKDAY,
    HOUR,
    VISITOR_KIND,
    EVENT,
    MISSING_PAGE,
    OBSTACLE,
    SEARCH_TERM,
    ITEM,
    ITEM_CATEGORY,
    ITEM_BRAND,
    COUPON,
    PAYMENT_TYPE,
    SHIPPING_TIER,
    CART_STEP,
)
"""What sessions are grouped and filtered by. Currencies only keep money apart."""


def dimension(name: str) -> Dimension | None:
    """The dimension with this name, None when there is none."""
    return next((entry for entry in DIMENSIONS if entry.name == name), None)
