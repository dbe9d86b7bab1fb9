"""What an event is: its names, its stored row, the purpose of each column, and why one is dropped."""

from enum import StrEnum

import msgspec


class Purpose(StrEnum):
    """The purposes that ship with the product. A site may add its own."""

    STATISTICS = "statistics"
    MARKETING = "marketing"
    PERSONALISATION = "personalisation"
    PROFILING = "profiling"


GPC_PURPOSES = frozenset({Purpose.MARKETING, Purpose.PERSONALISATION, Purpose.PROFILING})
"""What Global Privacy Control takes away unless the visitor decided otherwise by a later, explicit choice."""


class EventName(StrEnum):
    """A view of a page, Google Analytics 4's recommended e-commerce events and those it measures by itself.

    Where it has no event (a page not found, Web Vitals) the name is ours.
    """

    PAGE_VIEW = "page_view"
    CLICK = "click"  # a link that leaves the site
    SEARCH = "search"
    FILE_DOWNLOAD = "file_download"
    VIEW_SEARCH_RESULTS = "view_search_results"  # a page of results of the shop's own search
    SCROLL = "scroll"  # how far down, told once as the page is left
    USER_ENGAGEMENT = "user_engagement"  # time for which the page was visible and had the focus
    EXCEPTION = "exception"  # an error of JavaScript, without its message
    PAGE_NOT_FOUND = "page_not_found"
    WEB_VITALS = "web_vitals"  # one measurement of https://web.dev/articles/vitals
    VIEW_ITEM_LIST = "view_item_list"
    SELECT_ITEM = "select_item"
    VIEW_ITEM = "view_item"
    ADD_TO_WISHLIST = "add_to_wishlist"
    ADD_TO_CART = "add_to_cart"
    REMOVE_FROM_CART = "remove_from_cart"
    VIEW_CART = "view_cart"
    BEGIN_CHECKOUT = "begin_checkout"
    ADD_SHIPPING_INFO = "add_shipping_info"
    ADD_PAYMENT_INFO = "add_payment_info"
    PURCHASE = "purchase"
    REFUND = "refund"
    VIEW_PROMOTION = "view_promotion"
    SELECT_PROMOTION = "select_promotion"


class Channel(StrEnum):
    """How a visitor came, decided from the campaign parameters and the referrer."""

    DIRECT = "direct"
    ORGANIC_SEARCH = "organic_search"
    PAID_SEARCH = "paid_search"
    SOCIAL = "social"
    PAID_SOCIAL = "paid_social"
    EMAIL = "email"
    AFFILIATE = "affiliate"
    DISPLAY = "display"
    REFERRAL = "referral"
    INTERNAL = "internal"  # from a page of the same site


class DropReason(StrEnum):
    """Why nothing was stored. Counted per site and day, and told in the answer."""

    NO_TOKEN = "no_token"  # noqa: S105 -- a reason, not a secret
    MALFORMED_TOKEN = "malformed_token"  # noqa: S105 -- a reason, not a secret
    FORGED_TOKEN = "forged_token"  # noqa: S105 -- a reason, not a secret
    EXPIRED = "expired"
    WRONG_SITE = "wrong_site"
    OLD_EPOCH = "old_epoch"
    OLD_NOTICE = "old_notice"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    NO_PURPOSE = "no_purpose"
    BOT = "bot"
    PREFETCH = "prefetch"
    TOO_LATE = "too_late"  # repeated after ids are no longer remembered
    INVALID = "invalid"


class Ended(StrEnum):
    """A consent is not in force: what its token is still good for."""

    SPENT = "spent"  # nothing
    WITHDRAWABLE = "withdrawable"


ENDINGS: dict[str, Ended] = {
    **dict.fromkeys(
        (
            DropReason.NO_TOKEN,
            DropReason.MALFORMED_TOKEN,
            DropReason.FORGED_TOKEN,
            DropReason.WRONG_SITE,
            DropReason.WITHDRAWN,
        ),
        Ended.SPENT,
    ),
    **dict.fromkeys(
        (DropReason.EXPIRED, DropReason.OLD_EPOCH, DropReason.OLD_NOTICE, DropReason.SUPERSEDED), Ended.WITHDRAWABLE
    ),
}
"""The reasons that are about the consent, and not about an event or what is consented to."""


class EventRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stored event: exactly the columns of the table `events`, less `batch`, which the writer adds.

    Columns with their defaults are not written out: they are the table's too.
    """

    site: str
    visitor: str  # UUID
    generation: int
    born: str  # ISO 8601, UTC, seconds: when the visitor's id was made
    event: str  # UUID, chosen by the script
    session: str  # UUID, chosen by the script, ends after 30 minutes without an event
    name: str  # EventName
    time: str  # ISO 8601, UTC, milliseconds
    received: str  # ISO 8601, UTC, milliseconds
    url: str = ""  # without fragment; only allowed query parameters
    host: str = ""
    path: str = ""
    title: str = ""
    referrer_url: str = ""  # without query
    referrer_host: str = ""
    referrer_domain: str = ""  # registrable domain, by the public suffix list
    channel: str = ""  # Channel
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    click_id_kind: str = ""  # purpose marketing: gclid, fbclid, …
    click_id: str = ""  # purpose marketing
    customer: str = ""  # purpose profiling: the shop's pseudonym of a signed-in customer
    ip: str = ""  # full, truncated to /24 or /48, or empty, as the settings say
    country: str = ""  # ISO 3166-1 alpha-2
    region: str = ""  # ISO 3166-2 subdivision code, e.g. FI-18
    city: str = ""  # English name
    latitude: float | None = None  # degrees, of the city, rounded to 0.1
    longitude: float | None = None
    browser: str = ""
    browser_version: str = ""  # major
    system: str = ""
    device: str = ""  # desktop, mobile, tablet or other
    link_url: str = ""  # of a click: the target, without query
    search_term: str = ""
    percent_scrolled: int = 0  # of the page's height
    engagement_time_msec: int = 0  # milliseconds; Google Analytics 4's name
    metric_name: str = ""  # CLS, INP, LCP or TTFB
    metric_value: float = 0  # milliseconds; of CLS: a score without unit
    error_kind: str = ""  # the class of an error, such as TypeError, or what a shop calls it, such as PaymentRefused
    error_host: str = ""  # host of the file in which it was thrown
    error_line: int = 0
    order: str = ""  # the shop's order number
    confirmed: bool = False  # told by the shop's server, not by the script
    currency: str = ""  # ISO 4217
    value: str = "0"  # Decimal(18, 4)
    tax: str = "0"  # Decimal(18, 4)
    shipping: str = "0"  # Decimal(18, 4)
    coupon: str = ""
    payment_type: str = ""
    shipping_tier: str = ""
    item_ids: list[str] = msgspec.field(name="items.item_id", default_factory=list)
    item_names: list[str] = msgspec.field(name="items.item_name", default_factory=list)
    item_brands: list[str] = msgspec.field(name="items.item_brand", default_factory=list)
    item_categories: list[str] = msgspec.field(name="items.item_category", default_factory=list)
    item_variants: list[str] = msgspec.field(name="items.item_variant", default_factory=list)
    item_coupons: list[str] = msgspec.field(name="items.coupon", default_factory=list)
    item_prices: list[str] = msgspec.field(name="items.price", default_factory=list)
    item_discounts: list[str] = msgspec.field(name="items.discount", default_factory=list)
    item_quantities: list[int] = msgspec.field(name="items.quantity", default_factory=list)


COLUMN_PURPOSES = {
    "click_id_kind": Purpose.MARKETING,
    "click_id": Purpose.MARKETING,
    "customer": Purpose.PROFILING,
}
"""The purpose of each column that needs more than `statistics`. Columns not named here are `statistics`."""


def columns_of(purpose: str) -> list[str]:
    """The columns of `events` that may only be filled with this purpose, beside `statistics`."""
    return [column for column, owner in COLUMN_PURPOSES.items() if owner == purpose]


class ConsentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, as the table `consents` keeps it; field names after ISO/IEC TS 27560:2023 where it has one."""

    record_id: str  # UUID: the receipt
    schema_version: str = "1"
    site: str
    visitor: str  # UUID; emptied by a full withdrawal
    generation: int
    event_type: str  # given, changed or withdrawn
    event_time: str  # ISO 8601, UTC, milliseconds
    expiry_time: str  # ISO 8601, UTC
    purposes: list[str]
    privacy_notice: str  # content hash of the notice
    shown: str  # hash of the texts, purposes, buttons and language on the screen
    language: str  # ISO 639
    layout: str
    surface: str  # where: banner, preferences, control, page
    method: str  # how: click or automated
    gpc: bool  # Sec-GPC was 1
    gpc_conflict: bool  # the visitor granted, explicitly, what GPC takes away
