"""What programs read: panels as files, and the live figures of a page that is open already."""

from datetime import UTC
from zoneinfo import ZoneInfo

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from suostumus.dashboards import panels
from suostumus.dashboards.export import as_csv, as_json, parquet_query
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.labels import label
from suostumus.dashboards.report import Live, Table, fill, live
from suostumus.dashboards.rows import Reader
from suostumus.dashboards.selection import SelectionError, parse_selection
from suostumus.dashboards.words import Words
from suostumus.server.accounts import Role
from suostumus.server.clock import Clock
from suostumus.server.desk import Desk
from suostumus.server.signin import Session
from suostumus.server.store import StoreError

EXPORT_ROWS = 10_000


class Exports:
    """Sums over many visitors; single events are for analysts."""

    def __init__(self, desk: Desk, reader: Reader, clock: Clock) -> None:
        self._desk = desk
        self._reader = reader
        self._clock = clock
        self._reading = anyio.CapacityLimiter(2)

    async def live(self, request: Request, session: Session) -> Response:
        """Who is there now."""
        site = self._desk.site(request)
        if not site:
            return JSONResponse({"error": "no such site"}, status_code=404)
        try:
            now = await run_sync(live, self._reader, site.key, self._clock(), limiter=self._reading)
        except StoreError:
            return JSONResponse({"error": "the database does not answer"}, status_code=503)
        singly = session.role.includes(Role.ANALYST)
        rows = live_rows(self._desk.words(request), now, site.zone) if singly else []
        return JSONResponse({"visitors": now.visitors, "events": rows})

    async def export(self, request: Request, _: Session) -> Response:
        """One panel as a file."""
        site = self._desk.site(request)
        panel = panels.panel(request.path_params["panel"])
        form = request.path_params["form"]
        if not site or not panel or form not in {"csv", "json", "parquet"}:
            return JSONResponse({"error": "no such site or panel"}, status_code=404)
        try:
            selection = parse_selection(site.key, site.zone, request.query_params.multi_items(), self._clock())
            inquiry = Inquiry(self._reader, selection)
            tables = await run_sync(fill, inquiry, [panel], EXPORT_ROWS, limiter=self._reading)
        except SelectionError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except StoreError:
            return JSONResponse({"error": "the database does not answer"}, status_code=503)
        days = f"{selection.period.first_day}-{selection.period.last_day}"
        return await self._file(tables[panel.name], form, f"{site.key}-{panel.name}-{days}.{form}")

    async def _file(self, table: Table, form: str, name: str) -> Response:
        """A panel in one of the forms that files have; the engine writes Parquet."""
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if form == "json":
            return Response(as_json(table), media_type="application/json")
        if form == "csv":
            return Response(as_csv(table), media_type="text/csv", headers=headers)
        try:
            content = await run_sync(self._reader.file, *parquet_query(table), "Parquet", limiter=self._reading)
        except StoreError:
            return JSONResponse({"error": "the database does not answer"}, status_code=503)
        return Response(content, media_type="application/vnd.apache.parquet", headers=headers)


def live_rows(words: Words, now: Live, zone: ZoneInfo) -> list[dict[str, str]]:
    """The latest events as a page shows them."""
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
