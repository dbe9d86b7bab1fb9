"""The dashboard's overview, as the page reads it, beside one bare count of the same period."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.scratch import SITE, Lab
from bench.tables import Table
from suostumus.dashboards import panels
from suostumus.dashboards.report import fill, live
from suostumus.dashboards.selection import Selection, parse_selection
from suostumus.server.dashboard import PAGE_ROWS
from suostumus.server.installation import Installation
from suostumus.server.store import Connection

DAYS = 180
PERIODS = (30, 180)
CHUNK = 1_000_000  # events made by one statement
EVENTS_OF_VISITOR = 9  # on average: sessions have five
BARE = """
SELECT count(), uniq(visitor)
FROM events
WHERE site = {site:String}
    AND time >= {start:DateTime64(3, 'UTC')}
    AND time < {end:DateTime64(3, 'UTC')}
"""


def measure(lab: Lab) -> list[Table]:
    """Make events, look, make more, look again."""
    now = datetime.now(UTC)
    rows: list[tuple[str | int | float, ...]] = []
    with lab.installation("dashboards") as installation:
        connection = installation.parts.store.connect()
        made = 0
        for events in lab.sizes.events:
            _make(connection, now, made, events)
            made = events
            rows += [_look(lab, installation, connection, now, events, days) for days in PERIODS]
        connection.close()
    columns = ("events in 180 days", "period, days", "bare count, s", "page, s", "x bare", "page without comparison, s")
    return [Table("The dashboard's overview", columns, rows)]


def _make(connection: Connection, now: datetime, made: int, wanted: int) -> None:
    """Have the engine make events itself, then merge them as it would in time."""
    sql = Path(__file__).with_name("make_events.sql").read_text("utf-8")
    for first in range(made, wanted, CHUNK):
        rows = min(CHUNK, wanted - first)
        parameters = {
            "site": SITE,
            "rows": rows,
            "first_session": first // 5,
            "first_visitor": first // EVENTS_OF_VISITOR,
            "visitors": rows // EVENTS_OF_VISITOR,
            "days": DAYS,
            "until": now,
        }
        connection.command(sql, parameters)
    connection.command("OPTIMIZE TABLE events FINAL")


def _look(
    lab: Lab, installation: Installation, connection: Connection, now: datetime, events: int, days: int
) -> tuple[str | int | float, ...]:
    compared, alone = (_selection(installation, now, days, compare) for compare in ("previous", "none"))
    bounds = {"site": SITE, "start": compared.period.start, "end": compared.period.end}
    looks = lab.sizes.looks
    bare = _seconds(lambda: connection.rows(BARE, bounds), looks)
    page = _seconds(lambda: _read_page(installation, compared), looks)
    without = _seconds(lambda: _read_page(installation, alone), looks)
    return events, days, bare, page, page / bare, without


def _selection(installation: Installation, now: datetime, days: int, compare: str) -> Selection:
    zone = installation.parts.settings.sites[0].zone
    today = now.astimezone(zone).date()
    pairs = [
        ("period", "custom"),
        ("from", (today - timedelta(days=days - 1)).isoformat()),
        ("to", today.isoformat()),
        ("compare", compare),
    ]
    return parse_selection(SITE, zone, pairs, now)


def _read_page(installation: Installation, selection: Selection) -> None:
    """Every query of the page, one after another; nothing keeps their results."""
    chosen = [panels.FIGURES, panels.SERIES, panels.FUNNEL, panels.REVENUE, panels.COVERAGE]
    chosen += [entry for entry in panels.PANELS if entry.name in selection.tabs.values()]
    tables = fill(installation.parts.reader, selection, chosen, PAGE_ROWS)
    if not any(table.rows for table in tables.values()):
        raise RuntimeError("the page is empty: nothing was measured")
    live(installation.parts.reader, SITE, selection.period.now)


def _seconds(work: Callable[[], object], looks: int) -> float:
    """The median of some looks."""
    taken = []
    for _ in range(looks):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
