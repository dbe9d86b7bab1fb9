"""Where a rule has to hold: languages, sizes, layouts and colour schemes, and a page of the shop opened in them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from baked import Json, configuration, shop_page
from playwright.sync_api import Page
from shop import Shop, Visit

LANGUAGES = ("fi", "sv", "en")
SIZES = ((320, 568), (768, 1024), (1280, 800))
LAYOUTS = ("bar", "card", "dialog")
SCHEMES: tuple[Json, ...] = ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"})


@dataclass(frozen=True)
class Surroundings:
    """One combination."""

    language: str
    size: tuple[int, int]
    layout: str
    scheme: int

    def __str__(self) -> str:
        """The name of a test's case."""
        scheme = "-".join(SCHEMES[self.scheme].values())
        return f"{self.language}-{self.size[0]}x{self.size[1]}-{self.layout}-{scheme}"

    @property
    def options(self) -> Json:
        """Of a browser context."""
        width, height = self.size
        return {"viewport": {"width": width, "height": height}, **SCHEMES[self.scheme]}


def _combination(language: int, size: int) -> Surroundings:
    """Layout and scheme follow, so that any two values of different kinds meet once: an orthogonal array, L9."""
    layout, scheme = LAYOUTS[(language + size) % 3], (language + 2 * size) % 3
    return Surroundings(LANGUAGES[language], SIZES[size], layout, scheme)


EVERYWHERE = [_combination(language, size) for language, size in product(range(3), repeat=2)]

# Where size and language decide nothing, each is met once; SUOSTUMUS_RULES=all meets them all.
_ONCE = [_combination(number, number) for number in range(3)]
FEW = EVERYWHERE if os.environ.get("SUOSTUMUS_RULES") == "all" else _ONCE

everywhere = pytest.mark.parametrize("around", EVERYWHERE, ids=str)
in_each_language = pytest.mark.parametrize("around", FEW, ids=str)

VisitIn = Callable[..., Page]


@pytest.fixture
def visit_in(shop: Shop, visit: Visit) -> VisitIn:
    """Opens a page of the shop in some surroundings; a body and a head are put into each of its pages."""

    def visit_one(around: Surroundings, path: str = "/", *, body: str = "", head: str = "", **options: Any) -> Page:
        shop.page = shop_page(body, language=around.language, head=head)
        shop.config["layout"] = around.layout
        return visit(path, **{"reduced_motion": "reduce", **around.options, **options})

    return visit_one


def words(shop: Shop, around: Surroundings) -> Json:
    """What the script says in the language."""
    found: Json = {**configuration(shop.url), **shop.config}["languages"][around.language]
    return found
