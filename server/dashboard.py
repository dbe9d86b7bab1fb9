"""The dashboards over HTTP: pages, exports and the live figures."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from suostumus.dashboards import metrics, panels
from suostumus.dashboards.export import as_csv, as_json
from suostumus.dashboards.headline import coverage, figures, money
from suostumus.dashboards.labels import bucket_in, label
from suostumus.dashboards.links import step_links
from suostumus.dashboards.lists import card_views, headings, lines
from suostumus.dashboards.metrics import Format
from suostumus.dashboards.panels import Reader
from suostumus.dashboards.plots import plot
from suostumus.dashboards.report import LIVE_MINUTES, Live, Table, fill, live
from suostumus.dashboards.selection import Selection, SelectionError, parse_selection
from suostumus.dashboards.words import Words
from suostumus.server.accounts import Role
from suostumus.server.clock import Clock
from suostumus.server.desk import Desk
from suostumus.server.frame import site_frame
from suostumus.server.settings import Site
from suostumus.server.signin import Session
from suostumus.server.store import StoreError

PAGE_ROWS = 10
EXPORT_ROWS = 10_000


class Dashboard:
    """Sums over many visitors, for everybody who signed in."""

    def __init__(self, desk: Desk, reader: Reader, clock: Clock) -> None:
        self._desk = desk
        self._reader = reader
        self._clock = clock
        self._reading = anyio.CapacityLimiter(2)  # one page reads while another one is made

    async def sites(self, request: Request, session: Session) -> Response:
        """The list of sites; straight to the only one."""
        sites = self._desk.settings.sites
        if len(sites) == 1:
            return RedirectResponse(f"/sites/{sites[0].key}", status_code=303)
        return self._desk.page(request, "sites.html", session, sites=sites)

    async def show(self, request: Request, session: Session) -> Response:
        """The overview of a site."""
        desk, site = self._desk, self._desk.site(request)
        if not site:
            return desk.problem(request, session, 404, "site")
        try:
            selection = self._selection(request, site)
        except SelectionError as error:
            return desk.problem(request, session, 400, "address", detail=str(error), onward=f"/sites/{site.key}")
        try:
            tables, now = await run_sync(self._read, selection, limiter=self._reading)
        except StoreError:
            onward = f"/sites/{site.key}?{selection.query_string()}"
            return desk.problem(request, session, 503, "database", onward=onward)
        words = desk.words(request)
        shown = _shown(words, selection, tables, now, singly=session.role.includes(Role.ANALYST))
        frame = site_frame(words, session, site, selection, "")
        return desk.page(request, "dashboard.html", session, **frame, **shown)

    async def live(self, request: Request, session: Session) -> Response:
        """Who is there now, for the page that is open already; single events are for analysts."""
        site = self._desk.site(request)
        if not site:
            return JSONResponse({"error": "no such site"}, status_code=404)
        try:
            now = await run_sync(live, self._reader, site.key, self._clock(), limiter=self._reading)
        except StoreError:
            return JSONResponse({"error": "the database does not answer"}, status_code=503)
        singly = session.role.includes(Role.ANALYST)
        rows = _live_rows(self._desk.words(request), now, site.zone) if singly else []
        return JSONResponse({"visitors": now.visitors, "events": rows})

    async def export(self, request: Request, _: Session) -> Response:
        """One panel as a file."""
        site = self._desk.site(request)
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

    def _read(self, selection: Selection) -> tuple[dict[str, Table], Live]:
        chosen = [panels.FIGURES, panels.SERIES, panels.FUNNEL, panels.REVENUE, panels.COVERAGE]
        chosen += [entry for entry in panels.PANELS if entry.name in selection.tabs.values()]
        tables = fill(self._reader, selection, chosen, PAGE_ROWS)
        return tables, live(self._reader, selection.site, selection.period.now)

    def _selection(self, request: Request, site: Site) -> Selection:
        return parse_selection(site.key, site.zone, request.query_params.multi_items(), self._clock())


def _shown(words: Words, selection: Selection, tables: dict[str, Table], now: Live, *, singly: bool) -> dict[str, Any]:
    """What the template of a dashboard needs; `singly`: rows of single events too."""
    series, funnel = tables["series"], tables["funnel"]
    visitors = next(row["current"] for row in tables["figures"].rows if row["metric"] == "visitors")
    return {
        "steps": step_links(words, selection),
        "figures": figures(words, tables["figures"], series),
        "series": series,
        "series_columns": headings(words, series.panel, series.panel.columns),
        "series_lines": lines(words, series),
        "buckets": [bucket_in(words, row["bucket"]) for row in series.rows],
        "metric": metrics.VISITORS.name,
        "metric_title": words.title(metrics.VISITORS),
        "plot": plot(words, series, "visitors", Format.COUNT, unfinished=selection.period.unfinished),
        "cards": card_views(words, selection, tables),
        "funnel": lines(words, funnel, bar="sessions"),
        "funnel_panel": funnel.panel,
        "funnel_columns": headings(words, funnel.panel, funnel.panel.columns),
        "revenue": tables["revenue"],
        "revenue_views": money(words, tables["revenue"]),
        "coverage": coverage(words, tables["coverage"], visitors),
        "live": now,
        "live_rows": _live_rows(words, now, selection.period.zone) if singly else [],
        "live_minutes": LIVE_MINUTES,
        "most": PAGE_ROWS,
    }


def _live_rows(words: Words, now: Live, zone: ZoneInfo) -> list[dict[str, str]]:
    return [
        {
            "time": f"{row['time'].replace(tzinfo=UTC).astimezone(zone):%H:%M:%S}",
            "name": label(words, "event", row["name"]),
            "path": row["path"],
            "country": label(words, "country", row["country"]),
            "browser": label(words, "browser", row["browser"]),
        }
        for row in now.events
    ]
