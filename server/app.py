"""The two applications: what visitors' browsers reach, and what the shop's own network reaches."""

from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from suostumus.server.accounts import Accounts
from suostumus.server.answers import AllowedNetworks, LastResort, PublicHeaders, Rejections, explain
from suostumus.server.archive import ArchivePages
from suostumus.server.choose import Chooser
from suostumus.server.collect import Collector
from suostumus.server.confirm import Confirmer
from suostumus.server.health import PublicHealth, operations_routes
from suostumus.server.installation import Installation
from suostumus.server.intake import Intake
from suostumus.server.internal import StrictHeaders
from suostumus.server.ledger import LedgerError
from suostumus.server.pages import internal_routes
from suostumus.server.parts import PublicParts
from suostumus.server.privacy import PrivacyPages
from suostumus.server.question import question_routes
from suostumus.server.script import Scripts

EVENTS = "/api/events"
STATIC = Path(str(files("suostumus.server").joinpath("static")))


def public_app(parts: PublicParts) -> ASGIApp:
    """The script, consents, events and the visitor's pages."""
    intake, rejections = Intake(parts.settings), Rejections(parts.tally)
    collector = Collector(parts, intake, rejections)
    app = Starlette(
        routes=_public_routes(parts, intake, collector),
        middleware=[Middleware(PublicHeaders, settings=parts.settings)],
        exception_handlers={HTTPException: rejections.explain, LedgerError: explain},
    )
    app.router.redirect_slashes = False  # it would repeat whatever Host was sent
    return LastResort(_EventsFirst(collector, app))


class _EventsFirst:
    """Nearly every request brings events: these take the short way, past everything that routes and wraps pages."""

    def __init__(self, collector: Collector, others: ASGIApp) -> None:
        self._collector = collector
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        is_events = scope["path"] == EVENTS and scope["method"] == "POST"
        await (self._collector if is_events else self._others)(scope, receive, send)


def internal_app(installation: Installation, accounts: Accounts) -> ASGIApp:
    """Dashboards, for the networks that may enter."""
    parts = installation.parts
    app = Starlette(
        routes=[
            *operations_routes(parts),
            *question_routes(parts, accounts),
            *internal_routes(parts.settings, parts.reader, accounts, parts.looks, parts.notices, parts.clock),
        ],
        middleware=[Middleware(StrictHeaders)],
    )
    return LastResort(AllowedNetworks(app, parts.settings.internal_ranges))


def _public_routes(parts: PublicParts, intake: Intake, collector: Collector) -> list[BaseRoute]:
    settings = parts.settings
    chooser = Chooser(settings, intake, parts.decisions, parts.eraser, parts.ledger, parts.notices)
    scripts = Scripts(settings, parts.notices, lambda site, detail: parts.tally.add(site, "fetched", detail))
    archive = ArchivePages(parts, intake)
    pages = PrivacyPages(parts, intake, chooser)
    return [
        Route("/s/{name}.js", scripts.serve, methods=["GET"]),
        Route("/s/{site}.json", scripts.configure, methods=["GET"]),
        Route(EVENTS, collector, methods=["POST"]),
        Route("/api/consent", chooser.choose, methods=["POST"]),
        Route("/api/orders", Confirmer(parts, intake).confirm, methods=["POST"]),
        Route("/privacy/{site}", pages.show, methods=["GET"]),
        Route("/privacy/{site}", pages.act, methods=["POST"]),
        Route("/privacy/{site}/declaration.json", pages.declare, methods=["GET"]),
        Route("/privacy/{site}/versions", archive.list, methods=["GET"]),
        Route("/privacy/{site}/versions/{version}", archive.show, methods=["GET"]),
        Route("/receipt/{receipt}", pages.receipt, methods=["GET"]),
        Route("/health", PublicHealth(parts.watch).show, methods=["GET"]),
        Route("/static/visitor.css", _stylesheet, methods=["GET"]),
    ]


async def _stylesheet(request: Request) -> Response:
    return FileResponse(STATIC / "visitor.css", headers={"Cache-Control": "public, max-age=3600"})
