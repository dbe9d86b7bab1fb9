"""Coming and going: signing in and out, one-time links, and the language of the pages."""

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from suostumus.dashboards.words import LANGUAGES
from suostumus.server.accounts import AccountError
from suostumus.server.desk import COOKIE, LANGUAGE_COOKIE, Desk, own_form
from suostumus.server.internal import FormError, own_path, read_form
from suostumus.server.signin import Session, TooManyFailures

YEAR_SECONDS = 365 * 24 * 3600


class Entrance:
    """The pages that need no account, and the way out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def set_up(self, request: Request) -> Response:
        """Set the password that a one-time link is for."""
        desk, token = self._desk, request.path_params["token"]
        owner = await run_sync(desk.accounts.link_owner, token)
        if owner is None:
            return desk.problem(request, None, 404, "link", onward="/signin")
        if request.method == "GET":
            return desk.page(request, "setup.html", None, error="", name="", owner=owner)
        name = ""
        try:
            given = await read_form(request)
            name = given.get("name", "")
            password, repeated = given.get("password", ""), given.get("repeated", "")
            await run_sync(desk.accounts.set_up, token, name, password, repeated, limiter=desk.hashing)
        except (FormError, AccountError) as error:
            return desk.page(request, "setup.html", None, status=400, error=str(error), name=name, owner=owner)
        return RedirectResponse("/signin", status_code=303)

    async def sign_in(self, request: Request) -> Response:
        """Ask for name and password; go on to where the reader wanted to be."""
        desk, words = self._desk, self._desk.words(request)
        if request.method == "GET":
            target = own_path(request.query_params.get("next", ""))
            return desk.page(request, "signin.html", None, error="", name="", target=target)
        given: dict[str, str] = {}
        session, status, error = None, 401, words.text("signin.wrong")
        try:
            given = await read_form(request)
            name, password = given.get("name", ""), given.get("password", "")
            session = await run_sync(desk.sessions.sign_in, name, password, limiter=desk.hashing)
        except FormError as problem:
            status, error = 400, str(problem)
        except TooManyFailures as problem:
            status, error = 429, words.text("signin.wait", seconds=problem.seconds)
        target = own_path(given.get("next", ""))
        if not session:
            shown = {"error": error, "name": given.get("name", ""), "target": target}
            return desk.page(request, "signin.html", None, status=status, **shown)
        return self._let_in(request, session, target)

    async def sign_out(self, request: Request, session: Session) -> Response:
        """End the session."""
        try:
            await own_form(request, session)
        except FormError as error:
            return self._desk.problem(request, session, 400, "form", detail=str(error))
        await run_sync(self._desk.sessions.sign_out, session)
        response = RedirectResponse("/signin", status_code=303)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    async def choose_language(self, request: Request) -> Response:
        """Keep the language of the pages in this browser."""
        try:
            given = await read_form(request)
        except FormError as error:
            return self._desk.problem(request, None, 400, "form", detail=str(error))
        response = RedirectResponse(own_path(given.get("next", "")), status_code=303)
        if given.get("language") in LANGUAGES:
            secure = request.url.scheme == "https"
            response.set_cookie(
                LANGUAGE_COOKIE,
                given["language"],
                max_age=YEAR_SECONDS,
                httponly=True,
                samesite="strict",
                path="/",
                secure=secure,
            )
        return response

    @staticmethod
    def _let_in(request: Request, session: Session, target: str) -> Response:
        response = RedirectResponse(target, status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, session.token, httponly=True, samesite="strict", path="/", secure=secure)
        return response
