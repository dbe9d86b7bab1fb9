"""POST /api/consent: the way of a decision, and of a withdrawal up to its receipt."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from suostumus.server.clock import iso
from suostumus.server.cookies import Cookies
from suostumus.server.decisions import Decisions
from suostumus.server.elsewhere import Hider
from suostumus.server.erasures import find_by_receipt
from suostumus.server.intake import Intake, has_privacy_control
from suostumus.server.ledger import Ledger, LedgerError
from suostumus.server.messages import MessageError, decode_consent
from suostumus.server.notice import Notice
from suostumus.server.records import Decision, Outcome
from suostumus.server.settings import Settings
from suostumus.server.store import StoreError

HIDE_SECONDS = 1.0
DECIDING_THREADS = 4
RETRY_HEADERS = {"Retry-After": "5"}


class ConsentAnswer(msgspec.Struct, frozen=True):
    """The body of the answer."""

    purposes: tuple[str, ...]
    receipt: str | None
    expires: str | None  # ISO 8601
    token: str | None  # in storage mode only
    status: str | None  # address of the erasure's receipt


class Chooser:
    """Records decisions of scripts and of the visitor's page."""

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        decisions: Decisions,
        eraser: Hider,
        ledger: Ledger,
        notices: dict[str, Notice],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._decisions = decisions
        self._eraser = eraser
        self._ledger = ledger
        self._notices = notices
        # Of its own, so that nothing that waits for ClickHouse keeps a decision waiting.
        self._deciding = ThreadPoolExecutor(DECIDING_THREADS, thread_name_prefix="decide")

    async def choose(self, request: Request) -> Response:
        """One decision of a script."""
        self._intake.limit(request)
        body = await self._intake.body(request)
        try:
            message = decode_consent(body)
        except MessageError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
        site = self._intake.site(message.site)
        origin = self._intake.origin(request, site)
        cookies = Cookies(self._settings, site)
        decision = Decision(
            site=site,
            action=message.action,
            purposes=tuple(message.purposes),
            id=message.decision,
            notice=message.notice,
            shown=message.shown,
            language=message.language,
            layout=message.layout.value,
            surface=message.surface.value,
            method=message.method.value,
            gpc=has_privacy_control(request),
            token=message.token or cookies.token(request),
        )
        outcome, confirmed = await self.decide(decision)
        by_cookie = cookies.shared_with(origin) and request.headers.get("sec-fetch-site") != "cross-site"
        answer = ConsentAnswer(
            purposes=outcome.purposes,
            receipt=outcome.receipt or None,
            expires=iso(outcome.expires) if outcome.expires else None,
            token=None if by_cookie else outcome.token or None,
            status=f"{self._settings.public_url}/receipt/{outcome.erasure}" if outcome.erasure else None,
        )
        response = Response(
            msgspec.json.encode(answer),
            HTTPStatus.OK if confirmed else HTTPStatus.ACCEPTED,
            media_type="application/json",
        )
        if by_cookie and not outcome.overtaken:
            cookies.set(
                response,
                token=outcome.token,
                notice=outcome.notice or self._notices[site.key].version,
                purposes=outcome.purposes,
            )
        return response

    async def decide(self, decision: Decision) -> tuple[Outcome, bool]:
        """Record a decision; True when an erasure that it began is hidden from every query.

        Raises HTTPException: 400 names the field, 503 means that nothing was decided.
        """
        try:
            outcome = await self._in_thread(partial(self._decisions.decide, decision))
        except MessageError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
        except LedgerError as error:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE, "nothing was decided, send again", RETRY_HEADERS
            ) from error
        return outcome, not outcome.erasure or await self._hide(outcome.erasure)

    async def _in_thread(self, decide: Callable[[], Outcome]) -> Outcome:
        """As `asyncio.to_thread` does it, context included, on the threads for decisions."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._deciding, partial(context.run, decide))

    async def _hide(self, receipt: str) -> bool:
        """Wait, for a second at most, until no query shows the visitor."""
        erasure = self._ledger.read(lambda connection: find_by_receipt(connection, receipt))
        if erasure is None or erasure.hidden:
            return erasure is not None
        hidden = asyncio.wrap_future(self._eraser.hide_soon(erasure))
        try:
            await asyncio.wait_for(asyncio.shield(hidden), HIDE_SECONDS)
        except (TimeoutError, StoreError, LedgerError):
            return False
        return True
