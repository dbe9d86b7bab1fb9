"""The typed configuration: suostumus.toml, checked at start, with secrets and paths from the environment."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from suostumus.server.addresses import check_database, check_listen, check_networks, check_origin, check_url
from suostumus.server.appearance import Experiment, Layout, Theme, Words, check_theme
from suostumus.server.declared import Declared
from suostumus.server.decoding import describe
from suostumus.server.events import Purpose
from suostumus.server.limits import Limits, Retention
from suostumus.server.redaction import CLICK_IDS
from suostumus.server.tables import Identifier, Language, Name, SettingsError, Table

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
QueryParameter = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]

SHORTEST_SECRET = 32  # characters

ENVIRONMENT_KEYS = {
    "SUOSTUMUS_DATA_DIR": "data_dir",
    "SUOSTUMUS_DATABASE": "database",
    "SUOSTUMUS_GEO_FILE": "geo_file",
    "SUOSTUMUS_PUBLIC_LISTEN": "public_listen",
    "SUOSTUMUS_INTERNAL_LISTEN": "internal_listen",
    "SUOSTUMUS_PUBLIC_URL": "public_url",
    "SUOSTUMUS_SIGNING_KEYS": "signing_keys",
    "SUOSTUMUS_ORDER_SECRETS": "order_secrets",
}


class Controller(Table, frozen=True):
    """Who is responsible for the data: Article 13(1)(a) and (b) of the GDPR."""

    name: Name = "The shop keeper"
    address: str = ""
    email: str = ""
    officer: str = ""  # contact of the data protection officer, empty when there is none


class Authority(Table, frozen=True):
    """Where a visitor can complain: Article 13(2)(d) of the GDPR."""

    name: Name = "Tietosuojavaltuutetun toimisto"
    url: str = "https://tietosuoja.fi/"


class PurposeText(Table, frozen=True):
    """A purpose in the words of one language, as the visitor reads it."""

    title: Name
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class Notice(Table, frozen=True):
    """The privacy notice's own sentences. What the software knows itself is added by it."""

    effective: str = "2026-11-01"  # ISO 8601 date
    text: dict[Language, str] = {}
    recipients: tuple[str, ...] = ()
    purpose_recipients: dict[Identifier, tuple[str, ...]] = {}
    reworded: dict[
        Version, tuple[Identifier, ...]
    ] = {}  # by earlier version: purposes that mean the same in other words


class Features(Table, frozen=True):
    """Optional parts of a site's script, each named as its file in banner_js/src/features."""

    navigation: bool = True  # a page_view for each page that a script changes to without a load
    outbound: bool = True  # event click, on links that leave the shop
    downloads: bool = False  # event file_download
    not_found: bool = False  # event page_not_found
    site_search: bool = False  # event view_search_results
    scroll: bool = False  # event scroll
    engagement: bool = False  # event user_engagement
    vitals: bool = False  # event web_vitals
    errors: bool = False  # event exception
    embeds: bool = False  # placeholders for <iframe>, <video> and <img> that wait for consent
    google_consent: bool = True  # Google's consent mode, basic form
    microsoft_consent: bool = False  # the same for Universal Event Tracking
    meta_consent: bool = False  # the same for Meta's pixel


class Site(Table, frozen=True):
    """One shop."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]
    name: Name
    origins: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    time_zone: str = "Europe/Helsinki"
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")] = "EUR"  # ISO 4217
    languages: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1)] = ("fi", "sv", "en")
    purposes: Annotated[tuple[Identifier, ...], msgspec.Meta(min_length=1, max_length=16)] = (
        "statistics",
        "marketing",
        "personalisation",
        "profiling",
    )
    purpose_texts: dict[Language, dict[Identifier, PurposeText]] = {}
    cookie_domain: Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9-]+\.)*[a-z0-9-]+\Z|^\Z")] = ""
    query_parameters: tuple[str, ...] = ()  # kept in stored URLs besides the campaign parameters
    features: Features = Features()
    search_parameters: Annotated[tuple[QueryParameter, ...], msgspec.Meta(max_length=16)] = (
        "q",
        "s",
        "search",
        "query",
        "keyword",
    )  # Google Analytics 4's own list
    declared: tuple[Declared, ...] = ()
    layout: Layout = "bar"
    logo: str = ""  # an SVG file of plain shapes
    theme: Theme = Theme()
    texts: Words = {}  # of the script, where the shipped ones do not fit
    experiment: Experiment | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone, in which its days begin."""
        return ZoneInfo(self.time_zone)


class Settings(Table, frozen=True):
    """A whole installation."""

    data_dir: str = "data"
    database: str = "embedded"
    geo_file: str = ""  # empty: geo/GeoLite2-City.mmdb in the data folder
    public_listen: str = "127.0.0.1:8000"
    internal_listen: str = "127.0.0.1:8001"
    internal_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: tuple[str, ...] = ()
    signing_keys: str = ""  # "id:base64,id:base64", the first one signs; empty: a file in the data folder
    order_secrets: str = ""  # "site:secret,site:secret", with which shops' servers confirm orders
    ip_storage: Literal["full", "truncated", "none"] = "full"
    flush_seconds: Annotated[float, msgspec.Meta(ge=0.01, le=60)] = 1.0
    log_format: Literal["text", "json"] = "text"
    retention: Retention = Retention()
    limits: Limits = Limits()
    controller: Controller = Controller()
    authority: Authority = Authority()
    notice: Notice = Notice()
    sites: tuple[Site, ...] = ()

    @property
    def data_path(self) -> Path:
        """The folder that holds everything the product writes."""
        return Path(self.data_dir)

    @property
    def geo_path(self) -> Path:
        """The city database file."""
        return Path(self.geo_file) if self.geo_file else self.data_path / "geo" / "GeoLite2-City.mmdb"

    @property
    def internal_ranges(self) -> list[Network]:
        """Networks that may reach the internal listener."""
        return [ipaddress.ip_network(text) for text in self.internal_networks]

    @property
    def proxy_ranges(self) -> list[Network]:
        """Networks whose X-Forwarded-For is believed."""
        return [ipaddress.ip_network(text) for text in self.trusted_proxies]

    @property
    def order_secrets_by_site(self) -> dict[str, str]:
        """With what each site's server confirms orders; sites that have no secret take none."""
        pairs = [pair.strip().partition(":") for pair in self.order_secrets.split(",") if pair.strip()]
        return {site: secret for site, _, secret in pairs}

    @property
    def secure(self) -> bool:
        """Whether visitors reach the collector over HTTPS."""
        return self.public_url.startswith("https://")

    def site(self, key: str) -> Site | None:
        """The site with this public key, None when there is none."""
        return next((site for site in self.sites if site.key == key), None)


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read and check a configuration file; variables override it.

    Raises SettingsError, which names the key, when anything is missing, unknown or wrong.
    """
    try:
        text = path.read_bytes() if path else b""
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    return parse_settings(text, environment)


def parse_settings(text: bytes, environment: Mapping[str, str]) -> Settings:
    """Check the text of a configuration file. Raises SettingsError, which names the key."""
    try:
        raw = msgspec.toml.decode(text)
    except msgspec.DecodeError as error:
        raise SettingsError(f"suostumus.toml: {error}") from error
    return check_settings(raw, environment)


def check_settings(raw: dict[str, object], environment: Mapping[str, str]) -> Settings:
    """Check what a configuration file said; variables override it. Raises SettingsError, which names the key."""
    raw = dict(raw)
    for variable, key in ENVIRONMENT_KEYS.items():
        if variable in environment:
            raw[key] = environment[variable]
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(describe(error)) from error
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    check_listen("public_listen", settings.public_listen)
    check_listen("internal_listen", settings.internal_listen)
    check_url("public_url", settings.public_url)
    check_database(settings.database)
    check_networks("internal_networks", settings.internal_networks)
    check_networks("trusted_proxies", settings.trusted_proxies)
    if not settings.sites:
        raise SettingsError("sites: at least one site is needed")
    keys = [site.key for site in settings.sites]
    for index, site in enumerate(settings.sites):
        if site.key in keys[:index]:
            raise SettingsError(f"sites[{index}].key: used twice")
        _check_site(f"sites[{index}]", site)
        _check_cookie_domain(f"sites[{index}].cookie_domain", site.cookie_domain, settings.public_url)
    _check_order_secrets(settings.order_secrets_by_site, keys)
    _check_notice(settings)


def _check_order_secrets(secrets: Mapping[str, str], keys: list[str]) -> None:
    if unknown := secrets.keys() - set(keys):
        raise SettingsError(f"order_secrets: {min(unknown)} is no site's key")
    if any(len(secret) < SHORTEST_SECRET for secret in secrets.values()):
        raise SettingsError(f"order_secrets: a secret is shorter than {SHORTEST_SECRET} characters")


def _check_notice(settings: Settings) -> None:
    """A purpose misspelt here would otherwise hide a recipient, or end consents that were to stand."""
    known = {purpose for site in settings.sites for purpose in site.purposes}
    named = {f"notice.reworded.{version}": set(purposes) for version, purposes in settings.notice.reworded.items()}
    named["notice.purpose_recipients"] = set(settings.notice.purpose_recipients)
    for key, purposes in named.items():
        if unknown := purposes - known:
            raise SettingsError(f"{key}: {min(unknown)} is no site's purpose")


def _check_site(place: str, site: Site) -> None:
    try:
        ZoneInfo(site.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"{place}.time_zone: not an IANA time zone") from error
    for index, origin in enumerate(site.origins):
        check_origin(f"{place}.origins[{index}]", origin)
    for index, name in enumerate(site.query_parameters):
        if name in CLICK_IDS:
            raise SettingsError(f"{place}.query_parameters[{index}]: a click id, which needs marketing")
    _check_purposes(place, site)
    check_theme(f"{place}.theme", site.theme)
    experiment = site.experiment or Experiment()
    for key, words in (("texts", site.texts), ("experiment.texts", experiment.texts)):
        if unspoken := words.keys() - set(site.languages):
            raise SettingsError(f"{place}.{key}.{min(unspoken)}: not one of the site's languages")


def _check_purposes(place: str, site: Site) -> None:
    if Purpose.STATISTICS not in site.purposes:
        raise SettingsError(f"{place}.purposes: statistics is missing, no event is stored without it")
    if len(set(site.purposes)) != len(site.purposes):
        raise SettingsError(f"{place}.purposes: a purpose stands twice")
    for index, declared in enumerate(site.declared):
        if declared.purpose not in site.purposes:
            raise SettingsError(f"{place}.declared[{index}].purpose: not one of the site's purposes")
    own = [purpose for purpose in site.purposes if purpose not in set(Purpose)]
    for language in site.languages:
        for purpose in own:
            if purpose not in site.purpose_texts.get(language, {}):
                raise SettingsError(f"{place}.purpose_texts.{language}.{purpose}: missing")


def _check_cookie_domain(key: str, domain: str, public_url: str) -> None:
    host = urlsplit(public_url).hostname or ""
    if domain and host != domain and not host.endswith(f".{domain}"):
        raise SettingsError(f"{key}: does not contain the host of public_url, which sets the cookies")
