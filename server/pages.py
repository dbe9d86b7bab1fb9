"""The analyst's dashboards over HTTP: pages, exports and the live figures, for those who signed in."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import anyio
from anyio.to_thread import run_sync
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from suostumus.dashboards import panels, views
from suostumus.dashboards.export import as_csv, as_json
from suostumus.dashboards.labels import label
from suostumus.dashboards.panels import Reader
from suostumus.dashboards.report import LIVE_MINUTES, Live, Table, fill, live
from suostumus.dashboards.selection import Selection, SelectionError, parse_selection
from suostumus.geo.download import ATTRIBUTION
from suostumus.server.clock import Clock, utc_now
from suostumus.server.internal import FormError, StrictHeaders, own_path, read_form, templates
from suostumus.server.settings import Settings, Site
from suostumus.server.signin import AccountError, Accounts, Session, TooManyFailures
from suostumus.server.store import StoreError

COOKIE = "suostumus_session"
PAGE_ROWS = 10
EXPORT_ROWS = 10_000

Handler = Callable[[Request, Session], Awaitable[Response]]


def internal_routes(
    settings: Settings,
    reader: Reader,
    accounts: Accounts,
    clock: Clock = utc_now,
) -> list[BaseRoute]:
    """The routes of the internal listener's dashboards, each with strict headers.

    The application puts StrictHeaders around itself too, for the answers that no route gives.
    """
    return _Pages(settings, reader, accounts, clock).routes()


class _Pages:
    def __init__(self, settings: Settings, reader: Reader, accounts: Accounts, clock: Clock) -> None:
        self._settings = settings
        self._reader = reader
        self._accounts = accounts
        self._clock = clock
        self._templates = templates()
        self._hashing = anyio.CapacityLimiter(2)  # each password hash takes 64 MiB
        self._reading = anyio.CapacityLimiter(2)  # one page reads while another one is made

    def routes(self) -> list[BaseRoute]:
        strict = [Middleware(StrictHeaders)]
        known = self._signed_in
        static = Path(str(files("suostumus.server").joinpath("static")))
        return [
            Route("/", known(self._sites), middleware=strict),
            Route("/setup/{token}", self._setup, methods=["GET", "POST"], middleware=strict),
            Route("/signin", self._signin, methods=["GET", "POST"], middleware=strict),
            Route("/signout", known(self._signout), methods=["POST"], middleware=strict),
            Route("/sites/{site}", known(self._dashboard), middleware=strict),
            Route("/sites/{site}/live", known(self._live), middleware=strict),
            Route("/sites/{site}/{panel}.{form}", known(self._export), middleware=strict),
            Mount("/static", StaticFiles(directory=static, check_dir=False), middleware=strict),
        ]

    def _signed_in(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            session = await self._session(request)
            if session:
                return await handler(request, session)
            if request.method != "GET" or _wants_data(request):
                return JSONResponse({"error": "sign in first"}, status_code=401)
            where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/signin?{urlencode({'next': where})}", status_code=303)

        return endpoint

    async def _session(self, request: Request) -> Session | None:
        token = request.cookies.get(COOKIE, "")
        return await run_sync(self._accounts.session, token) if token else None

    async def _sites(self, _: Request, session: Session) -> Response:
        sites = self._settings.sites
        if len(sites) == 1:
            return RedirectResponse(f"/sites/{sites[0].key}", status_code=303)
        return self._page("sites.html", session=session, sites=sites)

    async def _dashboard(self, request: Request, session: Session) -> Response:
        site = self._settings.site(request.path_params["site"])
        if not site:
            return self._problem(session, 404, "No such site", "This installation has no site with this key.")
        try:
            selection = self._selection(request, site)
        except SelectionError as error:
            onward = ("Show the dashboard", f"/sites/{site.key}")
            return self._problem(session, 400, "This address cannot be read", str(error), onward)
        try:
            tables, now = await run_sync(self._read, selection, limiter=self._reading)
        except StoreError:
            onward = ("Try again", f"/sites/{site.key}?{selection.query_string()}")
            message = "No figures can be shown now. What is collected is kept until it can be stored."
            return self._problem(session, 503, "The database does not answer", message, onward)
        return self._page("dashboard.html", session=session, site=site, **_shown(selection, tables, now))

    def _read(self, selection: Selection) -> tuple[dict[str, Table], Live]:
        chosen = [panels.FIGURES, panels.SERIES, panels.FUNNEL, panels.REVENUE, panels.COVERAGE]
        chosen += [entry for entry in panels.PANELS if entry.name in selection.tabs.values()]
        tables = fill(self._reader, selection, chosen, PAGE_ROWS)
        return tables, live(self._reader, selection.site, selection.period.now)

    async def _live(self, request: Request, _: Session) -> Response:
        site = self._settings.site(request.path_params["site"])
        if not site:
            return JSONResponse({"error": "no such site"}, status_code=404)
        try:
            now = await run_sync(live, self._reader, site.key, self._clock(), limiter=self._reading)
        except StoreError:
            return JSONResponse({"error": "the database does not answer"}, status_code=503)
        return JSONResponse({"visitors": now.visitors, "events": _live_rows(now, site.zone)})

    async def _export(self, request: Request, _: Session) -> Response:
        site = self._settings.site(request.path_params["site"])
        panel = panels.panel(request.path_params["panel"])
        form = request.path_params["form"]
        if not site or not panel or form not in {"csv", "json"}:
            return JSONResponse({"error": "no such site or panel"}, status_code=404)
        try:
            selection = self._selection(request, site)
            tables = await run_sync(fill, self._reader, selection, [panel], EXPORT_ROWS, limiter=self._reading)
        except SelectionError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except StoreError:
            return JSONResponse({"error": "the database does not answer"}, status_code=503)
        table = tables[panel.name]
        if form == "json":
            return Response(as_json(table), media_type="application/json")
        days = f"{selection.period.first_day}-{selection.period.last_day}"
        name = f"{site.key}-{panel.name}-{days}.csv"
        return Response(
            as_csv(table),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _selection(self, request: Request, site: Site) -> Selection:
        return parse_selection(site.key, site.zone, request.query_params.multi_items(), self._clock())

    async def _setup(self, request: Request) -> Response:
        token = request.path_params["token"]
        if not await run_sync(self._accounts.setup_open, token):
            message = "It was used, or a newer one was printed when the program started again."
            return self._problem(None, 404, "This link has ended", message, ("Sign in", "/signin"))
        if request.method == "GET":
            return self._page("setup.html", session=None, error="", name="")
        name = ""
        try:
            given = await read_form(request)
            name = given.get("name", "")
            password, repeated = given.get("password", ""), given.get("repeated", "")
            await run_sync(self._accounts.set_up, token, name, password, repeated, limiter=self._hashing)
        except (FormError, AccountError) as error:
            return self._page("setup.html", 400, session=None, error=str(error), name=name)
        return RedirectResponse("/signin", status_code=303)

    async def _signin(self, request: Request) -> Response:
        if request.method == "GET":
            target = own_path(request.query_params.get("next", ""))
            return self._page("signin.html", session=None, error="", name="", target=target)
        given: dict[str, str] = {}
        session, status, error = None, 401, "The name or the password is wrong."
        try:
            given = await read_form(request)
            name, password = given.get("name", ""), given.get("password", "")
            session = await run_sync(self._accounts.sign_in, name, password, limiter=self._hashing)
        except FormError as problem:
            status, error = 400, str(problem)
        except TooManyFailures as problem:
            status, error = 429, f"Too many failures. Try again in {problem.seconds} seconds."
        target = own_path(given.get("next", ""))
        if not session:
            return self._page(
                "signin.html", status, session=None, error=error, name=given.get("name", ""), target=target
            )
        response = RedirectResponse(target, status_code=303)
        response.set_cookie(
            COOKIE,
            session.token,
            httponly=True,
            samesite="strict",
            path="/",
            secure=request.url.scheme == "https",
        )
        return response

    async def _signout(self, request: Request, session: Session) -> Response:
        try:
            given = await read_form(request)
        except FormError as error:
            return self._problem(session, 400, "Nothing was changed", str(error))
        if not session.owns_form(given.get("form_token", "")):
            return self._problem(session, 400, "Nothing was changed", "form_token: not of this session")
        await run_sync(self._accounts.sign_out, session)
        response = RedirectResponse("/signin", status_code=303)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    def _page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(context), status_code=status)

    def _problem(
        self,
        session: Session | None,
        status: int,
        title: str,
        message: str,
        onward: tuple[str, str] = ("Go to the start", "/"),  # words and address
    ) -> HTMLResponse:
        return self._page("problem.html", status, session=session, title=title, message=message, onward=onward)


def _wants_data(request: Request) -> bool:
    """Whether the answer is read by a program rather than a person: an export or the live figures."""
    return "form" in request.path_params or request.url.path.endswith("/live")


def _shown(selection: Selection, tables: dict[str, Table], now: Live) -> dict[str, Any]:
    """What the template of a dashboard needs."""
    return {
        "selection": selection,
        "periods": views.period_links(selection),
        "steps": views.step_links(selection),
        "compared": selection.query_string(compare="none" if selection.compare else "previous"),
        "kept": selection.kept_pairs(),
        "chips": views.chips(selection),
        "figures": views.figures(tables["figures"]),
        "series": tables["series"],
        "series_lines": views.lines(tables["series"]),
        "chart": views.chart(tables["series"]),
        "cards": views.card_views(selection, tables),
        "funnel": views.lines(tables["funnel"], bar="sessions"),
        "funnel_panel": tables["funnel"].panel,
        "revenue": tables["revenue"],
        "revenue_views": views.money(tables["revenue"]),
        "coverage": views.coverage(tables["coverage"]),
        "live": now,
        "live_rows": _live_rows(now, selection.period.zone),
        "live_minutes": LIVE_MINUTES,
        "most": PAGE_ROWS,
        "attribution": ATTRIBUTION,
    }


def _live_rows(now: Live, zone: ZoneInfo) -> list[dict[str, str]]:
    return [
        {
            "time": f"{row['time'].replace(tzinfo=UTC).astimezone(zone):%H:%M:%S}",
            "name": row["name"],
            "path": row["path"],
            "country": label("country", row["country"]),
            "browser": label("browser", row["browser"]),
        }
        for row in now.events
    ]
