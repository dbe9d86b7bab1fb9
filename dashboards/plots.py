"""Series as lines in a box: scales, points and ticks, so that a page can draw a chart without a script."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil, floor, log10

from suostumus.dashboards.labels import bucket_in, extent_in, extent_of, written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.periods import bucket_number, buckets, extent, midnight
from suostumus.dashboards.report import Table
from suostumus.dashboards.rows import Row
from suostumus.dashboards.selection import Selection
from suostumus.dashboards.words import Words

WIDTH = 1000
HEIGHT = 100
DIVISIONS = 4
MOST_TICKS = 7


@dataclass(frozen=True)
class Tick:
    """A word on the axis of time."""

    text: str
    x: float  # per cent of the width
    anchor: str  # start, middle or end


@dataclass(frozen=True)
class Plot:
    """One metric over time as lines in a box of WIDTH by HEIGHT, and what it is held against."""

    line: str  # points of a polyline: whole buckets
    area: str
    apart: list[tuple[float, float]]  # where buckets stand that are no whole ones: no line falls to them
    before: str
    apart_beside: list[tuple[float, float]]  # the same of another metric that it is held against
    extents: list[str]  # in words: what is not whole about those that stand apart
    scale: list[str]  # from the top to zero
    ticks: list[Tick]


def plot(
    words: Words, table: Table, metric: str, form: Format, *, beside: str = "", cut_before: Collection[int] = ()
) -> Plot:
    """A metric beside another one, or itself before. A bucket that is not whole is a point of its own.

    `cut_before` are the places of buckets that were not whole before: the line of before does without them.
    """
    count = len(table.rows)
    now, before = values_of(table.rows, metric), values_of(table.rows, beside or f"previous_{metric}")
    extents = {index: known for index, row in enumerate(table.rows) if (known := extent_of(row["bucket"]))}
    top = scale_top(max([*now.values(), *before.values(), 0.0]), form)

    def points(values: Mapping[int, float], places: Callable[[int], bool]) -> list[tuple[float, float]]:
        return _points({index: value for index, value in values.items() if places(index)}, count, top)

    not_whole = extents if beside else cut_before
    line = points(now, lambda index: index not in extents)
    return Plot(
        line=_joined(line),
        area=_area(line),
        apart=points(now, lambda index: index in extents),
        before=_joined(points(before, lambda index: index not in not_whole)),
        apart_beside=points(before, lambda index: index in extents) if beside else [],
        extents=[
            extent_in(words, known) for known in dict.fromkeys(extents[index] for index in extents if index in now)
        ],
        scale=[_short(words, top * part / DIVISIONS, form) for part in range(DIVISIONS, -1, -1)],
        ticks=_ticks(words, [row["bucket"] for row in table.rows]),
    )


def values_of(rows: Sequence[Row], metric: str) -> dict[int, float]:
    """The values of a series by their places; a place without one is left out."""
    return {index: float(row[metric]) for index, row in enumerate(rows) if row.get(metric) is not None}


def cut_before(selection: Selection) -> frozenset[int]:
    """The places of buckets that what the period is compared with has a part of only."""
    period, step = selection.period, selection.step
    first = period.first_day_before(selection.compare)
    _, until = period.before(selection.compare)
    now = until if period.unfinished else period.now
    before = replace(period, first_day=first, last_day=first + timedelta(days=period.days - 1), now=now)
    found = buckets(first, period.days, step, period.zone)
    return frozenset(place for place, bucket in enumerate(found) if extent(bucket, step, before))


def marks(selection: Selection, days: Sequence[date]) -> list[float]:
    """Where days lie on the axis of time, in the box's units."""
    period, step = selection.period, selection.step
    numbers = [bucket.number for bucket in buckets(period.first_day, period.days, step, period.zone)]
    moments = [midnight(day, period.zone) for day in days]
    places = [numbers.index(bucket_number(moment, step, period.zone)) for moment in moments]
    return [round(WIDTH * place / max(len(numbers) - 1, 1), 1) for place in places]


def sparkline(rows: Sequence[Row], metric: str) -> str:
    """A small line of whole buckets, in a box of WIDTH by HEIGHT, as points of a polyline."""
    whole = [row for row in rows if not extent_of(row["bucket"])]
    values = values_of(whole, metric)
    if len(values) < 2:
        return ""
    return _joined(_points(values, len(whole), max(values.values()) or 1.0))


def scale_top(highest: float, form: Format) -> float:
    """The top of a scale whose four divisions are round numbers, at or above the highest value."""
    if form is Format.COUNT and highest <= DIVISIONS:
        return float(DIVISIONS)
    if highest <= 0:
        return 1.0
    division = highest / DIVISIONS
    power = 10.0 ** floor(log10(division))
    rounds = (1, 2, 5, 10) if form is Format.COUNT and power < 10 else (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return DIVISIONS * next(step * power for step in rounds if step * power >= division * 0.999999)


def _points(values: Mapping[int, float], count: int, top: float) -> list[tuple[float, float]]:
    wide = WIDTH / max(count - 1, 1)
    return [(round(index * wide, 1), round(HEIGHT * (1 - value / top), 2)) for index, value in values.items()]


def _joined(points: Sequence[tuple[float, float]]) -> str:
    """The points of a polyline; a single one stands twice, which draws a dot."""
    return " ".join(f"{x},{y}" for x, y in ([*points, *points] if len(points) == 1 else points))


def _area(points: Sequence[tuple[float, float]]) -> str:
    if len(points) < 2:
        return ""
    return f"{points[0][0]},{HEIGHT} {_joined(points)} {points[-1][0]},{HEIGHT}"


def _short(words: Words, value: float, form: Format) -> str:
    """A value on the scale: whole thousands are short."""
    if form is Format.RATE:
        return f"{written_in(words, value, form)}".replace(f"{words.text('numbers.decimal')}0", "")
    if form in {Format.COUNT, Format.MONEY} and value < 10 and value != int(value):
        return f"{value:g}".replace(".", words.text("numbers.decimal"))
    return written_in(words, value, Format.COUNT if form is Format.MONEY else form)


def _ticks(words: Words, titles: Sequence[str]) -> list[Tick]:
    last = len(titles) - 1
    if last < 0:
        return []
    step = max(1, ceil(last / (MOST_TICKS - 1)))
    chosen = [*range(0, last - step + 1, step), last]  # the last one needs room
    return [
        Tick(
            bucket_in(words, titles[index], short=True),
            round(100 * index / max(last, 1), 2),
            "start" if index == 0 else "end" if index == last else "middle",
        )
        for index in chosen
    ]
