"""One selection asked of the database: its questions share one look at what is rolled up."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import cached_property

from suostumus.dashboards.periods import Compare
from suostumus.dashboards.rollup import FOLLOWED_DAYS, around, read_trusted_days, sound, span
from suostumus.dashboards.rows import Reader, Row
from suostumus.dashboards.selection import Selection


class Inquiry:
    """Runs the queries of one selection, blocking; raises what the reader raises."""

    def __init__(self, reader: Reader, selection: Selection) -> None:
        self._reader = reader
        self.selection = selection

    def rows(
        self, sql: str, most: int, *, compared: bool = False, more: Mapping[str, object] | None = None
    ) -> list[Row]:
        """What a query answers, with at most so many rows in a list.

        Sessions are those of the period, and where `compared` also those of the period that it is compared with.
        """
        parameters = self.selection.parameters(most, compared=compared) | dict(more or {})
        if "{rolled_days:" in sql:
            parameters |= self._days(compared=compared)
        return self._reader.rows(sql, parameters)

    def side_by_side(self, queries: Sequence[str], most: int, *, compared: bool = False) -> list[list[Row]]:
        """What each of some queries answers, asked at the same time: one is planned while another one is computed."""
        _ = self._sound  # looked at once, for all of them
        with ThreadPoolExecutor(len(queries) or 1, thread_name_prefix="inquiry") as pool:
            return list(pool.map(lambda sql: self.rows(sql, most, compared=compared), queries))

    def _days(self, *, compared: bool) -> dict[str, object]:
        """Of which days sessions are read as they were put down, and by which days' events the others are told."""
        wanted = self._wanted(compared=compared)
        rolled = wanted & self._sound
        return {"rolled_days": sorted(rolled), "told_days": around(wanted - rolled)}

    @cached_property
    def _sound(self) -> set[date]:
        wanted = self._wanted(compared=True)
        margin = timedelta(days=FOLLOWED_DAYS)
        return sound(read_trusted_days(self._reader, self.selection.site, min(wanted) - margin, max(wanted) + margin))

    def _wanted(self, *, compared: bool) -> set[date]:
        """The days, as UTC cuts them, on which the sessions begin."""
        period = self.selection.period
        before = period.before(self.selection.compare if compared else Compare.NONE)
        return {day for start, end in ((period.start, period.end), before) for day in span(start.date(), end.date())}
