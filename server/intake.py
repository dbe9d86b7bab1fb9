"""What every public request goes through first: size, origin, rate. Nothing of it is written anywhere."""

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Generator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from suostumus.server.client_address import Address, client_address, network_of, wide_network_of
from suostumus.server.settings import Settings, Site

BODY_SECONDS = 10
NETWORKS_REMEMBERED = 100_000  # 20 MB at most
WIDE_NETWORKS = 16
HEADERS_READ = (
    b"content-encoding",
    b"cookie",
    b"origin",
    b"purpose",
    b"sec-gpc",
    b"sec-purpose",
    b"user-agent",
    b"x-forwarded-for",
    b"x-moz",
)
_HEADERS = "suostumus.headers"  # of an ASGI scope


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """A token bucket for each network, known by a keyed hash in memory only."""

    def __init__(self, requests_per_minute: int) -> None:
        self._burst = float(requests_per_minute)
        self._per_second = requests_per_minute / 60
        self._key = secrets.token_bytes(16)
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()

    def allows(self, address: Address | None) -> bool:
        """Take one request from the network's bucket; False when it is empty.

        Whoever has an IPv6 /48 has 65,536 networks: they share what WIDE_NETWORKS of them may ask.
        """
        if address is None:
            return self._take(b"", 1)
        if address.version == 6 and not self._take(wide_network_of(address), WIDE_NETWORKS):
            return False
        return self._take(network_of(address), 1)

    def _take(self, network: bytes, share: int) -> bool:
        name = hashlib.blake2b(network, key=self._key, digest_size=8).digest()
        now = time.monotonic()
        burst = self._burst * share
        bucket = self._buckets.get(name) or _Bucket(burst, now)
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * self._per_second * share)
        bucket.at = now
        self._buckets[name] = bucket
        self._buckets.move_to_end(name)
        if len(self._buckets) > NETWORKS_REMEMBERED:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


class Intake:
    """Reads requests of browsers. Raises HTTPException with a detail that names the field."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limiter = RateLimiter(settings.limits.requests_per_minute)
        self._proxies = settings.proxy_ranges
        own = own_origin(settings)
        self._origins = {site.key: frozenset({*site.origins, own}) for site in settings.sites}
        self._sites = {site.key: site for site in settings.sites}

    def address(self, request: Request) -> Address | None:
        """The visitor's address behind trusted proxies, None when it is none."""
        client = request.scope.get("client")
        return client_address(client[0] if client else "", headers_of(request)[b"x-forwarded-for"], self._proxies)

    def limit(self, request: Request) -> Address | None:
        """Count the request against its network, and return its address: 429."""
        address = self.address(request)
        if not self._limiter.allows(address):
            raise HTTPException(
                HTTPStatus.TOO_MANY_REQUESTS, "too many requests from this network", {"Retry-After": "10"}
            )
        return address

    async def body(self, request: Request) -> bytes:
        """The body, within the limits of size and time: 413, 408, 415."""
        if any(coding != "identity" for coding in headers_of(request)[b"content-encoding"]):
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content-encoding: only identity is read")
        limit = self._settings.limits.body_bytes
        content = bytearray()
        reading = _Reading(request.receive())
        if reading.arrived and not _take(reading.arrived, content, limit):
            return bytes(content)  # nearly every body comes with its head, and needs no clock
        try:
            async with asyncio.timeout(BODY_SECONDS):
                more = bool(reading.arrived) or _take(await reading, content, limit)
                while more:
                    more = _take(await request.receive(), content, limit)
        except TimeoutError as error:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "body: not complete in time") from error
        return bytes(content)

    def site(self, key: str) -> Site:
        """The site with this key: 400."""
        site = self._sites.get(key)
        if site is None:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "site: unknown")
        return site

    def origin(self, request: Request, site: Site) -> str:
        """The one Origin header, if the site lists it or it is the collector's own: 403."""
        origins = headers_of(request)[b"origin"]
        if len(origins) != 1 or origins[0] not in self._origins[site.key]:
            raise HTTPException(HTTPStatus.FORBIDDEN, "origin: not one of the site's")
        return origins[0]


class _Reading:
    """A message on its way: there at once, or to be awaited."""

    def __init__(self, message: Awaitable[Message]) -> None:
        self._steps = message.__await__()
        self.arrived: Message | None = None
        try:
            self._waits_for = next(self._steps)
        except StopIteration as done:
            self.arrived = done.value

    def __await__(self) -> Generator[Any, Any, Message]:
        """Go on where the first look ended."""
        yield self._waits_for
        return (yield from self._steps)


def _take(message: Message, content: bytearray, limit: int) -> bool:
    """Add a piece of the body; whether more is to come. Raises HTTPException when it grows too long."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    content += message.get("body", b"")
    if len(content) > limit:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"body: longer than {limit} bytes")
    return bool(message.get("more_body", False))


def own_origin(settings: Settings) -> str:
    """The origin of the collector's own pages."""
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"


def has_privacy_control(request: Request) -> bool:
    """Global Privacy Control: of several headers, one exact `1` counts."""
    return "1" in headers_of(request)[b"sec-gpc"]


def is_prefetch(request: Request) -> bool:
    """Whether the browser asks ahead of a visit."""
    headers = headers_of(request)
    purposes = headers[b"sec-purpose"] + headers[b"purpose"]
    if not purposes and not headers[b"x-moz"]:
        return False
    return "prefetch" in headers[b"x-moz"] or any("prefetch" in one or "prerender" in one for one in purposes)


def headers_of(request: Request) -> dict[bytes, list[str]]:
    """The headers on which something depends, each with all its values: read in one pass, once a request."""
    found: dict[bytes, list[str]] | None = request.scope.get(_HEADERS)
    if found is None:
        found = request.scope[_HEADERS] = {name: [] for name in HEADERS_READ}
        for name, value in request.scope["headers"]:
            if name in found:
                found[name].append(value.decode("latin-1"))
    return found
