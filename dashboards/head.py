"""The head of the page: figures, their way over time, the way to an order and the answers, from what queries found."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

from suostumus.dashboards import sales, visits
from suostumus.dashboards.funnel import FUNNEL_STEPS, REACHED
from suostumus.dashboards.metric import Format, Metric
from suostumus.dashboards.panels import FIGURE_METRICS
from suostumus.dashboards.periods import Bucket, bucket_number, buckets, extent
from suostumus.dashboards.question import Question
from suostumus.dashboards.rows import Row
from suostumus.dashboards.selection import Selection


class Head:
    """What questions found of the period and of what it is compared with."""

    def __init__(self, selection: Selection, answers: Sequence[tuple[Question, Sequence[Row]]]) -> None:
        self.selection = selection
        self._whole: dict[str, Row] = {}
        self._buckets: dict[tuple[str, int], Row] = {}
        for question, rows in answers:
            whole = question.mask((), counts=question.counts)
            bucket = question.mask((), bucket=True, counts=question.counts)
            for row in rows:
                if row["grouped"] == whole:
                    self._whole.setdefault(row["period"], {}).update(row)
                elif row["grouped"] == bucket:
                    self._buckets.setdefault((row["period"], row["bucket"]), {}).update(row)

    def whole(self, period: str) -> Row:
        """The row of a whole period, empty when nothing happened in it."""
        return self._whole.get(period, {})

    def at(self, period: str, bucket: Bucket | None, until: datetime) -> Row | None:
        """The row of a bucket, empty when nothing happened in it; None when it lies after the moment."""
        zone = self.selection.period.zone
        if bucket is None or bucket.number > bucket_number(until, self.selection.step, zone):
            return None
        return self._buckets.get((period, bucket.number), {})


def figure_rows(head: Head, answers: Sequence[Row]) -> list[Row]:
    """A row a metric: the period's value, and that of the period it is compared with."""
    rows = [
        {
            "metric": metric.name,
            "unit": metric.unit,
            "current": _value(head.whole("current"), metric),
            "previous": _value(head.whole("previous"), metric) if head.selection.compares else None,
        }
        for metric in FIGURE_METRICS
    ]
    coverage = visits.COVERAGE
    covered = {row["answer"]: row["answers"] for row in answers}
    share = _share(covered.get("accepted", 0) + covered.get("partly", 0), sum(covered.values()))
    return [*rows, {"metric": coverage.name, "unit": coverage.unit, "current": share, "previous": None}]


def series_rows(head: Head) -> list[Row]:
    """A row a bucket, also for the empty ones; None where the time has not come yet."""
    return list(_series(head))


def trend_rows(head: Head, metrics: Sequence[Metric]) -> list[Row]:
    """The same of other metrics, without comparison."""
    selection, period = head.selection, head.selection.period
    return [
        {"bucket": _title(bucket, selection)}
        | {metric.name: _value(head.at("current", bucket, period.now), metric) for metric in metrics}
        for bucket in buckets(period.first_day, period.days, selection.step, period.zone)
    ]


def _title(bucket: Bucket, selection: Selection) -> str:
    """What a bucket is called, with a word if the period has less than the whole of it."""
    known = extent(bucket, selection.step, selection.period)
    return f"{bucket.title} ({known})" if known else bucket.title


def _series(head: Head) -> Iterator[Row]:
    selection, period = head.selection, head.selection.period
    first_before = period.first_day_before(selection.compare)
    before = buckets(first_before, period.days, selection.step, period.zone) if head.selection.compares else []
    after = buckets(period.first_day, period.days, selection.step, period.zone)
    _, until = period.before(selection.compare)
    for bucket, earlier in zip_longest(after, before[: len(after)]):
        row, compared = head.at("current", bucket, period.now), head.at("previous", earlier, until)
        yield (
            {"bucket": _title(bucket, selection)}
            | {metric.name: _value(row, metric) for metric in FIGURE_METRICS}
            | {f"previous_{metric.name}": _value(compared, metric) for metric in FIGURE_METRICS}
        )


def funnel_rows(head: Head) -> list[Row]:
    """A row a step of the way to an order."""
    counts = [head.whole("current").get(metric.name, 0) for metric in REACHED]
    return [
        {
            "step": step,
            "sessions": count,
            "of_first": _share(count, counts[0]),
            "of_previous": _share(count, before),
        }
        for step, count, before in zip(FUNNEL_STEPS, counts, [counts[0], *counts], strict=False)
    ]


def money_rows(question: Question, found: Sequence[Row]) -> list[Row]:
    """A row a currency of the period, with the revenue of the period it is compared with."""
    rows = [row for row in found if row["grouped"] == question.mask(())]
    before = {row["currency"]: row["revenue"] for row in rows if row["period"] == "previous"}
    return [{**row, "previous_revenue": before.get(row["currency"])} for row in rows if row["period"] == "current"]


def coverage_rows(rows: Sequence[Row]) -> list[Row]:
    """A row an answer to the question of consent."""
    answers = {row["answer"]: row["answers"] for row in rows}
    return [
        {
            "answer": answer,
            "answers": answers.get(answer, 0),
            "share": _share(answers.get(answer, 0), sum(answers.values())),
        }
        for answer in ("accepted", "partly", "refused")
    ]


def _value(row: Row | None, metric: Metric) -> float | None:
    """A metric's value; where nothing happened a count is zero and a share is none."""
    if row is None:
        return None
    if metric is sales.CONVERSION:
        return _share(row.get(sales.BUYING_SESSIONS.name, 0), row.get(visits.SESSIONS.name, 0))
    value: float | None = row.get(metric.name, 0 if metric.format is Format.COUNT else None)
    return value


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
