"""Any metrics by any dimension: what a reader can choose from, and what a panel shows of it."""

from dataclasses import dataclass

from suostumus.dashboards.dimensions import DIMENSIONS
from suostumus.dashboards.labels import dimension_title
from suostumus.dashboards.panel import Panel
from suostumus.dashboards.panels import GROUPS, group_of
from suostumus.dashboards.words import Words

FIRST = {"figures": "visits", "by": "channel"}  # by parameter of the address: what stands there before a choice


@dataclass(frozen=True)
class Choice:
    """One entry of a list to choose from."""

    name: str
    title: str
    is_chosen: bool


def group_choices(words: Words, shown: Panel) -> list[Choice]:
    """Which metrics there are to look at."""
    chosen = group_of(shown)
    return [Choice(entry.name, group_title(words, entry.name), entry is chosen) for entry in GROUPS]


def dimension_choices(words: Words, shown: Panel) -> list[Choice]:
    """By what they can be told apart."""
    return [Choice(entry.name, dimension_title(words, entry), entry is shown.dimension) for entry in DIMENSIONS]


def group_title(words: Words, name: str) -> str:
    """What metrics that are read together are called."""
    return words.text(f"explore.groups.{name}")
