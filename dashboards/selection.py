"""What an analyst asked for, read from an address and written back to one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from suostumus.dashboards.dimensions import DIMENSIONS, Dimension
from suostumus.dashboards.metric import Metric
from suostumus.dashboards.panel import Card
from suostumus.dashboards.panels import CARDS, FIGURE_METRICS
from suostumus.dashboards.periods import (
    DAYS_OF_YEAR,
    MOST_DAYS,
    Compare,
    Period,
    PeriodName,
    Step,
    named_period,
    possible_steps,
    usual_step,
)
from suostumus.dashboards.visits import VISITORS

MOST_VALUES = 20  # of one filter
MOST_CHARACTERS = 2048  # of one filter's value

FIRST_TABS = {card.name: card.panels[0] for card in CARDS}

Choice = TypeVar("Choice", PeriodName, Step, Compare)


class SelectionError(Exception):
    """A parameter of the address that means nothing. The message begins with the parameter's name."""


@dataclass(frozen=True)
class Selection:
    """One period of one site, narrowed by filters, which metric the chart shows and which panel each card."""

    site: str
    period_name: PeriodName
    period: Period
    step: Step
    compare: Compare
    filters: Mapping[str, tuple[str, ...]]  # by dimension; a session matches one value of each
    tabs: Mapping[str, str]  # by card
    metric: Metric = VISITORS  # of the chart

    def with_filter(self, dimension: str, value: str) -> "Selection":
        """The same, narrowed further."""
        values = tuple(dict.fromkeys([*self.filters.get(dimension, ()), value]))
        return replace(self, filters={**self.filters, dimension: values})

    def without_filter(self, dimension: str, value: str) -> "Selection":
        """The same, less one value of a filter."""
        left = {
            **self.filters,
            dimension: tuple(kept for kept in self.filters.get(dimension, ()) if kept != value),
        }
        return replace(self, filters={name: values for name, values in left.items() if values})

    def without_filters(self) -> "Selection":
        """The same, of all sessions."""
        return replace(self, filters={})

    def parameters(self, rows: int, *, compared: bool) -> dict[str, object]:
        """The bound parameters that queries name; `rows` is the most rows of a list.

        Sessions are those of the period, and where `compared` also those of the period that it is compared with.
        """
        period = self.period
        since, until = period.before(self.compare if compared else Compare.NONE)
        return {
            "site": self.site,
            "zone": period.zone.key,
            "step": str(self.step),
            "since": since,
            "until": until,
            "start": period.start,
            "end": period.end,
            "now": period.now,
            "first_day": period.first_day,
            "last_day": period.last_day,
            "rows": rows,
            **{name: list(values) for name, values in self.filters.items()},
        }

    @property
    def compares(self) -> bool:
        """Whether there is something to compare with."""
        return self.compare is not Compare.NONE

    @property
    def filtered(self) -> tuple[Dimension, ...]:
        """The dimensions that narrow it."""
        return tuple(entry for entry in DIMENSIONS if entry.name in self.filters)

    def query_string(self, **changes: str) -> str:
        """The query of the address that asks for this again, with some parameters changed."""
        pairs = dict(self._period_pairs())
        if "period" in changes:  # the step belonged to the period that is left
            pairs = {}
        pairs |= dict(self._choice_pairs()) | changes
        return urlencode([*pairs.items(), *self._filter_pairs()])

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the address that asks for this again."""
        return [*self._period_pairs(), *self._choice_pairs(), *self._filter_pairs()]

    def kept_pairs(self) -> list[tuple[str, str]]:
        """What a form that asks for another period has to carry on."""
        return [*self._choice_pairs(), *self._filter_pairs()]

    def _period_pairs(self) -> Iterator[tuple[str, str]]:
        yield "period", str(self.period_name)
        if self.period_name is PeriodName.CUSTOM:
            yield "from", self.period.first_day.isoformat()
            yield "to", self.period.last_day.isoformat()
        if self.step is not usual_step(self.period):
            yield "step", str(self.step)

    def _choice_pairs(self) -> Iterator[tuple[str, str]]:
        if self.compare is not Compare.PREVIOUS:
            yield "compare", str(self.compare)
        if self.metric is not VISITORS:
            yield "metric", self.metric.name
        yield from ((card, name) for card, name in self.tabs.items() if name != FIRST_TABS[card])

    def _filter_pairs(self) -> Iterator[tuple[str, str]]:
        yield from ((name, value) for name, values in self.filters.items() for value in values)


def parse_selection(site: str, zone: ZoneInfo, pairs: Iterable[tuple[str, str]], now: datetime) -> Selection:
    """Read the parameters of an address. Raises SelectionError, which names the parameter."""
    given = _gather(pairs)
    name = _choice(given, "period", PeriodName, PeriodName.THIRTY_DAYS)
    period = _custom_period(given, zone, now) if name is PeriodName.CUSTOM else named_period(name, zone, now)
    if name is not PeriodName.CUSTOM and (given.get("from") or given.get("to")):
        raise SelectionError("from, to: only together with period=custom")
    compare = _choice(given, "compare", Compare, Compare.PREVIOUS)
    if compare is Compare.YEAR and period.days > DAYS_OF_YEAR:
        raise SelectionError(f"compare: a year before, for a period of more than {DAYS_OF_YEAR} days")
    return Selection(
        site=site,
        period_name=name,
        period=period,
        step=_step(given, period),
        compare=compare,
        filters={entry.name: tuple(given[entry.name]) for entry in DIMENSIONS if given.get(entry.name)},
        tabs={card.name: _tab(given, card) for card in CARDS},
        metric=_metric(given),
    )


def _gather(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    single = {"period", "from", "to", "compare", "step", "metric", *(card.name for card in CARDS)}
    several = {entry.name for entry in DIMENSIONS}
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in single | several:
            raise SelectionError(f"{name[:40]}: no such parameter")
        if name in single and name in given:
            raise SelectionError(f"{name}: stands twice")
        if len(value) > MOST_CHARACTERS:
            raise SelectionError(f"{name}: longer than {MOST_CHARACTERS} characters")
        if not value.isprintable():
            raise SelectionError(f"{name}: contains a character that cannot be printed")
        given.setdefault(name, [])
        if value not in given[name]:
            given[name].append(value)
        if len(given[name]) > MOST_VALUES:
            raise SelectionError(f"{name}: more than {MOST_VALUES} values")
    return given


def _single(given: Mapping[str, Sequence[str]], name: str) -> str:
    return given[name][0] if name in given else ""


def _choice(given: Mapping[str, Sequence[str]], name: str, kind: type[Choice], default: Choice) -> Choice:
    text = _single(given, name)
    if not text:
        return default
    try:
        return kind(text)
    except ValueError as error:
        raise SelectionError(f"{name}: none of {', '.join(kind)}") from error


def _custom_period(given: Mapping[str, Sequence[str]], zone: ZoneInfo, now: datetime) -> Period:
    first, last = _day(given, "from"), _day(given, "to")
    if last < first:
        raise SelectionError("to: before from")
    if (last - first).days >= MOST_DAYS:
        raise SelectionError(f"from, to: more than {MOST_DAYS} days")
    return Period(first, last, zone, now)


def _day(given: Mapping[str, Sequence[str]], name: str) -> date:
    text = _single(given, name)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise SelectionError(f"{name}: not a day such as 2026-11-01") from error
    if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
        raise SelectionError(f"{name}: not between the years 2000 and 2100")
    return day


def _step(given: Mapping[str, Sequence[str]], period: Period) -> Step:
    step = _choice(given, "step", Step, usual_step(period))
    if step not in possible_steps(period):
        raise SelectionError(f"step: {step} does not suit a period of {period.days} days")
    return step


def _metric(given: Mapping[str, Sequence[str]]) -> Metric:
    name = _single(given, "metric") or VISITORS.name
    found = next((metric for metric in FIGURE_METRICS if metric.name == name), None)
    if not found:
        raise SelectionError(f"metric: none of {', '.join(metric.name for metric in FIGURE_METRICS)}")
    return found


def _tab(given: Mapping[str, Sequence[str]], card: Card) -> str:
    name = _single(given, card.name) or card.panels[0]
    if name not in card.panels:
        raise SelectionError(f"{card.name}: none of {', '.join(card.panels)}")
    return name
