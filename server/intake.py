"""What every public request goes through first: size, origin, rate. Nothing of it is written anywhere."""

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from suostumus.server.client_address import Address, client_address, network_of, wide_network_of
from suostumus.server.settings import Settings, Site

BODY_SECONDS = 10
NETWORKS_REMEMBERED = 100_000  # 20 MB at most
WIDE_NETWORKS = 16


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
            return self._take("", 1)
        if address.version == 6 and not self._take(wide_network_of(address), WIDE_NETWORKS):
            return False
        return self._take(network_of(address), 1)

    def _take(self, network: str, share: int) -> bool:
        name = hashlib.blake2b(network.encode(), key=self._key, digest_size=8).digest()
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

    def address(self, request: Request) -> Address | None:
        """The visitor's address behind trusted proxies, None when it is none."""
        peer = request.client.host if request.client else ""
        return client_address(peer, request.headers.getlist("x-forwarded-for"), self._proxies)

    def limit(self, request: Request) -> None:
        """Count the request against its network: 429."""
        if not self._limiter.allows(self.address(request)):
            raise HTTPException(
                HTTPStatus.TOO_MANY_REQUESTS, "too many requests from this network", {"Retry-After": "10"}
            )

    async def body(self, request: Request) -> bytes:
        """The body, within the limits of size and time: 413, 408, 415."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content-encoding: only identity is read")
        limit = self._settings.limits.body_bytes
        content = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for chunk in request.stream():
                    content += chunk
                    if len(content) > limit:
                        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"body: longer than {limit} bytes")
        except TimeoutError as error:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "body: not complete in time") from error
        return bytes(content)

    def site(self, key: str) -> Site:
        """The site with this key: 400."""
        site = self._settings.site(key)
        if site is None:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "site: unknown")
        return site

    def origin(self, request: Request, site: Site) -> str:
        """The one Origin header, if the site lists it or it is the collector's own: 403."""
        origins = request.headers.getlist("origin")
        if len(origins) != 1 or origins[0] not in {*site.origins, own_origin(self._settings)}:
            raise HTTPException(HTTPStatus.FORBIDDEN, "origin: not one of the site's")
        return origins[0]


def own_origin(settings: Settings) -> str:
    """The origin of the collector's own pages."""
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"


def has_privacy_control(request: Request) -> bool:
    """Global Privacy Control: of several headers, one exact `1` counts."""
    return "1" in request.headers.getlist("sec-gpc")


def is_prefetch(request: Request) -> bool:
    """Whether the browser asks ahead of a visit."""
    purposes = [*request.headers.getlist("sec-purpose"), *request.headers.getlist("purpose")]
    return any("prefetch" in purpose or "prerender" in purpose for purpose in purposes) or (
        request.headers.get("x-moz") == "prefetch"
    )
