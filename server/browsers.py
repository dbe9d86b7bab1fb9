"""From a user agent string to what is stored of it: family, major version, system and class of device."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import ua_parser
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from ua_parser.loaders import load_lazy_builtins
from ua_parser.matchers import UserAgentMatcher
from ua_parser.regex import Resolver
from user_agents.parsers import (
    TABLET_DEVICE_FAMILIES,
    UserAgent,
    parse_browser,
    parse_device,
    parse_operating_system,
)

_LONGEST = 512  # characters read; in-app browsers write up to about 400
_REMEMBERED = 4096  # strings of the last visitors, in memory only

_PROGRAMS: Final = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|headless|phantomjs|lighthouse|pagespeed|pingdom|preview|monitor|uptime"
    r"|facebookexternalhit|validator|archiver|scrapy|wget|curl/|httpie|python|perl|ruby|php/|java/|go-http|okhttp"
    r"|axios|node-fetch|undici|libwww|httpclient|http_request|postman|selenium|puppeteer|playwright"
)
"""Words by which programs that no list knows call themselves. Cubot is a maker of telephones."""


class Device(StrEnum):
    """The class of device, the column `device`."""

    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of a browser. Unknown is ""; a bot is any program that no person looks through."""

    family: str
    version: str  # major
    system: str
    device: Device
    is_bot: bool


def read_browser(user_agent: str) -> Browser:
    """Read a User-Agent header; never raises."""
    return _read(user_agent[:_LONGEST])


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str) -> Browser:
    parsed = _classify(text)
    return Browser(
        family=_known(parsed.browser.family),
        version=str(parsed.browser.version[0]) if parsed.browser.version else "",
        system=_known(parsed.os.family).replace("Mac OS X", "macOS"),
        device=_device_of(parsed),
        is_bot=not text.strip() or parsed.is_bot or _is_program(text),
    )


def _is_program(text: str) -> bool:
    return _PROGRAMS.search(text.lower()) is not None or bool(_crawlers()(text, ua_parser.Domain.USER_AGENT).user_agent)


@lru_cache(maxsize=1)
def _crawlers() -> Resolver:
    """The list of crawlers that the package keeps up, in ua-parser's Rust engine, read once at the first use.

    The package's own search takes 16 ms on a string made for it; this takes 5 µs on any.
    """
    patterns = [entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA]
    return Resolver(([UserAgentMatcher(regex=f"({pattern})") for pattern in patterns], [], []))


@lru_cache(maxsize=1)
def _resolver() -> Resolver:
    """ua-parser's expressions, compiled once at the first use: 0.15 s and 20 MB."""
    return Resolver(load_lazy_builtins())


def _classify(text: str) -> UserAgent:
    """user-agents' classification over ua-parser's Rust engine.

    Its own constructor parses with Python's expressions, many times slower, so it is not called.
    """
    found = _resolver()(text, ua_parser.Domain.ALL).complete().with_defaults()
    browser, system, device = found.user_agent, found.os, found.device
    parsed = UserAgent.__new__(UserAgent)
    parsed.ua_string = text
    parsed.browser = parse_browser(browser.family, browser.major, browser.minor, browser.patch)
    parsed.os = parse_operating_system(system.family, system.major, system.minor, system.patch)
    parsed.device = parse_device(device.family, device.brand, device.model)
    return parsed


def _device_of(parsed: UserAgent) -> Device:
    """The class of device, in the order in which the hints are to be trusted.

    user-agents calls Chrome on an iPad mobile and tablet at once, and telephones that say `Mobi` without
    `Mobile Safari` tablets: a known tablet comes first, then what says `Mobi`, then Android without it.
    """
    if parsed.device.family in TABLET_DEVICE_FAMILIES:
        return Device.TABLET
    if parsed.is_mobile or "Mobi" in parsed.ua_string:
        return Device.MOBILE
    if parsed.is_tablet:
        return Device.TABLET
    return Device.DESKTOP if parsed.is_pc else Device.OTHER


def _known(family: str) -> str:
    return "" if family == "Other" else family
