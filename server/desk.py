"""What every internal page stands on: who asks, whether they may, and the page in their language."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from suostumus.dashboards.words import LANGUAGES, Words, words_for
from suostumus.server.accounts import Accounts, Role
from suostumus.server.internal import FormError, read_form, templates
from suostumus.server.settings import Settings, Site
from suostumus.server.signin import Session, Sessions

COOKIE = "suostumus_session"
LANGUAGE_COOKIE = "suostumus_language"

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, Session], Awaitable[Response]]


class Desk:
    """Lets in who may enter, and renders what they get."""

    def __init__(self, settings: Settings, accounts: Accounts) -> None:
        self.settings = settings
        self.accounts = accounts
        self.sessions = Sessions(accounts)
        self.hashing = anyio.CapacityLimiter(2)  # each password hash takes 64 MiB
        self._templates = templates()

    def for_role(self, role: Role, handler: Handler) -> Endpoint:
        """An endpoint for those who signed in with this role or a higher one; others learn what they lack."""

        async def endpoint(request: Request) -> Response:
            session = await self._session(request)
            if not session:
                return _ask_to_sign_in(request)
            if not session.role.includes(role):
                return self._refuse(request, session, role)
            return await handler(request, session)

        return endpoint

    def site(self, request: Request) -> Site | None:
        """The site that the address names."""
        return self.settings.site(request.path_params["site"])

    def page(self, request: Request, template: str, session: Session | None, /, **context: Any) -> HTMLResponse:
        """A page in the reader's language; `status` among the context is the answer's."""
        words = self.words(request)
        shared = {
            "session": session,
            "may": {str(role): bool(session and session.role.includes(role)) for role in Role},
            "t": words.text,
            "words": words,
            "language": words.language,
            "languages": LANGUAGES,
            "here": _here(request),
        }
        status = context.pop("status", 200)
        return HTMLResponse(self._templates.get_template(template).render(shared | context), status_code=status)

    def problem(
        self,
        request: Request,
        session: Session | None,
        status: int,
        key: str,
        *,
        detail: str = "",
        onward: str = "/",
    ) -> HTMLResponse:
        """A page that says what went wrong, in the words under `problems.KEY`, and where to go on."""
        return self.page(request, "problem.html", session, status=status, key=key, detail=detail, onward=onward)

    def words(self, request: Request) -> Words:
        """The words of the language that the reader chose, or that the browser prefers."""
        return words_for(request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", ""))

    async def _session(self, request: Request) -> Session | None:
        token = request.cookies.get(COOKIE, "")
        return await run_sync(self.sessions.session, token) if token else None

    def _refuse(self, request: Request, session: Session, role: Role) -> Response:
        if wants_data(request):
            return JSONResponse({"error": f"needs the role {role}"}, status_code=403)
        return self.problem(request, session, 403, "role", detail=self.words(request).text(f"roles.{role}.title"))


async def own_form(request: Request, session: Session) -> Mapping[str, str]:
    """The fields of a form of this session's own pages. Raises FormError."""
    given = await read_form(request)
    if not session.owns_form(given.get("form_token", "")):
        raise FormError("form_token: not of this session")
    return given


def wants_data(request: Request) -> bool:
    """Whether the answer is read by a program rather than a person: an export or the live figures."""
    return "form" in request.path_params or request.url.path.endswith("/live")


def _ask_to_sign_in(request: Request) -> Response:
    if request.method != "GET" or wants_data(request):
        return JSONResponse({"error": "sign in first"}, status_code=401)
    return RedirectResponse(f"/signin?{urlencode({'next': _here(request)})}", status_code=303)


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
