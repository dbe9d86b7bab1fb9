"""The generator of queries: any metrics by any dimensions, in one scan for as many groupings as share it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from suostumus.dashboards.composition import compose
from suostumus.dashboards.dimensions import CURRENCY, Dimension, Grain, Part
from suostumus.dashboards.metric import Format, Metric
from suostumus.dashboards.narrowing import narrow

_PARTS = {
    Part.ORDERS: ("orders", "LEFT JOIN orders USING (visitor, session)"),
    Part.CARTS: ("cart_sessions", "LEFT JOIN cart_sessions USING (visitor, session)"),
}

Grouping = tuple[Dimension, ...]  # `()` is the whole period


class QuestionError(Exception):
    """Metrics and dimensions that make no sense together. The message says why."""


@dataclass(frozen=True)
class Question:
    """Metrics of one grain by each grouping, for each period that is asked for, and by buckets of time if wished.

    Money always stands beside its currency, so that currencies are never summed.
    """

    metrics: tuple[Metric, ...]
    groupings: tuple[Grouping, ...] = ((),)
    grain: Grain = Grain.SESSION
    buckets: bool = False
    filters: tuple[Dimension, ...] = ()
    counts: bool = (
        False  # of money, also the whole period and buckets without currency, where only counts mean something
    )
    counted: bool = False  # only rows in which something was counted

    def sql(self) -> str:
        """The query. Values are bound by whoever runs it; `rows` is the most rows of each grouping."""
        self._check()
        parts = list(self._parts())
        columns = list(self._columns())
        fills = {
            "keys": ", ".join(self.keys),
            "metrics": ",\n    ".join(f"{self._sql(entry)} AS {entry.name}" for entry in self.metrics),
            "views": next((entry.views for entry in self._unfolded()), "views"),
            "more": "",
            "sessions": _matching(columns, [join for _, join in parts], self.filters),
            "unfolded": "".join(f"ARRAY JOIN {entry.values} AS {entry.name}" for entry in self._unfolded()),
            "sets": ", ".join(f"({', '.join(kept)})" for kept in self._sets()),
            "having": f"HAVING {' OR '.join(f'{entry.name} != 0' for entry in self.metrics)}" if self.counted else "",
            "order": ", ".join([*(f"{entry.name} DESC NULLS LAST" for entry in self.metrics), *self.keys]),
            "limited": ", ".join(["grouped", "period", *(["bucket"] if self.buckets else [])]),
        }
        return narrow(compose("question", fills, [*(name for name, _ in parts), "sessions"]))

    @property
    def keys(self) -> list[str]:
        """The columns that name a row."""
        return list(dict.fromkeys(key for kept in self._sets() for key in kept))

    def mask(self, grouping: Grouping, *, bucket: bool = False, counts: bool = False) -> int:
        """What `grouped` says of a grouping's rows: a bit for each key it does without, the last one lowest."""
        kept = self._set(grouping, bucket=bucket, counts=counts)
        return sum(1 << place for place, key in enumerate(reversed(self.keys)) if key not in kept)

    def _check(self) -> None:
        if not self.metrics or any(self.grain not in entry.sql for entry in self.metrics):
            raise QuestionError(f"metrics: not all of the grain {self.grain}")
        if len(self.groupings) > 1 and list(self._unfolded()):
            raise QuestionError("groupings: one with several values a session stands alone")
        if len(list(self._unfolded())) > 1:
            raise QuestionError("groupings: two dimensions with several values a session")

    def _sql(self, metric: Metric) -> str:
        """The sum of its addends where these are asked as well, else as it is counted by itself."""
        if metric.addends and set(metric.addends) <= {entry.name for entry in self.metrics}:
            return " + ".join(metric.addends)
        whole = metric.sql[self.grain]
        return f"if(grouping(bucket) = 0, {metric.in_bucket}, {whole})" if self.buckets and metric.in_bucket else whole

    def _sets(self) -> list[list[str]]:
        buckets = [self._set((), bucket=True, counts=self.counts)] if self.buckets else []
        whole = [self._set((), counts=True)] if self.counts else []
        return [*buckets, *whole, *(self._set(grouping) for grouping in self.groupings)]

    def _set(self, grouping: Grouping, *, bucket: bool = False, counts: bool = False) -> list[str]:
        currency = [CURRENCY.name] if self._has_money() and not counts else []
        return ["period", *(["bucket"] if bucket else []), *currency, *(entry.name for entry in grouping)]

    def _has_money(self) -> bool:
        return self.grain is Grain.MONEY or any(entry.format is Format.MONEY for entry in self.metrics)

    def _unfolded(self) -> Iterator[Dimension]:
        """The dimensions of which a row has several values."""
        for grouping in self.groupings:
            yield from (entry for entry in grouping if entry.values and entry.own is not self.grain)

    def _columns(self) -> Iterator[str]:
        """Columns that need more words than their name."""
        named = dict.fromkeys(entry for grouping in self.groupings for entry in grouping)
        yield from (f"{entry.sql} AS {entry.name}" for entry in named if entry.sql)

    def _parts(self) -> Iterator[tuple[str, str]]:
        """The fragments that stand beside the sessions, and how."""
        grouped = [entry for grouping in self.groupings for entry in grouping]
        named: list[Metric | Dimension] = [*self.metrics, *grouped, *self.filters]
        needed = {entry.part for entry in named}
        if self.grain is Grain.SESSION:
            yield from (found for part, found in _PARTS.items() if part in needed)
            return
        if any(entry.part is Part.CARTS for entry in [*grouped, *self.filters]) or self.grain is Grain.ITEM:
            yield from (found for part, found in _PARTS.items() if part in needed and part is Part.CARTS)
        if self.grain is Grain.ITEM:
            yield "item_rows", "INNER JOIN item_rows USING (visitor, session)"
        elif any(entry.part is Part.CARTS for entry in self.metrics):
            yield "money", "INNER JOIN money USING (visitor, session)"
        else:
            yield "transactions", "INNER JOIN transactions USING (visitor, session)"


def over_sessions(name: str, filters: tuple[Dimension, ...], fragments: Mapping[str, str] | None = None) -> str:
    """The text of queries/NAME.sql, in which `<sessions>` are those that match the filters."""
    parts = [found for part, found in _PARTS.items() if part in {entry.part for entry in filters}]
    fills = {"sessions": _matching([], [join for _, join in parts], filters), "more": ""}
    return narrow(compose(name, fills | dict(fragments or {}), [*dict(parts), "sessions"]))


def _matching(columns: Sequence[str], joins: Sequence[str], filters: Sequence[Dimension]) -> str:
    conditions = [_condition(entry) for entry in filters]
    return "\n    ".join(
        [
            f"SELECT {', '.join(['*', *columns])}",
            "FROM sessions",
            *joins,
            *(f"{'AND' if place else 'WHERE'} {condition}" for place, condition in enumerate(conditions)),
        ]
    )


def _condition(entry: Dimension) -> str:
    """A session matches one value of the filter, whose parameter has the dimension's name."""
    wanted = "{" + entry.name + ":Array(String)}"
    return f"hasAny({entry.values}, {wanted})" if entry.values else f"has({wanted}, {entry.sql or entry.name})"
