"""From where a visitor came: the referrer's three forms, and the channel."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

from suostumus.server.events import Channel
from suostumus.server.redaction import redact_path
from suostumus.server.urls import read_url

_SEARCH_ENGINE: Final = re.compile(
    r"google|bing|duckduckgo|yahoo|ecosia|startpage|qwant|yandex|baidu|brave|kagi|mojeek|seznam|naver|sogou|ask|aol"
    r"|swisscows|yep|perplexity"
)
_SOCIAL_SITE: Final = re.compile(
    r"facebook|instagram|threads|t|x|twitter|linkedin|lnkd|pinterest|pin|reddit|youtube|youtu|tiktok|snapchat"
    r"|whatsapp|wa|telegram|vk|tumblr|discord|mastodon|bsky|quora|jodel"
)
"""Sites by the name before the public suffix: google.fi and google.co.uk are both google."""

_ENDINGS: Final = {
    "t": "co",
    "wa": "me",
    "pin": "it",
    "youtu": "be",
    **dict.fromkeys(["x", "vk", "ask", "brave", "threads"], "com"),
}
"""Names that are too short or common to be known without their ending."""

_ALIASES: Final = {"fb": "facebook", "ig": "instagram", "meta": "facebook", "adwords": "google"}
"""What shops write as utm_source instead of the site's name."""

_MAIL_HOST: Final = re.compile(r"(?:^|\.)(?:mail|webmail|outlook|email)\.|^com\.google\.android\.gm$")
_PAID: Final = re.compile(r"(?:.*cp[cmav].*|ppc|retargeting|remarketing|paid.*)", re.DOTALL)
_EMAIL: Final = frozenset({"email", "e-mail", "e_mail", "e mail", "newsletter", "uutiskirje", "nyhetsbrev"})
_MEDIUMS: Final = {
    **dict.fromkeys(_EMAIL, Channel.EMAIL),
    **dict.fromkeys(["affiliate", "affiliates", "partner"], Channel.AFFILIATE),
    **dict.fromkeys(["display", "banner", "expandable", "interstitial", "cpm"], Channel.DISPLAY),
    **dict.fromkeys(["social", "social-network", "social-media", "social_media", "sm"], Channel.SOCIAL),
    "organic": Channel.ORGANIC_SEARCH,
    "referral": Channel.REFERRAL,
}


@dataclass(frozen=True, slots=True)
class Referrer:
    """The page or application that linked here; every text is "" when there was none."""

    url: str = ""  # without query, fragment and credentials
    host: str = ""
    domain: str = ""  # registrable domain, by the public suffix list; the host when it has none
    is_own: bool = False  # a page of the same site
    redacted: int = 0  # addresses and numbers replaced in the path


def read_referrer(url: str, own_hosts: frozenset[str]) -> Referrer:
    """Read a referrer; never raises. Applications (`android-app://…`) are known by their name."""
    application = re.match(r"android-app://([\w.]{1,200})(?:/|$)", url, re.ASCII)
    if application:
        name = application[1].lower()
        return Referrer(f"android-app://{name}", name, name)
    parts = read_url(url)
    if parts is None:
        return Referrer()
    host = parts.host
    path, redacted = redact_path(parts.path)
    return Referrer(f"{parts.origin}{path}", host, registrable_domain(host), host in own_hosts, redacted)


def registrable_domain(host: str) -> str:
    """The domain that somebody registered, or the host itself: an address, a name of the local network."""
    if ":" in host or re.fullmatch(r"[\d.]+", host):
        return host
    return _suffixes().privatesuffix(host) or host


def channel_of(referrer: Referrer, utm_source: str, utm_medium: str) -> Channel:
    """The channel of a visit. The first rule that fits decides; letter case never matters.

    1. `utm_medium` says so: paid (cpc, ppc, cpa, paid…, retargeting) from a social site is paid social;
       then email, affiliate, display, social, organic, referral by name; any other paid is paid search.
    2. `utm_source` is an e-mail word.
    3. `utm_source` names a search engine or a social site; any other campaign is a referral.
    4. The referrer: the site itself is internal; a mail page is email; a search engine is organic search; a
       social site is social; any other is a referral.
    5. Nothing: direct.

    The source is `utm_source`, or the referrer when there is none. Click ids tell nothing here: what is learnt from
    them would have to go with `marketing`.
    """
    source = utm_source.strip().lower()
    medium = utm_medium.strip().lower()
    site = _site_of_source(source) if source else _site_of_referrer(referrer)
    if medium and (by_medium := _channel_of_medium(medium, site)):
        return by_medium
    if source in _EMAIL:
        return Channel.EMAIL
    if source or medium:
        return _channel_of_site(site) or Channel.REFERRAL
    return _channel_of_referrer(referrer, site)


def _channel_of_medium(medium: str, site: str) -> Channel | None:
    is_paid = _PAID.fullmatch(medium) is not None
    if is_paid and (_SOCIAL_SITE.fullmatch(site) or "social" in medium):
        return Channel.PAID_SOCIAL
    return _MEDIUMS.get(medium, Channel.PAID_SEARCH if is_paid else None)


def _channel_of_referrer(referrer: Referrer, site: str) -> Channel:
    if not referrer.host:
        return Channel.DIRECT
    if referrer.is_own:
        return Channel.INTERNAL
    if _MAIL_HOST.search(referrer.host):
        return Channel.EMAIL
    return _channel_of_site(site) or Channel.REFERRAL


def _channel_of_site(site: str) -> Channel | None:
    if _SEARCH_ENGINE.fullmatch(site):
        return Channel.ORGANIC_SEARCH
    return Channel.SOCIAL if _SOCIAL_SITE.fullmatch(site) else None


def _site_of_source(source: str) -> str:
    """The site that a utm_source names, as a word (`facebook`, `fb`) or as a host (`m.facebook.com`)."""
    name = _ALIASES.get(source, source)
    return name if "." not in name else _site_of_domain(registrable_domain(name.strip(".")))


def _site_of_referrer(referrer: Referrer) -> str:
    if referrer.url.startswith("android-app:"):  # com.google.android.googlequicksearchbox
        return next((part for part in referrer.host.split(".")[1:] if part != "android"), "")
    return _site_of_domain(referrer.domain)


def _site_of_domain(domain: str) -> str:
    """The name before the public suffix, "" when it is one that is only known with its ending."""
    name, _, ending = domain.partition(".")
    return name if _ENDINGS.get(name, ending) == ending else ""


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """The public suffix list that the package carries, read once at the first use: 40 ms."""
    return PublicSuffixList()
