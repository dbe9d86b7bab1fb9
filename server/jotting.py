"""The forms by which saved views and notes on days are kept and dropped."""

from collections.abc import Callable, Mapping

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from suostumus.server.desk import Desk, own_form
from suostumus.server.frame import is_page
from suostumus.server.internal import FormError, own_path
from suostumus.server.notebook import Notebook, NotebookError
from suostumus.server.settings import Site
from suostumus.server.signin import Session

Act = Callable[[Site, Session, Mapping[str, str]], None]


class Jotting:
    """Takes the forms, and leads back to the page they came from."""

    def __init__(self, desk: Desk, notebook: Notebook) -> None:
        self._desk = desk
        self._notebook = notebook
        self._acts: dict[str, Act] = {
            "save_view": self._save_view,
            "drop_view": self._drop_view,
            "write_note": self._write_note,
            "drop_note": self._drop_note,
        }

    async def act(self, request: Request, session: Session) -> Response:
        """Keep or drop what the form says."""
        desk, site = self._desk, self._desk.site(request)
        if not site:
            return desk.problem(request, session, 404, "site")
        try:
            given = await own_form(request, session)
            await run_sync(self._acts[given.get("action", "")], site, session, given)
        except (FormError, NotebookError, ValueError) as error:
            return desk.problem(request, session, 400, "form", detail=str(error), onward=f"/sites/{site.key}")
        except KeyError:
            return desk.problem(request, session, 400, "form", detail="action", onward=f"/sites/{site.key}")
        return RedirectResponse(own_path(given.get("next", "")), status_code=303)

    def _save_view(self, site: Site, _: Session, given: Mapping[str, str]) -> None:
        path = given.get("path", "")
        if not is_page(path):
            raise NotebookError("path: no page of a site")
        self._notebook.save_view(site.key, given.get("name", ""), path, given.get("query", ""))

    def _drop_view(self, site: Site, _: Session, given: Mapping[str, str]) -> None:
        self._notebook.drop_view(site.key, int(given.get("number", "")))

    def _write_note(self, site: Site, session: Session, given: Mapping[str, str]) -> None:
        self._notebook.write_note(site.key, given.get("day", ""), given.get("text", ""), session.name)

    def _drop_note(self, site: Site, _: Session, given: Mapping[str, str]) -> None:
        self._notebook.drop_note(site.key, int(given.get("number", "")))
