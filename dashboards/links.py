"""Where a page leads from a selection: periods, steps, comparisons, filters. Addresses are query strings only."""

from collections.abc import Mapping
from dataclasses import dataclass

from suostumus.dashboards.dimensions import dimension
from suostumus.dashboards.labels import dimension_title, named
from suostumus.dashboards.periods import DAYS_OF_YEAR, Compare, PeriodName, possible_steps
from suostumus.dashboards.selection import Selection
from suostumus.dashboards.words import Words

NAMED = tuple(name for name in PeriodName if name is not PeriodName.CUSTOM)


@dataclass(frozen=True)
class Link:
    """A choice: where it leads, and whether it is the present one."""

    title: str
    query: str
    current: bool = False
    key: str = ""  # the keyboard's shortcut


@dataclass(frozen=True)
class Chip:
    """A filter in force, and the address without it."""

    dimension: str
    value: str
    query: str


def period_links(words: Words, selection: Selection) -> list[Link]:
    """The named periods, with a digit each as its shortcut."""
    return [
        Link(
            words.text(f"periods.{name}"),
            selection.query_string(period=str(name)),
            name is selection.period_name,
            str(number),
        )
        for number, name in enumerate(NAMED, start=1)
    ]


def compare_links(words: Words, selection: Selection) -> list[Link]:
    """What the period can be compared with; the shortcut c compares, or stops to."""
    possible = [Compare.NONE, Compare.PREVIOUS]
    if selection.period.days <= DAYS_OF_YEAR:
        possible.append(Compare.YEAR)
    toggled = Compare.NONE if selection.compares else Compare.PREVIOUS
    return [
        Link(
            words.text(f"toolbar.compare_{compare}"),
            selection.query_string(compare=str(compare)),
            compare is selection.compare,
            "c" if compare is toggled else "",
        )
        for compare in possible
    ]


def step_links(words: Words, selection: Selection) -> list[Link]:
    """The widths of a bucket that suit the period."""
    return [
        Link(words.text(f"steps.{step}"), selection.query_string(step=str(step)), step is selection.step)
        for step in possible_steps(selection.period)
    ]


def chips(words: Words, selection: Selection, called: Mapping[tuple[str, str], str]) -> list[Chip]:
    """The filters in force; `called` has names of values that are numbers, by dimension and value."""
    return [
        Chip(
            dimension_title(words, entry),
            named(words, name, value, called.get((name, value), "")),
            selection.without_filter(name, value).query_string(),
        )
        for name, values in selection.filters.items()
        if (entry := dimension(name))
        for value in values
    ]
