"""What the pages for visitors share: strict headers, templates, the language, the site of an address."""

from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request

from suostumus.server.notice import Notice
from suostumus.server.settings import Settings, Site

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def visitor_templates() -> Environment:
    """The templates of the visitors' pages, with autoescape on."""
    return Environment(
        loader=PackageLoader("suostumus.server"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def site_of(request: Request, settings: Settings) -> Site:
    """The site that the address names: 404."""
    site = settings.site(request.path_params["site"])
    if site is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "site: unknown")
    return site


def language_of(request: Request, notice: Notice) -> str:
    """The language asked for, else the first of Accept-Language that the site has, else the site's first."""
    asked = [request.query_params.get("language", "")]
    asked += [part.split(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    return next((language for language in asked if language in notice.wordings), next(iter(notice.wordings)))
