"""POST /api/events: the way of an event, from the request to the answer for each."""

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from suostumus.server.appender import Answer, Result, SpoolFullError
from suostumus.server.clock import Clock
from suostumus.server.consent import ConsentGate, ConsentRefused
from suostumus.server.cookies import Cookies
from suostumus.server.events import DropReason, EventRow
from suostumus.server.intake import Intake, has_privacy_control, is_prefetch
from suostumus.server.ledger import LedgerError
from suostumus.server.messages import EventsMessage, MessageError, Uuid, decode_event, decode_events
from suostumus.server.pipeline import Dropped, Pipeline, Visit
from suostumus.server.settings import Settings, Site
from suostumus.server.spool import Spool
from suostumus.server.tally import Tally, today

RETRY_HEADERS = {"Retry-After": "5"}


class _Identified(msgspec.Struct):
    """As much of an event as its answer needs."""

    id: Uuid


class Answers(msgspec.Struct):
    """The body of the answer."""

    events: list[Answer]


class Collector:
    """Stores consented events, and tells the sender what became of each."""

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        gate: ConsentGate,
        pipeline: Pipeline,
        spool: Spool,
        tally: Tally,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._gate = gate
        self._pipeline = pipeline
        self._spool = spool
        self._tally = tally
        self._clock = clock

    async def collect(self, request: Request) -> Response:
        """One request with one visitor's events."""
        self._intake.limit(request)
        body = await self._intake.body(request)
        try:
            message = decode_events(body, self._settings.limits.events_per_request)
        except MessageError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
        site = self._intake.site(message.site)
        self._intake.origin(request, site)
        try:
            answers = await self._answers(request, site, message)
        except (LedgerError, SpoolFullError) as error:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE, "nothing was stored, send again", RETRY_HEADERS
            ) from error
        return Response(msgspec.json.encode(Answers(answers)), media_type="application/json")

    async def _answers(self, request: Request, site: Site, message: EventsMessage) -> list[Answer]:
        try:
            visit = self._visit(request, site, message)
            shared = self._pipeline.read_visit(visit)
        except (ConsentRefused, Dropped) as refused:
            self._tally.add(site, "dropped", refused.reason, len(message.events))
            return [Answer(_id_of(raw), Result.DROPPED, refused.reason) for raw in message.events]
        answers: dict[int, Answer] = {}
        rows: dict[int, EventRow] = {}
        for index, raw in enumerate(message.events):
            place = f"events[{index}]"
            try:
                rows[index] = self._pipeline.read_event(shared, visit, decode_event(raw, place), place)
            except Dropped as late:
                self._tally.add(site, "dropped", late.reason)
                answers[index] = Answer(_id_of(raw), Result.DROPPED, late.reason)
            except MessageError as error:
                self._tally.add(site, "dropped", DropReason.INVALID)
                answers[index] = Answer(_id_of(raw), Result.DROPPED, DropReason.INVALID, str(error))
        if rows:
            stored = await self._spool.append(list(rows.values()), visit.grant.visitor_hash, today(site, self._clock))
            answers.update(zip(rows, stored, strict=True))
        return [answers[index] for index in range(len(message.events))]

    def _visit(self, request: Request, site: Site, message: EventsMessage) -> Visit:
        """The visit, once its consent is found in force. Raises ConsentRefused or Dropped."""
        if is_prefetch(request):
            raise Dropped(DropReason.PREFETCH)
        token = message.token or Cookies(self._settings, site).token(request)
        grant = self._gate.grant(token, site, gpc=has_privacy_control(request))
        return Visit(
            site=site,
            grant=grant,
            address=self._intake.address(request),
            user_agent=request.headers.get("user-agent", ""),
            received=self._clock(),
            sent=message.sent,
        )


def _id_of(raw: msgspec.Raw) -> str:
    """The event's id when it has one, else ""."""
    try:
        return msgspec.json.decode(raw, type=_Identified).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
