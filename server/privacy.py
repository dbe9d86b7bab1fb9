"""The visitor's page: the choice, everything stored, withdrawal, the notice. It works without JavaScript."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from suostumus.server.choose import Chooser
from suostumus.server.consent import ConsentRefused
from suostumus.server.cookies import Cookies
from suostumus.server.declaration import declaration, kept_in_browser
from suostumus.server.erasures import find_by_receipt
from suostumus.server.fields import UUID_PATTERN
from suostumus.server.intake import Intake, has_privacy_control, own_origin
from suostumus.server.messages import Action, Layout, Method, Surface
from suostumus.server.notice import Notice, Wording
from suostumus.server.parts import PublicParts
from suostumus.server.records import Decision, Outcome
from suostumus.server.settings import Site
from suostumus.server.store import StoreError
from suostumus.server.token import Token
from suostumus.server.visitor import HEADERS, language_of, site_of, visitor_templates

DOWNLOAD = "download"
DECLARATION_SECONDS = 300
FORM_FIELDS = 64

Form = dict[str, list[str]]


@dataclass(frozen=True)
class _View:
    """One rendering of the page: whose, in which words, with which token in the form."""

    site: Site
    notice: Notice
    wording: Wording
    cookies: Cookies
    token: Token | None  # whose it is: a consent, in force or ended, that was not withdrawn
    carried: str  # the token itself in storage mode, for the page's own forms
    message: str = ""
    receipt: str = ""  # of an erasure


class PrivacyPages:
    """The pages that a visitor sees on the collector."""

    def __init__(self, parts: PublicParts, intake: Intake, chooser: Chooser) -> None:
        self._parts = parts
        self._intake = intake
        self._chooser = chooser
        self._base = urlsplit(parts.settings.public_url).path
        self._templates = visitor_templates()

    async def show(self, request: Request) -> Response:
        """GET /privacy/SITE."""
        self._intake.limit(request)
        site = site_of(request, self._parts.settings)
        receipt = request.query_params.get("receipt", "")
        view = self._view(request, site, "", receipt if re.fullmatch(UUID_PATTERN, receipt) else "")
        return await self._page(view, saved="saved" in request.query_params)

    async def act(self, request: Request) -> Response:
        """POST /privacy/SITE: a button of the page, or the script handing over its token."""
        self._intake.limit(request)
        site = site_of(request, self._parts.settings)
        self._intake.origin(request, site)
        form = _read_form(await self._intake.body(request))
        view = self._view(request, site, _one(form, "token"), "")
        action = _one(form, "action")
        if not action:
            return await self._page(view)
        if action == DOWNLOAD:
            return await self._download(view)
        if action not in set(Action):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "action: unknown")
        purposes = tuple(form.get("purposes", ()))
        return await self._decide(request, view, Action(action), purposes, _way_back(_one(form, "return"), site))

    async def declare(self, request: Request) -> Response:
        """GET /privacy/SITE/declaration.json: what is kept, for programs."""
        self._intake.limit(request)
        site = site_of(request, self._parts.settings)
        content = declaration(self._parts.settings, self._parts.notices[site.key])
        caching = {"Cache-Control": f"public, max-age={DECLARATION_SECONDS}", "Access-Control-Allow-Origin": "*"}
        return Response(msgspec.json.encode(content), media_type="application/json", headers=HEADERS | caching)

    async def receipt(self, request: Request) -> Response:
        """GET /receipt/ID: how far an erasure is."""
        self._intake.limit(request)
        receipt = request.path_params["receipt"]
        erasure = self._parts.ledger.read(lambda connection: find_by_receipt(connection, receipt))
        site = self._parts.settings.site(erasure.site) if erasure else self._parts.settings.sites[0]
        notice = self._parts.notices[(site or self._parts.settings.sites[0]).key]
        wording = notice.wording(language_of(request, notice))
        body = self._templates.get_template("receipt.html").render(
            base=self._base,
            language=wording.language,
            direction=wording.texts.direction,
            words=wording.texts.page,
            purposes=wording.purposes,
            erasure=erasure,
        )
        return HTMLResponse(body, HTTPStatus.OK if erasure else HTTPStatus.NOT_FOUND, HEADERS)

    def _view(self, request: Request, site: Site, carried: str, receipt: str) -> _View:
        notice = self._parts.notices[site.key]
        cookies = Cookies(self._parts.settings, site)
        token = self._holder(carried or cookies.token(request), site)
        wording = notice.wording(language_of(request, notice))
        return _View(site, notice, wording, cookies, token, carried, receipt=receipt)

    def _holder(self, text: str | None, site: Site) -> Token | None:
        """The token by which its holder sees and ends what is stored: ours, and not withdrawn."""
        try:
            token = self._parts.gate.authenticate(text, site)
        except ConsentRefused:
            return None
        return None if self._parts.state.standing(self._parts.state.hash_visitor(token.visitor)).withdrawn else token

    async def _decide(
        self, request: Request, view: _View, action: Action, purposes: tuple[str, ...], way_back: str
    ) -> Response:
        """Decide as the form says. What a form on the shop's own page shows is the shop's to prove: no hash of it."""
        is_own_page = request.headers["origin"] == own_origin(self._parts.settings)
        decision = Decision(
            site=view.site,
            action=action,
            purposes=purposes if action is Action.SAVE else (),
            id=str(uuid4()),
            notice=view.notice.version,
            shown=view.wording.shown[Layout.PAGE] if is_own_page else "",
            language=view.wording.language,
            layout=Layout.PAGE.value,
            surface=Surface.PAGE.value,
            method=Method.CLICK.value,
            gpc=has_privacy_control(request),
            token=view.carried or view.cookies.token(request),
        )
        outcome, _ = await self._chooser.decide(decision)
        if view.carried:
            return await self._page(self._after(view, outcome), saved=True)
        query = {"language": view.wording.language, "saved": "1"} | (
            {"receipt": outcome.erasure} if outcome.erasure else {}
        )
        page = f"{self._base}/privacy/{view.site.key}?{urlencode(query)}"
        response = RedirectResponse(way_back or page, HTTPStatus.SEE_OTHER, HEADERS)
        view.cookies.set(response, token=outcome.token, notice=view.notice.version, purposes=outcome.purposes)
        return response

    def _after(self, view: _View, outcome: Outcome) -> _View:
        """The page in storage mode once the shop's token has ended."""
        return _View(view.site, view.notice, view.wording, view.cookies, None, outcome.token, receipt=outcome.erasure)

    async def _download(self, view: _View) -> Response:
        if view.token is None:
            raise HTTPException(HTTPStatus.FORBIDDEN, "token: none of ours, or withdrawn")
        try:
            content = await asyncio.to_thread(self._parts.subject.copy, view.token, view.notice)
        except StoreError as error:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "not readable now, try again") from error
        disposition = {"Content-Disposition": f'attachment; filename="{view.site.key}-privacy.json"'}
        return Response(content, media_type="application/json", headers=HEADERS | disposition)

    async def _page(self, view: _View, *, saved: bool = False) -> Response:
        stored, receipt = await asyncio.to_thread(self._stored, view)
        context = self._context(view, saved=saved) | {"stored": stored, "given": receipt}
        body = self._templates.get_template("privacy.html").render(context)
        return HTMLResponse(body, headers=HEADERS)

    def _stored(self, view: _View) -> tuple[str, str]:
        """How many events are stored, in words, and the receipt of the consent."""
        words = view.wording.texts.page
        if view.token is None:
            return words.nothing_stored, ""
        try:
            count = self._parts.subject.count(view.token)
            receipt = self._parts.subject.receipt(view.token)
        except StoreError:
            return "–", ""
        return words.events_stored.format(count=count) if count else words.nothing_stored, receipt

    def _context(self, view: _View, *, saved: bool) -> dict[str, Any]:
        settings = self._parts.settings
        words = view.wording.texts.page
        zone = view.site.zone
        token = view.token
        retention = {name: getattr(settings.retention, name) for name in settings.retention.__struct_fields__}
        done = words.saved if not view.receipt else view.wording.texts.banner.withdrawn
        return {
            "language": view.wording.language,
            "direction": view.wording.texts.direction,
            "languages": list(view.notice.wordings),
            "heading": words.title.format(site=view.site.name),
            "words": words,
            "banner": view.wording.texts.banner,
            "site": view.site,
            "base": self._base,
            "settings": settings,
            "purposes": view.wording.purposes,
            "granted": [purpose for purpose in view.notice.standing(token.notice) if purpose in token.purposes]
            if token
            else [],
            "consent": token
            and {
                "since": datetime.fromtimestamp(token.issued, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                "until": datetime.fromtimestamp(token.expires, UTC).astimezone(zone).strftime("%Y-%m-%d"),
            },
            "carried": view.carried,
            "may_change": not view.carried and any(view.cookies.shared_with(origin) for origin in view.site.origins),
            "message": done if saved or view.receipt else "",
            "status": f"{self._base}/receipt/{view.receipt}?language={view.wording.language}" if view.receipt else "",
            "kept": kept_in_browser(settings, view.site, view.wording),
            "retention": words.retention_text.format(**retention),
            "own_text": settings.notice.text.get(view.wording.language, ""),
            "version": view.notice.version,
        }


def _way_back(address: str, site: Site) -> str:
    """A page of the shop to go on to; empty for any other address."""
    parts = urlsplit(address)
    return address if f"{parts.scheme}://{parts.netloc}" in site.origins and address.isprintable() else ""


def _read_form(body: bytes) -> Form:
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=FORM_FIELDS)
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"form: more than {FORM_FIELDS} fields") from error


def _one(form: Form, name: str) -> str:
    return form.get(name, [""])[0]
