"""The declaration: what is kept in browsers and in the tables, for which purpose, by whom and how long."""

from typing import Any

import msgspec

from suostumus.server.declared import StorageKind
from suostumus.server.events import COLUMN_PURPOSES, EventRow, Purpose
from suostumus.server.notice import Notice, Wording
from suostumus.server.settings import Settings, Site

SESSION_MINUTES = 30
OWN = (
    (StorageKind.COOKIE, "_choice", "keeps_choice"),
    (StorageKind.COOKIE, "", "keeps_consent"),
    (StorageKind.LOCAL, "", "keeps_consent"),  # in place of the cookie where the collector is another site
    (StorageKind.LOCAL, "_receipt", "keeps_receipt"),
    (StorageKind.LOCAL, "_session", "keeps_session"),
)
"""What the product itself keeps: kind, the name after `suostumus_SITE`, the key of the words that say what for."""


class Kept(msgspec.Struct, frozen=True):
    """One cookie or storage key."""

    name: str  # * stands for anything
    kind: str  # StorageKind
    purpose: str  # empty: the choice itself, of whatever it is
    provider: str
    lifetime: str  # in words
    text: str


def kept_in_browser(settings: Settings, site: Site, wording: Wording) -> list[Kept]:
    """Everything that the product and the shop's declared scripts keep in a browser, in the words of a language."""
    words = wording.texts.page
    months = words.months.format(count=settings.retention.consent_months)
    own = [
        Kept(
            f"suostumus_{site.key}{suffix}",
            kind.value,
            Purpose.STATISTICS.value if suffix == "_session" else "",
            settings.controller.name,
            words.minutes_idle.format(count=SESSION_MINUTES) if suffix == "_session" else months,
            getattr(words, key),
        )
        for kind, suffix, key in OWN
    ]
    others = [
        Kept(
            one.name,
            one.kind.value,
            one.purpose,
            one.provider,
            words.days.format(count=one.lifetime_days) if one.lifetime_days else words.until_closed,
            one.text.get(wording.language, ""),
        )
        for one in site.declared
    ]
    return own + others


def declaration(settings: Settings, notice: Notice) -> dict[str, Any]:
    """The same for programs, with the columns of the stored events, and what of earlier choices still stands."""
    site = notice.site
    return {
        "site": site.key,
        "controller": settings.controller.name,
        "notice": notice.version,
        "purposes": site.purposes,
        "earlier": notice.covered,
        "browser": kept_in_browser(settings, site, notice.wording("en")),
        "columns": {
            column: COLUMN_PURPOSES.get(column, Purpose.STATISTICS)
            for column in (field.encode_name for field in msgspec.structs.fields(EventRow))
        },
        "events_months": settings.retention.events_months,
    }
