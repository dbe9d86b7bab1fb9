"""The two cookies: the token, which only the server reads, and the choice, which identifies nobody."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from suostumus.server.settings import Settings, Site

MONTH_SECONDS = 2_629_746  # a twelfth of a Gregorian year
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # the same in every answer: the present second would tell one from another


class Cookies:
    """Reads and sets one site's cookies."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self._site = site
        self._secure = settings.secure
        self._public_host = urlsplit(settings.public_url).hostname or ""
        self.max_age = settings.retention.consent_months * MONTH_SECONDS

    @property
    def token_name(self) -> str:
        """The cookie with the signed consent."""
        return f"suostumus_{self._site.key}"

    @property
    def choice_name(self) -> str:
        """The cookie with the choice itself."""
        return f"{self.token_name}_choice"

    def token(self, request: Request) -> str | None:
        """The token that the browser sent as a cookie."""
        return request.cookies.get(self.token_name)

    def shared_with(self, origin: str) -> bool:
        """Whether the page of this origin can read cookies that the collector sets."""
        host = urlsplit(origin).hostname or ""
        domain = self._site.cookie_domain
        if domain:
            return _is_within(host, domain) and _is_within(self._public_host, domain)
        return host == self._public_host

    def set(self, response: Response, *, token: str, notice: str, purposes: tuple[str, ...]) -> None:
        """Set both after a decision; without a token the token's cookie goes."""
        domain = self._site.cookie_domain or None
        response.set_cookie(
            self.token_name,
            token,
            max_age=self.max_age if token else 0,
            expires=None if token else LONG_AGO,
            domain=domain,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        response.set_cookie(
            self.choice_name,
            f"{notice}:{'.'.join(purposes) or 'none'}",
            max_age=self.max_age,
            domain=domain,
            secure=self._secure,
            samesite="lax",
        )


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
