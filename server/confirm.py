"""POST /api/orders: a shop's own server confirms orders and tells refunds."""

import hmac
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from suostumus.server.appender import SpoolFullError
from suostumus.server.clock import milliseconds
from suostumus.server.collect import RETRY_HEADERS
from suostumus.server.confirmations import REFUND_DAYS, Outcome
from suostumus.server.fields import DAY_MILLISECONDS
from suostumus.server.intake import Intake
from suostumus.server.ledger import LedgerError
from suostumus.server.messages import BadOrder, MessageError, decode_orders
from suostumus.server.orders import OrderMessage
from suostumus.server.parts import PublicParts
from suostumus.server.settings import Site

MOST_ORDERS = 100  # of one request
OLDEST = REFUND_DAYS * DAY_MILLISECONDS


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the server is told of one order."""

    result: Outcome
    error: str = ""  # names the field


class Answers(msgspec.Struct, frozen=True):
    """The body of the answer."""

    orders: list[Answer]


class Confirmer:
    """Takes in orders from whoever knows the site's secret."""

    def __init__(self, parts: PublicParts, intake: Intake) -> None:
        self._intake = intake
        self._confirmations = parts.confirmations
        self._clock = parts.clock
        self._secrets = parts.settings.order_secrets_by_site

    async def confirm(self, request: Request) -> Response:
        """One request with a site's orders. Raises HTTPException, with a detail that names the field."""
        self._intake.limit(request)
        if "origin" in request.headers:
            raise HTTPException(HTTPStatus.FORBIDDEN, "origin: a page has no business here, nor with the secret")
        authorization = request.headers.get("authorization", "")
        if not any(_is_bearer(authorization, secret) for secret in self._secrets.values()):
            raise _unauthorized()  # before anything of the body is looked at
        body = await self._intake.body(request)
        try:
            message = decode_orders(body, MOST_ORDERS)
        except MessageError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
        if not _is_bearer(authorization, self._secrets.get(message.site, "")):
            raise _unauthorized()
        try:
            answers = await self._answers(self._intake.site(message.site), message.orders)
        except (LedgerError, SpoolFullError) as error:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE, "nothing was stored, send again", RETRY_HEADERS
            ) from error
        return Response(msgspec.json.encode(Answers(answers)), media_type="application/json")

    async def _answers(self, site: Site, orders: list[OrderMessage | BadOrder]) -> list[Answer]:
        checked = [self._checked(order, place) for place, order in enumerate(orders)]
        right = [order for order in checked if isinstance(order, OrderMessage)]
        outcomes = iter(await self._confirmations.confirm(site, right) if right else ())
        return [
            Answer(Outcome.REFUSED, order.error) if isinstance(order, BadOrder) else Answer(next(outcomes))
            for order in checked
        ]

    def _checked(self, order: OrderMessage | BadOrder, place: int) -> OrderMessage | BadOrder:
        """An order that is too old for its day's counter is refused."""
        told = order.time if isinstance(order, OrderMessage) else None
        if told is not None and told < milliseconds(self._clock()) - OLDEST:
            return BadOrder(f"orders[{place}].time: more than {REFUND_DAYS} days ago")
        return order


def _is_bearer(authorization: str, secret: str) -> bool:
    """RFC 6750, section 2.1."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and bool(secret) and hmac.compare_digest(given.encode(), secret.encode())


def _unauthorized() -> HTTPException:
    return HTTPException(
        HTTPStatus.UNAUTHORIZED, "authorization: not the site's secret", {"WWW-Authenticate": "Bearer"}
    )
