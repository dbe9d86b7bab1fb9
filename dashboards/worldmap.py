"""Countries as circles on a map, which shows the part of the world that the visitors come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from suostumus.dashboards.labels import label, written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.rows import Row
from suostumus.dashboards.selection import Selection
from suostumus.dashboards.words import Words

WIDTH = 1000.0  # of the drawn world, charts/map.mjs
HEIGHT = 520.0
NARROWEST = 220.0  # a closer look would show corners of the coast only
LARGEST_CIRCLE = 0.055  # of the width shown
LEAST_SHARE = 0.02  # of all visitors, for a country to be looked for

Places = Mapping[str, Sequence[float]]  # by ISO 3166-1 alpha-2: where its circle goes


@dataclass(frozen=True)
class Circle:
    """One country: its area says how many visitors."""

    x: float
    y: float
    radius: float
    title: str
    query: str


@dataclass(frozen=True)
class WorldMap:
    """The circles, largest first, and the part of the world to show."""

    view_box: str
    circles: list[Circle]


def world_map(words: Words, selection: Selection, rows: Sequence[Row], places: Places) -> WorldMap | None:
    """The map of a list of countries; None when none of them is known."""
    found = [row for row in rows if row["value"] in places and row["visitors"]]
    if not found:
        return None
    whole = sum(row["visitors"] for row in found)
    x, y, width = _frame([places[row["value"]] for row in found if row["visitors"] >= LEAST_SHARE * whole])
    largest = max(row["visitors"] for row in found)
    return WorldMap(
        f"{x:.0f} {y:.0f} {width:.0f} {width * HEIGHT / WIDTH:.0f}",
        [
            Circle(
                x=places[row["value"]][0],
                y=places[row["value"]][1],
                radius=round(max(0.006, LARGEST_CIRCLE * sqrt(row["visitors"] / largest)) * width, 1),
                title=f"{label(words, 'country', row['value'])}: {written_in(words, row['visitors'], Format.COUNT)}",
                query=selection.with_filter("country", row["value"]).query_string(),
            )
            for row in found
        ],
    )


def _frame(points: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Left, top and width of a frame around points, of the world's own proportions."""
    left, right = min(point[0] for point in points), max(point[0] for point in points)
    top, bottom = min(point[1] for point in points), max(point[1] for point in points)
    wide = max((right - left) * 1.3, (bottom - top) * 1.5 * WIDTH / HEIGHT, NARROWEST)
    width = min(wide, WIDTH)
    x = min(max((left + right) / 2 - width / 2, 0.0), WIDTH - width)
    height = width * HEIGHT / WIDTH
    y = max((top + bottom) / 2 - height / 2, 0.0)
    return x, y, width
