"""The page on how visitors answer the question: counters without identity, for everybody who signed in."""

from anyio.to_thread import run_sync
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from suostumus.server.accounts import Accounts, Role
from suostumus.server.desk import Desk
from suostumus.server.internal import StrictHeaders
from suostumus.server.ledger import LedgerError
from suostumus.server.parts import Parts
from suostumus.server.reception import Dimension, read_reception
from suostumus.server.settings import Site
from suostumus.server.signin import Session

PERIODS = (7, 30, 90, 365)  # days
DEFAULT_DAYS = 30


def question_routes(parts: Parts, accounts: Accounts) -> list[BaseRoute]:
    """GET /sites/SITE/consents."""
    page = _QuestionPage(parts, Desk(parts.settings, accounts))
    endpoint = page.desk.for_role(Role.VIEWER, page.show)
    return [Route("/sites/{site}/consents", endpoint, methods=["GET"], middleware=[Middleware(StrictHeaders)])]


class _QuestionPage:
    def __init__(self, parts: Parts, desk: Desk) -> None:
        self.desk = desk
        self._parts = parts

    async def show(self, request: Request, session: Session) -> Response:
        """The answers of the last days, told apart in every way."""
        site = self.desk.site(request)
        if not site:
            return self.desk.problem(request, session, 404, "site")
        asked = request.query_params.get("days", "")
        days = next((period for period in PERIODS if str(period) == asked), DEFAULT_DAYS)
        try:
            reception = await run_sync(self._read, site, days)
        except LedgerError:
            return self.desk.problem(request, session, 503, "ledger", onward=f"/sites/{site.key}/consents")
        shown = {"reception": reception, "dimensions": list(Dimension), "days": days, "periods": PERIODS}
        return self.desk.page(request, "consents.html", session, site=site, **shown)

    def _read(self, site: Site, days: int) -> object:
        today = self._parts.clock().astimezone(site.zone).date()
        self._parts.tally.flush()
        return self._parts.ledger.read(lambda connection: read_reception(connection, site.key, today, days))
