"""Values of dimensions and codes in words."""

from suostumus.dashboards.countries import COUNTRIES
from suostumus.dashboards.metrics import METRICS
from suostumus.dashboards.panels import FUNNEL_STEPS

NONE = "(none)"
UNKNOWN = "(unknown)"

_CHANNELS = {
    "direct": "Direct",
    "organic_search": "Organic search",
    "paid_search": "Paid search",
    "social": "Social",
    "paid_social": "Paid social",
    "email": "E-mail",
    "affiliate": "Affiliate",
    "display": "Display",
    "referral": "Referral",
    "internal": "Already in the shop",
}
_DEVICES = {"desktop": "Desktop", "mobile": "Mobile", "tablet": "Tablet", "other": "Other"}
_ANSWERS = {"accepted": "Accepted all", "partly": "Accepted some", "refused": "Refused statistics"}
_WORDS = {
    "channel": _CHANNELS,
    "device": _DEVICES,
    "country": COUNTRIES,
    "code": COUNTRIES,
    "answer": _ANSWERS,
    "step": FUNNEL_STEPS,
    "metric": {metric.name: metric.title for metric in METRICS},
}
_UNKNOWN_WHEN_EMPTY = {"country", "region", "city", "code", "browser", "system", "device"}


def label(kind: str, value: str) -> str:
    """A value of a dimension or a column as people read it; one without a word of its own stays as it is."""
    if not value:
        return UNKNOWN if kind in _UNKNOWN_WHEN_EMPTY else NONE
    return _WORDS.get(kind, {}).get(value, value)
