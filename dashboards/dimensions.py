"""The registry of dimensions: what sessions can be grouped and filtered by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dimension:
    """A property of a session; the name is also its URL parameter and its query parameter."""

    name: str
    title: str
    column: str  # of queries/_sessions.sql
    definition: str


PAGE = Dimension("page", "Page", "pages", "A page seen in the session; a session has as many as it saw.")
ENTRY_PAGE = Dimension("entry_page", "Entry page", "entry_page", "The page of the session's first page view.")
REFERRER = Dimension("referrer", "Referrer", "referrer", "The domain that led to the session's first page view.")
CHANNEL = Dimension("channel", "Channel", "channel", "How the visitor came to the session's first page view.")
CAMPAIGN = Dimension("campaign", "Campaign", "campaign", "utm_campaign of the session's first page view.")
COUNTRY = Dimension("country", "Country", "country", "The country of the session's first event.")
REGION = Dimension("region", "Region", "region", "The region of the session's first event.")
CITY = Dimension("city", "City", "city", "The city of the session's first event.")
BROWSER = Dimension("browser", "Browser", "browser", "The browser of the session's first event.")
SYSTEM = Dimension("system", "System", "system", "The operating system of the session's first event.")
DEVICE = Dimension("device", "Device", "device", "The device class of the session's first event.")

DIMENSIONS = (
    PAGE,
    ENTRY_PAGE,
    REFERRER,
    CHANNEL,
    CAMPAIGN,
    COUNTRY,
    REGION,
    CITY,
    BROWSER,
    SYSTEM,
    DEVICE,
)


def dimension(name: str) -> Dimension | None:
    """The dimension with this name, None when there is none."""
    return next((entry for entry in DIMENSIONS if entry.name == name), None)
