"""The pages of figures: the overview, the way to orders, and each panel in full."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from suostumus.dashboards import panels
from suostumus.dashboards.explore import FIRST, dimension_choices, group_choices
from suostumus.dashboards.headline import coverage, figures, money
from suostumus.dashboards.heatmap import week
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.labels import bucket_in, day_in
from suostumus.dashboards.links import step_links
from suostumus.dashboards.lists import card_views, headings, lines, list_view, panel_title
from suostumus.dashboards.metric import Format
from suostumus.dashboards.panel import Panel
from suostumus.dashboards.paths import flows, read_paths
from suostumus.dashboards.plots import cut_before, marks, plot
from suostumus.dashboards.report import LIVE_MINUTES, Live, Table, fill, live
from suostumus.dashboards.retention import cohorts, read_retention
from suostumus.dashboards.rows import Reader
from suostumus.dashboards.selection import Selection, SelectionError, parse_selection
from suostumus.dashboards.way import way
from suostumus.dashboards.words import Words
from suostumus.dashboards.worldmap import world_map
from suostumus.server.accounts import Role
from suostumus.server.clock import Clock
from suostumus.server.desk import Desk
from suostumus.server.exports import live_rows
from suostumus.server.frame import Frame, names_shown
from suostumus.server.internal import country_places
from suostumus.server.notebook import Notebook
from suostumus.server.signin import Session
from suostumus.server.store import StoreError

PAGE_ROWS = 10
PANEL_ROWS = 1000

Content = Callable[[Words, Session, Inquiry], dict[str, Any]]  # reads the database, blocking


class Dashboard:
    """Sums over many visitors, for everybody who signed in."""

    def __init__(self, desk: Desk, reader: Reader, frame: Frame, notebook: Notebook, clock: Clock) -> None:
        self._desk = desk
        self._reader = reader
        self._frame = frame
        self._notebook = notebook
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
        return await self._page(request, session, "", "dashboard.html", self._overview)

    async def orders(self, request: Request, session: Session) -> Response:
        """The way to an order, and what was left on it."""
        return await self._page(request, session, "/orders", "orders.html", self._orders)

    async def behaviour(self, request: Request, session: Session) -> Response:
        """Where visitors go, and who comes back."""
        return await self._page(request, session, "/behaviour", "behaviour.html", self._behaviour)

    async def explore(self, request: Request, session: Session) -> Response:
        """On to the panel of the metrics and the dimension that were chosen, with all that the address asks for."""
        site = self._desk.site(request)
        if not site:
            return self._desk.problem(request, session, 404, "site")
        given = request.query_params.multi_items()
        chosen = FIRST | {name: value for name, value in given if name in FIRST}
        query = urlencode([pair for pair in given if pair[0] not in FIRST])
        name = "{figures}_by_{by}".format(**chosen)
        if not panels.panel(name):
            return self._desk.problem(request, session, 404, "combination", onward=f"/sites/{site.key}/panels?{query}")
        return RedirectResponse(f"/sites/{site.key}/panels/{quote(name, safe='')}?{query}", status_code=303)

    async def panel(self, request: Request, session: Session) -> Response:
        """One panel in full, searched by the parameter `q`."""
        panel = panels.panel(request.path_params["panel"])
        if not panel or not panel.dimension:
            return self._desk.problem(request, session, 404, "panel")
        wanted = request.query_params.get("q", "")[:100].strip()

        def content(words: Words, _: Session, inquiry: Inquiry) -> dict[str, Any]:
            return _panel(words, inquiry, panel, wanted)

        path = f"/panels/{panel.name}"
        title = panel_title(self._desk.words(request), panel)
        return await self._page(request, session, path, "panel.html", content, title)

    async def _page(
        self, request: Request, session: Session, path: str, template: str, content: Content, title: str = ""
    ) -> Response:
        desk, site = self._desk, self._desk.site(request)
        if not site:
            return desk.problem(request, session, 404, "site")
        pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "q" or not title]
        try:
            selection = parse_selection(site.key, site.zone, pairs, self._clock())
        except SelectionError as error:
            return desk.problem(request, session, 400, "address", detail=str(error), onward=f"/sites/{site.key}")
        words, inquiry = desk.words(request), Inquiry(self._reader, selection)
        try:
            shown = await run_sync(content, words, session, inquiry, limiter=self._reading)
        except StoreError:
            onward = f"/sites/{site.key}{path}?{selection.query_string()}"
            return desk.problem(request, session, 503, "database", onward=onward)
        called = await run_sync(names_shown, inquiry, limiter=self._reading)
        frame = await run_sync(self._frame.around, words, session, site, selection, called, path, title)
        return desk.page(request, template, session, **frame, **shown)

    def _overview(self, words: Words, session: Session, inquiry: Inquiry) -> dict[str, Any]:
        selection = inquiry.selection
        chosen = [panels.FIGURES, panels.SERIES, panels.REVENUE, panels.COVERAGE, panels.WEEKDAYS]
        chosen += [entry for entry in panels.PANELS if entry.name in selection.tabs.values()]
        tables = fill(inquiry, chosen, PAGE_ROWS)
        countries = tables["countries"].rows if "countries" in tables else []
        now = live(self._reader, selection.site, selection.period.now)
        return {
            **_head(words, selection, tables),
            "notes": self._notes(words, selection),
            "cards": card_views(words, selection, tables),
            "map": world_map(words, selection, countries, country_places()),
            "week": week(words, tables["weekdays"].rows),
            **_money(words, tables),
            **_live(words, session, selection, now),
            "most": PAGE_ROWS,
        }

    def _orders(self, words: Words, _: Session, inquiry: Inquiry) -> dict[str, Any]:
        selection = inquiry.selection
        listed = [panel for name in panels.ORDERS if (panel := panels.panel(name))]
        shown = [panels.FUNNEL, panels.CART_SERIES, panels.REVENUE, panels.BOOKS, *listed]
        tables = fill(inquiry, shown, PAGE_ROWS)
        funnel = tables["funnel"]
        return {
            "way": way(words, funnel.rows),
            "funnel": lines(words, funnel, bar="sessions"),
            "funnel_panel": funnel.panel,
            "funnel_columns": headings(words, funnel.panel, funnel.panel.columns),
            "lists": [list_view(words, selection, tables[panel.name]) for panel in listed],
            **_trend(words, selection, tables["cart_series"]),
            **_money(words, tables),
            "books": tables["books"],
            "book_views": money(words, tables["books"]),
            "most": PAGE_ROWS,
        }

    def _behaviour(self, words: Words, _: Session, inquiry: Inquiry) -> dict[str, Any]:
        selection = inquiry.selection
        listed = [panel for name in panels.BEHAVIOUR if (panel := panels.panel(name))]
        tables = fill(inquiry, listed, PAGE_ROWS)
        return {
            "flows": flows(words, read_paths(inquiry)),
            "cohorts": cohorts(words, read_retention(inquiry), _last_day(selection)),
            "lists": [list_view(words, selection, tables[panel.name]) for panel in listed],
            "most": PAGE_ROWS,
        }

    def _notes(self, words: Words, selection: Selection) -> list[dict[str, Any]]:
        """The notes on the period's days, with their places on the chart."""
        period = selection.period
        found = self._notebook.notes(selection.site, period.first_day, period.last_day)
        places = marks(selection, [note.day for note in found])
        return [{"note": note, "x": x, "shown": day_in(words, note.day)} for note, x in zip(found, places, strict=True)]


def _panel(words: Words, inquiry: Inquiry, panel: Panel, wanted: str) -> dict[str, Any]:
    table = fill(inquiry, [panel], PANEL_ROWS)[panel.name]
    view = list_view(words, inquiry.selection, table)
    found = [line for line in view.lines if wanted.casefold() in line.cells[0].text.casefold()]
    return {
        "panel": panel,
        "panel_title": view.title,
        "columns": view.columns,
        "lines": found,
        "q": wanted,
        "groups": group_choices(words, panel),
        "dimensions": dimension_choices(words, panel),
    }


def _head(words: Words, selection: Selection, tables: Mapping[str, Table]) -> dict[str, Any]:
    """Figures, chart and coverage."""
    series, metric = tables["series"], selection.metric
    visitors = next(row["current"] for row in tables["figures"].rows if row["metric"] == "visitors")
    return {
        "steps": step_links(words, selection),
        "figures": figures(words, selection, tables["figures"], series),
        "series": series,
        "series_columns": headings(words, series.panel, series.panel.columns),
        "series_lines": lines(words, series),
        "buckets": [bucket_in(words, row["bucket"]) for row in series.rows],
        "metric": metric.name,
        "metric_title": words.title(metric),
        "plot": plot(words, series, metric.name, metric.format, cut_before=cut_before(selection)),
        "coverage": coverage(words, tables["coverage"], visitors),
    }


def _trend(words: Words, selection: Selection, table: Table) -> dict[str, Any]:
    """Carts that were left beside orders, over time."""
    columns = headings(words, table.panel, table.panel.columns)
    return {
        "steps": step_links(words, selection),
        "trend": table,
        "trend_title": panel_title(words, table.panel),
        "trend_columns": columns,
        "trend_names": {column.name: column.title for column in columns},
        "trend_lines": lines(words, table),
        "trend_buckets": [bucket_in(words, row["bucket"]) for row in table.rows],
        "trend_plot": plot(words, table, "abandoned_carts", Format.COUNT, beside="orders"),
    }


def _last_day(selection: Selection) -> date:
    """The last day of the period that has come."""
    period = selection.period
    return min(period.last_day, period.now.astimezone(period.zone).date())


def _money(words: Words, tables: Mapping[str, Table]) -> dict[str, Any]:
    return {"revenue": tables["revenue"], "revenue_views": money(words, tables["revenue"])}


def _live(words: Words, session: Session, selection: Selection, now: Live) -> dict[str, Any]:
    singly = session.role.includes(Role.ANALYST)
    rows = live_rows(words, now, selection.period.zone) if singly else []
    return {"live": now, "live_rows": rows, "live_minutes": LIVE_MINUTES}
