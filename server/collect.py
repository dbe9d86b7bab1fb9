"""POST /api/events: the way of an event, from the request to the answer for each."""

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from suostumus.server.answers import ApiHeaders, Rejections
from suostumus.server.appender import Answer, Result, SpoolFullError
from suostumus.server.client_address import Address
from suostumus.server.clock import milliseconds
from suostumus.server.consent import ConsentRefused
from suostumus.server.cookies import Cookies
from suostumus.server.events import ENDINGS, DropReason, EventRow
from suostumus.server.intake import Intake, has_privacy_control, headers_of, is_prefetch
from suostumus.server.ledger import LedgerError
from suostumus.server.messages import BadEvent, EventMessage, EventsMessage, MessageError, decode_events
from suostumus.server.parts import PublicParts
from suostumus.server.pipeline import Columns, Dropped, Visit
from suostumus.server.settings import Site
from suostumus.server.tally import day_of

RETRY_HEADERS = {"Retry-After": "5"}


class Answers(msgspec.Struct, omit_defaults=True):
    """The body of the answer."""

    events: list[Answer]
    ended: str = ""  # Ended, where the consent is not in force


class Collector:
    """Stores consented events, and tells the sender what became of each."""

    def __init__(self, parts: PublicParts, intake: Intake, rejections: Rejections) -> None:
        self._intake = intake
        self._rejections = rejections
        self._limits = parts.settings.limits
        self._headers = ApiHeaders(parts.settings)
        self._cookies = {site.key: Cookies(parts.settings, site) for site in parts.settings.sites}
        self._gate = parts.gate
        self._pipeline = parts.pipeline
        self._confirmations = parts.confirmations
        self._spool = parts.spool
        self._tally = parts.tally
        self._clock = parts.clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request with one visitor's events, answered by ASGI's own means: nothing stands around this route."""
        request = Request(scope, receive)
        try:
            answers = await self._collect(request)
        except (HTTPException, LedgerError) as error:
            answer = await self._rejections.explain(request, error)
            answer.raw_headers += self._headers.of(scope)
            await answer(scope, receive, send)
            return
        ended = next((ENDINGS[answer.reason] for answer in answers if answer.reason in ENDINGS), "")
        content = msgspec.json.encode(Answers(answers, ended))
        head = [
            *self._headers.of(scope),
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": content})

    async def _collect(self, request: Request) -> list[Answer]:
        """Raises HTTPException, or LedgerError."""
        address = self._intake.limit(request)
        body = await self._intake.body(request)
        try:
            message = decode_events(body, self._limits.events_per_request)
        except MessageError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
        site = self._intake.site(message.site)
        self._intake.origin(request, site)
        try:
            return await self._answers(request, address, site, message)
        except (LedgerError, SpoolFullError) as error:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE, "nothing was stored, send again", RETRY_HEADERS
            ) from error

    async def _answers(
        self, request: Request, address: Address | None, site: Site, message: EventsMessage
    ) -> list[Answer]:
        try:
            visit = self._visit(request, address, site, message)
            shared = self._pipeline.read_visit(visit)
        except (ConsentRefused, Dropped) as refused:
            self._tally.add(site, "dropped", refused.reason, len(message.events))
            return [Answer(event.id, Result.DROPPED, refused.reason) for event in message.events]
        answers: list[Answer | None] = []
        rows: list[EventRow] = []
        for index, event in enumerate(message.events):
            read = self._read(shared, visit, event, index)
            if isinstance(read, EventRow):
                rows.append(read)
                answers.append(None)
            else:
                self._tally.add(site, "dropped", read.reason)
                answers.append(read)
        day = day_of(site, visit.received // 1000)
        placed = self._confirmations.placed(rows, visit.grant.token) if rows else {}
        stored = iter(await self._spool.append(rows, visit.grant.visitor_hash, day, placed) if rows else ())
        told = [answer or next(stored) for answer in answers]
        for index, error in message.left_out.items():
            told[index] = msgspec.structs.replace(told[index], error=told[index].error or error)
        return told

    def _read(self, shared: Columns, visit: Visit, event: EventMessage | BadEvent, index: int) -> EventRow | Answer:
        """The row of an event, or why there is none."""
        if isinstance(event, BadEvent):
            return Answer(event.id, Result.DROPPED, DropReason.INVALID, event.error)
        try:
            return self._pipeline.read_event(shared, visit, event)
        except Dropped as late:
            return Answer(event.id, Result.DROPPED, late.reason)
        except MessageError as error:
            return Answer(event.id, Result.DROPPED, DropReason.INVALID, f"events[{index}].{error}")

    def _visit(self, request: Request, address: Address | None, site: Site, message: EventsMessage) -> Visit:
        """The visit, once its consent is found in force. Raises ConsentRefused or Dropped."""
        if is_prefetch(request):
            raise Dropped(DropReason.PREFETCH)
        token = message.token or self._cookies[site.key].token(request)
        grant = self._gate.grant(token, site, gpc=has_privacy_control(request))
        return Visit(
            site=site,
            grant=grant,
            address=address,
            user_agent=next(iter(headers_of(request)[b"user-agent"]), ""),
            received=milliseconds(self._clock()),
            sent=message.sent,
        )
