"""What the shop's people keep beside the figures: saved views, and notes on days, of each site."""

from dataclasses import dataclass
from datetime import date

from suostumus.server.accounts import Accounts

LONGEST_NAME = 60
LONGEST_TEXT = 120
LONGEST_QUERY = 4000
MOST_KEPT = 200  # of one kind and site

_TABLES = (
    """CREATE TABLE IF NOT EXISTS saved_views
    (number INTEGER PRIMARY KEY, site TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL,
    UNIQUE (site, name)) STRICT""",
    """CREATE TABLE IF NOT EXISTS day_notes
    (number INTEGER PRIMARY KEY, site TEXT NOT NULL, day TEXT NOT NULL, text TEXT NOT NULL,
    account TEXT NOT NULL) STRICT""",
)


class NotebookError(Exception):
    """Something that cannot be kept. The message names the field and the rule."""


@dataclass(frozen=True)
class SavedView:
    """A page of a site with its period and filters, under a name."""

    number: int
    name: str
    path: str  # after /sites/SITE
    query: str


@dataclass(frozen=True)
class DayNote:
    """What somebody wrote on a day: a campaign began, the shop was down."""

    number: int
    day: date  # in the site's time zone
    text: str
    account: str


class Notebook:
    """Saved views and notes, in the file of accounts."""

    def __init__(self, accounts: Accounts) -> None:
        self._transaction = accounts.transaction
        with self._transaction() as database:
            for statement in _TABLES:
                database.execute(statement)

    def views(self, site: str) -> list[SavedView]:
        """The saved views of a site, by name."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT number, name, path, query FROM saved_views WHERE site = ? ORDER BY name", (site,)
            ).fetchall()
        return [SavedView(*row) for row in rows]

    def save_view(self, site: str, name: str, path: str, query: str) -> None:
        """Keep a page under a name; a view of that name is replaced. Raises NotebookError."""
        name = _checked("name", name, LONGEST_NAME)
        if len(query) > LONGEST_QUERY:
            raise NotebookError(f"query: longer than {LONGEST_QUERY} characters")
        with self._transaction() as database:
            database.execute("DELETE FROM saved_views WHERE site = ? AND name = ?", (site, name))
            kept = database.execute("SELECT count(*) FROM saved_views WHERE site = ?", (site,)).fetchone()[0]
            _check_room(kept)
            database.execute(
                "INSERT INTO saved_views (site, name, path, query) VALUES (?, ?, ?, ?)", (site, name, path, query)
            )

    def drop_view(self, site: str, number: int) -> None:
        """Forget a saved view."""
        with self._transaction() as database:
            database.execute("DELETE FROM saved_views WHERE site = ? AND number = ?", (site, number))

    def notes(self, site: str, first: date, last: date) -> list[DayNote]:
        """The notes on the days from first to last, in their order."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT number, day, text, account FROM day_notes WHERE site = ? AND day >= ? AND day <= ?"
                " ORDER BY day, number",
                (site, first.isoformat(), last.isoformat()),
            ).fetchall()
        return [DayNote(number, date.fromisoformat(day), text, account) for number, day, text, account in rows]

    def write_note(self, site: str, day: str, text: str, account: str) -> None:
        """Keep a note on a day. Raises NotebookError."""
        try:
            found = date.fromisoformat(day)
        except ValueError as error:
            raise NotebookError("day: not a day such as 2026-11-01") from error
        text = _checked("text", text, LONGEST_TEXT)
        with self._transaction() as database:
            _check_room(
                database.execute(
                    "SELECT count(*) FROM day_notes WHERE site = ? AND day = ?", (site, found.isoformat())
                ).fetchone()[0]
            )
            database.execute(
                "INSERT INTO day_notes (site, day, text, account) VALUES (?, ?, ?, ?)",
                (site, found.isoformat(), text, account),
            )

    def drop_note(self, site: str, number: int) -> None:
        """Forget a note."""
        with self._transaction() as database:
            database.execute("DELETE FROM day_notes WHERE site = ? AND number = ?", (site, number))


def _checked(field: str, text: str, longest: int) -> str:
    text = " ".join(text.split())
    if not text:
        raise NotebookError(f"{field}: missing")
    if len(text) > longest or not text.isprintable():
        raise NotebookError(f"{field}: not at most {longest} printable characters")
    return text


def _check_room(kept: int) -> None:
    if kept >= MOST_KEPT:
        raise NotebookError(f"there are {MOST_KEPT} already: remove one first")
