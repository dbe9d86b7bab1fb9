"""The routes of the internal listener: which role each one needs."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from suostumus.dashboards.rows import Reader
from suostumus.server.accounts import Accounts, Role
from suostumus.server.clock import Clock, utc_now
from suostumus.server.dashboard import Dashboard
from suostumus.server.desk import Desk, Handler
from suostumus.server.entrance import Entrance
from suostumus.server.exports import Exports
from suostumus.server.frame import Frame
from suostumus.server.internal import StrictHeaders
from suostumus.server.jotting import Jotting
from suostumus.server.looks import LookLog
from suostumus.server.notebook import Notebook
from suostumus.server.notice import Notice
from suostumus.server.people import People
from suostumus.server.settings import Settings
from suostumus.server.team import Team

STRICT = [Middleware(StrictHeaders)]


def internal_routes(
    settings: Settings,
    reader: Reader,
    accounts: Accounts,
    looks: LookLog,
    notices: Mapping[str, Notice],
    clock: Clock = utc_now,
) -> list[BaseRoute]:
    """Every internal page, with strict headers.

    The application puts StrictHeaders around itself too, for the answers that no route gives.
    """
    desk, notebook = Desk(settings, accounts), Notebook(accounts)
    frame = Frame(notebook)
    entrance, team, jotting = Entrance(desk), Team(desk), Jotting(desk, notebook)
    dashboard, exports = Dashboard(desk, reader, frame, notebook, clock), Exports(desk, reader, clock)
    people = People(desk, reader, looks, frame, notices, clock)
    static = Path(str(files("suostumus.server").joinpath("static")))

    def page(path: str, role: Role, handler: Handler, method: str = "GET") -> Route:
        return Route(path, desk.for_role(role, handler), methods=[method], middleware=STRICT)

    return [
        page("/", Role.VIEWER, dashboard.sites),
        page("/signout", Role.VIEWER, entrance.sign_out, "POST"),
        page("/sites/{site}", Role.VIEWER, dashboard.show),
        page("/sites/{site}/live", Role.VIEWER, exports.live),
        page("/sites/{site}/orders", Role.VIEWER, dashboard.orders),
        page("/sites/{site}/behaviour", Role.VIEWER, dashboard.behaviour),
        page("/sites/{site}/panels", Role.VIEWER, dashboard.explore),
        page("/sites/{site}/panels/{panel}", Role.VIEWER, dashboard.panel),
        page("/sites/{site}/notebook", Role.VIEWER, jotting.act, "POST"),
        page("/sites/{site}/sessions", Role.ANALYST, people.ask),
        page("/sites/{site}/sessions", Role.ANALYST, people.look, "POST"),
        page("/sites/{site}/{panel}.{form}", Role.VIEWER, exports.export),
        page("/looks", Role.OFFICER, people.log),
        page("/accounts", Role.ADMINISTRATOR, team.show),
        page("/accounts", Role.ADMINISTRATOR, team.act, "POST"),
        Route("/setup/{token}", entrance.set_up, methods=["GET", "POST"], middleware=STRICT),
        Route("/signin", entrance.sign_in, methods=["GET", "POST"], middleware=STRICT),
        Route("/language", entrance.choose_language, methods=["POST"], middleware=STRICT),
        Mount("/static", StaticFiles(directory=static, check_dir=False), middleware=STRICT),
    ]
