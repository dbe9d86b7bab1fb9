"""Sessions of single visitors, for analysts: never without a reason, never without a line in the log of looks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from suostumus.dashboards import sessions
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.labels import written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.rows import Reader, Row
from suostumus.dashboards.selection import Selection, SelectionError, parse_selection
from suostumus.dashboards.sessionviews import about, event_lines, session_lines
from suostumus.dashboards.words import Words
from suostumus.server.clock import Clock
from suostumus.server.desk import Desk, own_form
from suostumus.server.events import Purpose
from suostumus.server.frame import Frame, names_shown
from suostumus.server.internal import FormError
from suostumus.server.ledger import LedgerError
from suostumus.server.looks import Looked, LookLog, ReasonError, checked_reason
from suostumus.server.notice import Notice
from suostumus.server.signin import Session
from suostumus.server.store import StoreError

MOST_LOOKS = 500  # shown at once


class People:
    """Asks for the reason, notes the look, then shows. Events are read by POST only: no address leads to a person."""

    def __init__(
        self,
        desk: Desk,
        reader: Reader,
        looks: LookLog,
        frame: Frame,
        notices: Mapping[str, Notice],
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._reader = reader
        self._looks = looks
        self._frame = frame
        self._agreed = {key: notice.versions_for(Purpose.PROFILING) for key, notice in notices.items()}
        self._clock = clock

    async def ask(self, request: Request, session: Session) -> Response:
        """How many sessions stand behind a figure, and the question why they should be seen."""
        return await self._answer(request, session, {})

    async def look(self, request: Request, session: Session) -> Response:
        """The list of sessions, or the events of one, once the reason is noted."""
        try:
            given = await own_form(request, session)
        except FormError as error:
            return self._desk.problem(request, session, 400, "form", detail=str(error))
        return await self._answer(request, session, given)

    async def log(self, request: Request, session: Session) -> Response:
        """Who looked at whom, for the privacy officer."""
        try:
            looks = await run_sync(self._looks.newest, MOST_LOOKS)
        except LedgerError:
            return self._desk.problem(request, session, 503, "ledger", onward="/looks")
        return self._desk.page(request, "looks.html", session, looks=looks, most=MOST_LOOKS)

    async def _answer(self, request: Request, session: Session, given: Mapping[str, str]) -> Response:
        desk = self._desk
        site = desk.site(request)
        if not site:
            return desk.problem(request, session, 404, "site")
        words = desk.words(request)
        try:
            selection = parse_selection(site.key, site.zone, request.query_params.multi_items(), self._clock())
            inquiry = Inquiry(self._reader, selection)
            shown = await run_sync(self._shown, words, session, inquiry, given)
        except (SelectionError, ReasonError, ValueError) as error:
            return desk.problem(request, session, 400, "address", detail=str(error), onward=f"/sites/{site.key}")
        except (StoreError, LedgerError):
            return desk.problem(request, session, 503, "database", onward=f"/sites/{site.key}/sessions")
        called = await run_sync(names_shown, inquiry)
        frame = await run_sync(self._frame.around, words, session, site, selection, called, "/sessions")
        return desk.page(request, "sessions.html", session, **frame, **shown)

    def _shown(self, words: Words, session: Session, inquiry: Inquiry, given: Mapping[str, str]) -> dict[str, Any]:
        selection = inquiry.selection
        zone, agreed = selection.period.zone, self._agreed[selection.site]
        shown: dict[str, Any] = {"rows": [], "events": [], "about": "", "reason": "", "opened": ""}
        counts = sessions.openness(inquiry, agreed)
        shown |= {
            "open": written_in(words, counts.open, Format.COUNT),
            "sessions": written_in(words, counts.sessions, Format.COUNT),
            "most": sessions.MOST_SESSIONS,
        }
        if not given:
            return shown
        reason = checked_reason(given.get("reason", ""))
        if chosen := given.get("session", ""):
            found = sessions.opened(inquiry, agreed, UUID(chosen))
            self._note(session, selection, Looked.OPENED, reason, found)
            story = {"events": event_lines(words, found, zone), "about": about(words, found, zone)}
            return shown | story | {"reason": reason, "opened": chosen}
        found = sessions.listed(inquiry, agreed)
        self._note(session, selection, Looked.LISTED, reason, found)
        return shown | {"rows": session_lines(words, found, zone), "reason": reason}

    def _note(self, session: Session, selection: Selection, looked: Looked, reason: str, found: list[Row]) -> None:
        visitors = [str(row.pop("visitor")) for row in found]  # from here on nothing names the visitor
        self._looks.note(self._clock(), selection.site, session.name, looked, reason, visitors)
