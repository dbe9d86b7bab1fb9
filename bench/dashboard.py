"""What analysts look at, beside one bare count of the same period and the way Plausible asks the same."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import plausible
from bench.scratch import SITE, Lab, roll_up
from bench.tables import Table
from suostumus.dashboards import panels
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.panel import Panel
from suostumus.dashboards.report import fill, live
from suostumus.dashboards.retention import read_retention
from suostumus.dashboards.selection import Selection, parse_selection
from suostumus.server.installation import Installation
from suostumus.server.store import Connection

DAYS = 180
PERIODS = (30, 180)
ROWS = 10  # of a list
CHUNK = 1_000_000  # events made by one statement
EVENTS_OF_VISITOR = 9  # on average: sessions have five
PENDING = 1_000  # visitors whose withdrawal is not verified yet
BARE = """
SELECT count(), uniq(visitor)
FROM events
WHERE site = {site:String}
    AND indexHint(toDate(time) >= toDate({start:DateTime64(3, 'UTC')}))
    AND indexHint(toDate(time) <= toDate({end:DateTime64(3, 'UTC')}))
    AND time >= {start:DateTime64(3, 'UTC')}
    AND time < {end:DateTime64(3, 'UTC')}
"""
HIDE = """
INSERT INTO pending (machine, number, visitor, generation, purposes)
SELECT generateUUIDv4(), 1, visitor, 1, []
FROM events
WHERE site = {site:String}
GROUP BY visitor
LIMIT {visitors:UInt32}
"""
HEAD = (panels.FIGURES, panels.SERIES)
LOOKS: dict[str, tuple[Panel, ...]] = {
    "figures and main chart": HEAD,
    "the whole overview": (*HEAD, panels.REVENUE, panels.COVERAGE, panels.WEEKDAYS),  # and the first tab of each card
    "steps to an order, with times": (panels.SESSION_STEPS,),
    "abandoned carts, by step": tuple(entry for entry in panels.PANELS if entry.name == "cart_steps"),
}

Row = tuple[str | int | float, ...]


@dataclass(frozen=True)
class Taken:
    """How long something took, on the clock and of the processor."""

    wall: float
    processor: float


@dataclass
class Peaks:
    """The most memory that the process took during looks, in MiB: by the product's queries, by Plausible's."""

    ours: int = 0
    peers: int = 0


def measure(lab: Lab) -> list[Table]:
    """Make events, look, make more, look again; then with withdrawals that wait."""
    now = datetime.now(UTC)
    rows: list[Row] = []
    with lab.installation("dashboards") as installation:
        connection = installation.parts.store.connect()
        made = 0
        told = []
        for events in lab.sizes.events:
            _make(connection, now, made, events)
            roll_up(installation)
            plausible.fill(connection)
            made = events
            peaks = Peaks()
            for days in PERIODS:
                selection = _selection(installation, now, days, "none")
                rows += _looks(lab, installation, connection, selection, peaks, events)
            connection.command(HIDE, {"site": SITE, "visitors": PENDING})
            selection = _selection(installation, now, PERIODS[0], "none")
            rows += _looks(lab, installation, connection, selection, peaks, events, f"{PENDING:,} withdrawals wait: ")
            connection.command("TRUNCATE TABLE pending")
            told.append(f"{peaks.ours:,} MiB (as Plausible asks {peaks.peers:,}) among {events:,} events")
        connection.close()
    columns = ("events", "days", "look", "ms", "x bare", "processor, x bare")
    return [Table(f"What analysts look at; the process took at most {', '.join(told)}", columns, rows)]


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


def _looks(
    lab: Lab,
    installation: Installation,
    connection: Connection,
    selection: Selection,
    peaks: Peaks,
    events: int,
    when: str = "",
) -> list[Row]:
    period, looks = selection.period, lab.sizes.looks
    _forget_peak()
    bounds = {"site": SITE, "start": period.start, "end": period.end}
    bare = _taken(lambda: connection.rows(BARE, bounds), 2 * looks + 1)
    rows: list[Row] = [(events, period.days, f"{when}one bare count", bare.wall * 1000, 1.0, 1.0)]

    def look(name: str, work: Callable[[], object]) -> None:
        taken = _taken(work, looks)
        ratios = (taken.wall / bare.wall, taken.processor / bare.processor)
        rows.append((events, period.days, when + name, taken.wall * 1000, *ratios))

    for name, chosen in LOOKS.items():
        look(name, lambda chosen=chosen: _read(installation, selection, chosen))  # type: ignore[misc]  # bound at once
    look("retention by week", lambda: read_retention(Inquiry(installation.parts.reader, selection)))
    peaks.ours = max(peaks.ours, _peak_mebibytes())
    if not when:
        _forget_peak()
        for name, queries in {
            "figures and main chart": plausible.HEAD,
            "the whole overview": plausible.QUERIES,
        }.items():
            look(
                f"as Plausible asks: {name}",
                lambda queries=queries: plausible.ask(  # type: ignore[misc]  # bound at once
                    connection, queries, period.start, period.end, period.zone.key
                ),
            )
        peaks.peers = max(peaks.peers, _peak_mebibytes())
    return rows


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


def _read(installation: Installation, selection: Selection, chosen: tuple[Panel, ...]) -> None:
    """Fill panels; nothing keeps their results. The overview has its cards and the live view too."""
    is_overview = panels.COVERAGE in chosen
    tabs = selection.tabs.values() if is_overview else []
    cards = [entry for entry in panels.PANELS if entry.name in tabs]
    tables = fill(Inquiry(installation.parts.reader, selection), [*chosen, *cards], ROWS)
    if not any(table.rows for table in tables.values()):
        raise RuntimeError("the page is empty: nothing was measured")
    if is_overview:
        live(installation.parts.reader, SITE, selection.period.now)


def _forget_peak() -> None:
    """The process's peak of memory begins anew: making events is no look at them (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mebibytes() -> int:
    """The most memory that the process held since then."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) // 1024


def _taken(work: Callable[[], object], looks: int) -> Taken:
    """The median of some looks. The engine runs in this process, so its work is the process's."""
    walls, processors = [], []
    for _ in range(looks):
        began, used = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - began)
        processors.append(time.process_time() - used)
    return Taken(statistics.median(walls), statistics.median(processors))
