"""The addresses in suostumus.toml: their forms, each checked under its key."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from suostumus.server.tables import SettingsError


def check_listen(key: str, text: str) -> None:
    """ADDRESS:PORT. Raises SettingsError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) < 65_536:
        raise SettingsError(f"{key}: not of the form ADDRESS:PORT")


def check_url(key: str, text: str) -> None:
    """An http or https address without query. Raises SettingsError."""
    parts = _split(key, text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"{key}: not an http or https address")
    if text.endswith("/"):
        raise SettingsError(f"{key}: ends with a slash")


def check_origin(key: str, text: str) -> None:
    """An origin as browsers write it, RFC 6454 section 6.2: scheme, host, and a port unless it is the default."""
    check_url(key, text)
    parts = urlsplit(text)
    default = {"http": 80, "https": 443}[parts.scheme]
    if parts.path or text != text.lower() or parts.port == default or "@" in text:
        raise SettingsError(f"{key}: not an origin (scheme://host or scheme://host:port, in lower case)")


def check_database(text: str) -> None:
    """The embedded engine, or a ClickHouse server. Raises SettingsError."""
    if text == "embedded":
        return
    parts = _split("database", text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.path.strip("/"):
        raise SettingsError("database: neither embedded nor http(s)://user:password@host:8123/database")


def _split(key: str, text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 -- raises when it is no number
    except ValueError as error:
        raise SettingsError(f"{key}: not an address") from error
    return parts


def check_networks(key: str, texts: tuple[str, ...]) -> None:
    """Networks in CIDR form. Raises SettingsError."""
    for index, text in enumerate(texts):
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise SettingsError(f"{key}[{index}]: not a network such as 192.0.2.0/24") from error
