"""What surrounds every page of a site: its places, the period, the filters."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.labels import day_in
from suostumus.dashboards.links import chips, compare_links, period_links
from suostumus.dashboards.panels import panel
from suostumus.dashboards.report import names_of_filters
from suostumus.dashboards.selection import Selection
from suostumus.dashboards.words import Words
from suostumus.geo.download import ATTRIBUTION
from suostumus.server.accounts import Role
from suostumus.server.notebook import Notebook
from suostumus.server.settings import Site
from suostumus.server.signin import Session
from suostumus.server.store import StoreError

log = logging.getLogger("suostumus.dashboards")


@dataclass(frozen=True)
class Place:
    """One page of a site."""

    path: str  # after /sites/SITE
    title: str  # key of the words
    key: str  # the second key of its shortcut, after g
    role: Role


_EXPLORE = "/panels/"
PLACES = (
    Place("", "frame.overview", "o", Role.VIEWER),
    Place("/orders", "frame.orders", "r", Role.VIEWER),
    Place("/behaviour", "frame.behaviour", "b", Role.VIEWER),
    Place("/panels", "frame.explore", "e", Role.VIEWER),
    Place("/sessions", "frame.sessions", "s", Role.ANALYST),
)


class Frame:
    """Puts the frame around the pages of sites."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    def around(
        self,
        words: Words,
        session: Session,
        site: Site,
        selection: Selection,
        called: Mapping[tuple[str, str], str],
        path: str,
        title: str = "",
    ) -> dict[str, Any]:
        """What the template `site.html` needs for the page at `path`, with `title` or its place's. Blocks.

        `called` has names of filters' values that are numbers, by dimension and value.
        """
        period = selection.period
        first, last = day_in(words, period.first_day), day_in(words, period.last_day)
        return {
            "site": site,
            "selection": selection,
            "place": title or next(words.text(place.title) for place in PLACES if place.path == path),
            "places": [
                {
                    "path": place.path,
                    "title": words.text(place.title),
                    "key": place.key,
                    "current": _current(place, path),
                }
                for place in PLACES
                if session.role.includes(place.role)
            ],
            "days": first if period.days == 1 else words.text("figures.range", first=first, last=last),
            "periods": period_links(words, selection),
            "comparisons": compare_links(words, selection),
            "unfiltered": selection.without_filters().query_string(),
            "kept": selection.kept_pairs(),
            "chips": chips(words, selection, called),
            "asked": selection.pairs(),
            "views": self._notebook.views(site.key),
            "path": path,
            "attribution": ATTRIBUTION,
        }


def names_shown(inquiry: Inquiry) -> dict[tuple[str, str], str]:
    """Names of filters' values for `around`; where they cannot be had, numbers stand alone. Blocks."""
    try:
        return names_of_filters(inquiry)
    except StoreError as error:
        log.warning("filters are shown without names: %s", error)
        return {}


def is_page(path: str) -> bool:
    """Whether a page of every site has this path."""
    shown = panel(path.removeprefix(_EXPLORE)) if path.startswith(_EXPLORE) else None
    return path in {place.path for place in PLACES} or bool(shown and shown.dimension)


def _current(place: Place, path: str) -> str:
    """What aria-current says of a place: whether it is the page itself, or the page lies in it."""
    return "page" if place.path == path else "true" if path.startswith(f"{place.path}/") and place.path else ""
