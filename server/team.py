"""The page of accounts, for administrators."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from suostumus.server.accounts import AccountError, Role, parse_role
from suostumus.server.desk import Desk, own_form
from suostumus.server.internal import FormError
from suostumus.server.signin import Session

Act = Callable[[Mapping[str, str], str], str]


class Team:
    """Who may sign in: seen, added, changed and removed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._acts: dict[str, Act] = {
            "add": self._add,
            "role": self._change_role,
            "reset": self._reset,
            "remove": self._remove,
        }

    async def show(self, request: Request, session: Session) -> Response:
        """The list of accounts."""
        return await self._list(request, session)

    async def act(self, request: Request, session: Session) -> Response:
        """Do what a form of the page asks for; a new one-time link is shown once, on the answer itself."""
        try:
            given = await own_form(request, session)
            act = self._acts[given.get("action", "")]
            link = await run_sync(act, given, f"{request.url.scheme}://{request.url.netloc}")
        except (FormError, AccountError) as error:
            return await self._list(request, session, status=400, error=str(error))
        except KeyError:
            return await self._list(request, session, status=400, error="action: no such action")
        if not link:
            return RedirectResponse("/accounts", status_code=303)
        return await self._list(request, session, link=link, invited=given.get("name", "").strip())

    async def _list(
        self,
        request: Request,
        session: Session,
        *,
        status: int = 200,
        error: str = "",
        link: str = "",
        invited: str = "",
    ) -> Response:
        accounts = await run_sync(self._desk.accounts.list)
        days = {account.name: f"{datetime.fromtimestamp(account.created, UTC):%Y-%m-%d}" for account in accounts}
        return self._desk.page(
            request,
            "accounts.html",
            session,
            status=status,
            accounts=accounts,
            created=days,
            roles=list(Role),
            error=error,
            link=link,
            invited=invited,
        )

    def _add(self, given: Mapping[str, str], base: str) -> str:
        name = given.get("name", "").strip()
        self._desk.accounts.add(name, parse_role(given.get("role", "")))
        return self._desk.accounts.link(name, base)

    def _change_role(self, given: Mapping[str, str], _: str) -> str:
        self._desk.accounts.set_role(given.get("name", ""), parse_role(given.get("role", "")))
        return ""

    def _reset(self, given: Mapping[str, str], base: str) -> str:
        return self._desk.accounts.reset(given.get("name", ""), base)

    def _remove(self, given: Mapping[str, str], _: str) -> str:
        self._desk.accounts.remove(given.get("name", ""))
        return ""
