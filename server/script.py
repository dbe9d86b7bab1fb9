"""The script of each site: the built file with the site's configuration baked in, compressed once."""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

import brotli
import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from suostumus.server.appearance import theme_style
from suostumus.server.cookies import Cookies
from suostumus.server.declared import clearing
from suostumus.server.logo import read_logo
from suostumus.server.messages import Layout
from suostumus.server.notice import Notice
from suostumus.server.settings import Settings, Site
from suostumus.server.texts import BannerTexts
from suostumus.server.versions import HASH_DIGITS

CONFIGURATION = b'"__SUOSTUMUS_CONFIG__"'
FEATURES = b'"__SUOSTUMUS_FEATURES__"'
ALIAS_SECONDS = 300
EMBED_TEXTS = {"embed", "once", "always"}
EARLIER_VERSIONS = 8  # whose visitors are asked for what changed only


class ScriptError(Exception):
    """The built script is missing or has no place for the configuration."""


@dataclass(frozen=True)
class Script:
    """One site's script, ready to be sent."""

    digest: str  # 16 hex digits, for the immutable address
    integrity: str  # Subresource Integrity
    plain: bytes
    compressed: dict[str, bytes]  # by content coding, the best first


class Scripts:
    """Every site's script."""

    def __init__(
        self, settings: Settings, notices: dict[str, Notice], note: Callable[[Site, str], None] | None = None
    ) -> None:
        """Bake the scripts. Raises ScriptError, or SettingsError when a logo is none.

        `note` hears of each answer at the short address: `whole`, or `unchanged` for a browser that has it.
        """
        self._settings = settings
        self._note = note
        built = _built()
        self._scripts = {
            site.key: _pack(
                built.replace(FEATURES, _features(site)).replace(
                    CONFIGURATION, _configuration(settings, notices[site.key])
                )
            )
            for site in settings.sites
        }
        self._configurations = {
            site.key: _encode(
                {**_read_everywhere(settings, notices[site.key]), "shown": _shown(settings, notices[site.key])}
            )
            for site in settings.sites
        }

    async def configure(self, request: Request) -> Response:
        """GET /s/SITE.json: the configuration alone, for shops that bundle the ES module themselves."""
        content = self._configurations.get(request.path_params["site"])
        if content is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "script: unknown")
        headers = {"Cache-Control": f"public, max-age={ALIAS_SECONDS}", "Access-Control-Allow-Origin": "*"}
        return Response(content, headers=headers, media_type="application/json")

    async def serve(self, request: Request) -> Response:
        """GET /s/SITE.js, for a short time, and /s/SITE.HASH.js, for good."""
        key, _, digest = request.path_params["name"].partition(".")
        script = self._scripts.get(key)
        if script is None or (digest and digest != script.digest):
            raise HTTPException(HTTPStatus.NOT_FOUND, "script: unknown")
        caching = "public, max-age=31536000, immutable" if digest else f"public, max-age={ALIAS_SECONDS}"
        headers = {
            "Cache-Control": caching,
            "ETag": f'"{script.digest}"',
            "Vary": "Accept-Encoding",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        unchanged = request.headers.get("if-none-match") == headers["ETag"]
        site = self._settings.site(key)
        if self._note and site and not digest:
            self._note(site, "unchanged" if unchanged else "whole")
        if unchanged:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        accepted = _accepted(request.headers.get("accept-encoding", ""))
        coding = next((coding for coding in script.compressed if coding in accepted), "")
        if coding:
            headers["Content-Encoding"] = coding
        body = script.compressed[coding] if coding else script.plain
        return Response(body, headers=headers, media_type="text/javascript")

    def of(self, key: str) -> Script:
        """The script of a site."""
        return self._scripts[key]


def _accepted(header: str) -> set[str]:
    """The codings that an Accept-Encoding header names and does not refuse: RFC 9110 section 12.5.3."""
    pairs = [part.lower().replace(" ", "").partition(";") for part in header.split(",")]
    return {coding for coding, _, weight in pairs if not re.fullmatch(r"q=0(\.0*)?", weight)}


def _built() -> bytes:
    content = _read("suostumus.js")
    if content.count(CONFIGURATION) != 1 or content.count(FEATURES) != 1:
        raise ScriptError("static/built/suostumus.js has no place for the configuration")
    return content


def _features(site: Site) -> bytes:
    """The parts that the site needs: each file is one expression."""
    names = [name for name, on in msgspec.structs.asdict(site.features).items() if on]
    if site.declared:
        names.append("clearing")
    if site.logo:
        names.append("logo")
    return b",".join(_read(f"suostumus.{name}.js") for name in names)


def _read(name: str) -> bytes:
    try:
        return files("suostumus.server").joinpath("static", "built", name).read_bytes()
    except OSError as error:
        raise ScriptError(f"static/built/{name} is missing: run `make build`") from error


def _configuration(settings: Settings, notice: Notice) -> bytes:
    """An object; what is shown stands in a function, which browsers do not compile where nothing is shown.

    Of an experiment's two arms the page draws one, and remembers it no longer than it lives.
    """
    arms = [_encode(_shown(settings, notice, arm)) for arm in ("a", "b")[: 2 if notice.site.experiment else 1]]
    shown = b"()=>(%s)" % arms[0] if len(arms) == 1 else b"(a=>()=>[%s][a])(2*Math.random()|0)" % b",".join(arms)
    return b'%s,"shown":%s}' % (_encode(_read_everywhere(settings, notice))[:-1], shown)


def _encode(content: object) -> bytes:
    return msgspec.json.encode(content).replace(b"</", b"<\\/")


def _read_everywhere(settings: Settings, notice: Notice) -> dict[str, object]:
    site = notice.site
    content = {
        "site": site.key,
        "collector": settings.public_url,
        "notice": notice.version,
        "purposes": site.purposes,
        "cookieDomain": site.cookie_domain,
        "maxAge": Cookies(settings, site).max_age,
        "earlier": _earlier(notice),
        "clear": clearing(site.declared),
        "search": site.search_parameters if site.features.site_search else (),
    }
    return {key: value for key, value in content.items() if value}


def _shown(settings: Settings, notice: Notice, arm: str = "a") -> dict[str, object]:
    site = notice.site
    layout = Layout((arm == "b" and site.experiment and site.experiment.layout) or site.layout)
    logo = {"logo": read_logo(f"sites[{settings.sites.index(site)}].logo", Path(site.logo))} if site.logo else {}
    return logo | {
        "controller": settings.controller.name,
        "layout": layout.value,
        "style": _style(site, layout),
        "languages": {
            language: {
                "shown": wording.trial.shown if arm == "b" and wording.trial else wording.shown[layout],
                "texts": _texts(wording.trial.banner if arm == "b" and wording.trial else wording.texts.banner, site),
                "purposes": wording.purposes,
            }
            for language, wording in notice.wordings.items()
        },
    }


def _texts(texts: BannerTexts, site: Site) -> dict[str, str]:
    """The script's words, less those of features that are switched off."""
    unused = set() if site.features.embeds else EMBED_TEXTS
    return {key: text for key, text in msgspec.structs.asdict(texts).items() if key not in unused}


def _style(site: Site, layout: Layout) -> str:
    """What the site's layout, logo and theme add to the style; the bar is the style itself."""
    names = [layout.value] * (layout is not Layout.BAR) + ["logo"] * bool(site.logo)
    return "".join(_read(f"layout.{name}.css").decode() for name in names) + theme_style(site.theme)


def _earlier(notice: Notice) -> dict[str, tuple[str, ...]]:
    """The newest of the earlier versions to which an agreement still stands for some purposes."""
    covered = [(version, purposes) for version, purposes in notice.covered.items() if purposes]
    return dict(covered[-EARLIER_VERSIONS:])


def _pack(content: bytes) -> Script:
    integrity = base64.b64encode(hashlib.sha384(content).digest()).decode()
    return Script(
        digest=hashlib.sha256(content).hexdigest()[:HASH_DIGITS],
        integrity=f"sha384-{integrity}",
        plain=content,
        compressed={
            "br": brotli.compress(content, mode=brotli.MODE_FONT, quality=11),  # smaller than its mode for texts
            "gzip": gzip.compress(content, 9, mtime=0),
        },
    )
