"""Series as lines in a box: scales, points and ticks, so that a page can draw a chart without a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from suostumus.dashboards.labels import bucket_in, written_in
from suostumus.dashboards.metrics import Format
from suostumus.dashboards.report import Table
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
    """One metric over time as lines in a box of WIDTH by HEIGHT, and that of the period before."""

    line: str  # points of a polyline: what is finished
    area: str
    unfinished: str  # points from the last finished bucket to the present one
    present: tuple[float, float] | None  # the point of the present bucket
    before: str
    scale: list[str]  # from the top to zero
    ticks: list[Tick]


def plot(words: Words, table: Table, metric: str, form: Format, *, unfinished: bool) -> Plot:
    """The series of a metric; `unfinished` says that its last bucket with a value is still going on."""
    count = len(table.rows)
    now = [float(row[metric]) for row in table.rows if row.get(metric) is not None]
    before = [float(row[f"previous_{metric}"]) for row in table.rows if row.get(f"previous_{metric}") is not None]
    top = scale_top(max([*now, *before, 0.0]), form)
    points = _points(now, count, top)
    done = points[:-1] if unfinished else points
    return Plot(
        line=_joined(done),
        area=_area(done),
        unfinished=_joined(points[-2:]) if unfinished and len(points) > 1 else "",
        present=points[-1] if unfinished and points else None,
        before=_joined(_points(before, count, top)),
        scale=[_short(words, top * part / DIVISIONS, form) for part in range(DIVISIONS, -1, -1)],
        ticks=_ticks(words, [row["bucket"] for row in table.rows]),
    )


def sparkline(values: Sequence[float]) -> str:
    """A small line in a box of WIDTH by HEIGHT, as points of a polyline."""
    if len(values) < 2:
        return ""
    highest = max(float(value) for value in values) or 1.0
    return _joined(_points([float(value) for value in values], len(values), highest))


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


def _points(values: Sequence[float], count: int, top: float) -> list[tuple[float, float]]:
    wide = WIDTH / max(count - 1, 1)
    return [(round(index * wide, 1), round(HEIGHT * (1 - value / top), 2)) for index, value in enumerate(values)]


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


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
