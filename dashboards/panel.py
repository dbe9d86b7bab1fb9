"""The shape of a panel: what it asks, by what, and which columns it shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from suostumus.dashboards import dimensions
from suostumus.dashboards.dimensions import Dimension, Grain, Part
from suostumus.dashboards.metric import Format, Metric, Role


@dataclass(frozen=True)
class Column:
    """One column of a panel, as tables and exports name it."""

    name: str
    title: str
    format: Format
    definition: str = ""


@dataclass(frozen=True)
class Panel:
    """One figure, table or chart: its name is also that of its export."""

    name: str
    title: str
    columns: tuple[Column, ...]
    metrics: tuple[Metric, ...] = ()
    dimension: Dimension | None = None  # what a row can be filtered by
    beside: tuple[Dimension, ...] = ()  # what else tells rows apart
    grain: Grain = Grain.SESSION
    query: str = ""  # of queries/, for a panel that asks in words of its own
    definition: str = ""
    role: Role = Role.VIEWER
    rows: int = 0  # as many whatever the page shows of others: a panel that means nothing in part
    group: str = ""  # whose name it bears, for a panel that stands in no list


@dataclass(frozen=True)
class Group:
    """Metrics that are read together. NAME_by_DIMENSION is a panel of them for any dimension."""

    name: str
    metrics: tuple[Metric, ...]
    grain: Grain = Grain.SESSION

    def is_told_apart_by(self, by: Dimension) -> bool:
        """Whether every row has a value of a dimension: a cart that was left has none of an order's own."""
        has_carts = any(metric.part is Part.CARTS for metric in self.metrics)
        return not (has_carts and self.grain is Grain.MONEY and by.own is Grain.MONEY)


@dataclass(frozen=True)
class Card:
    """Panels that share a place on the page; one shows at a time, the first if the address says nothing."""

    name: str
    title: str
    panels: tuple[str, ...]


def breakdown(
    name: str,
    title: str,
    shown: tuple[Metric, ...],
    by: Dimension,
    grain: Grain = Grain.SESSION,
    beside: tuple[Dimension, ...] = (),
) -> Panel:
    """Metrics by a dimension, largest first by the first metric; money with a row for each currency."""
    has_money = grain is Grain.MONEY or any(entry.format is Format.MONEY for entry in shown)
    beside = (*by.beside, *beside)
    apart = [*beside, *([dimensions.CURRENCY] if has_money else [])]
    named = [text_column(entry.name, entry.title, entry.definition) for entry in apart]
    if by.called:
        named.insert(0, text_column("called", "Name", "The name that most events of the period's sessions give it."))
    return Panel(
        name=name,
        title=title,
        columns=(text_column("value", by.title, by.definition), *named, *columns_of(shown)),
        metrics=shown,
        dimension=by,
        beside=beside,
        grain=grain,
    )


def columns_of(shown: Iterable[Metric]) -> tuple[Column, ...]:
    """A column for each metric."""
    return tuple(Column(metric.name, metric.title, metric.format, metric.definition) for metric in shown)


def text_column(name: str, title: str, definition: str = "") -> Column:
    """A column that tells rows apart."""
    return Column(name, title, Format.TEXT, definition)
