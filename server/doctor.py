"""`suostumus doctor`: checks an installation, and says in plain words what is wrong and what to do."""

import shutil
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime

import msgspec

from suostumus.geo.reader import GeoReader
from suostumus.server.bundles import depth
from suostumus.server.clock import Clock, seconds, utc_now
from suostumus.server.condition import Vitals, judge
from suostumus.server.erasures import unfinished
from suostumus.server.installation import StartError, lock_folder
from suostumus.server.integrity import find_damage, open_untouched
from suostumus.server.parts import LEDGER_FILE, Parts
from suostumus.server.premises import Finding, Level, examine_premises
from suostumus.server.settings import Settings
from suostumus.server.store import Connection, Store, StoreError, query, shipped_migrations

OLDEST_CLICKHOUSE = (25, 3)
CLOCK_SECONDS = 5
ANSWER_SECONDS = 5
MARKS = {Level.WELL: "ok", Level.WARNING: "look", Level.PROBLEM: "WRONG"}


def examine_running(parts: Parts) -> list[Finding]:
    """Check the installation that this process serves."""
    found = [*examine_premises(parts.settings), *_of_vitals(parts.watch.look().vitals)]
    with suppress(StoreError):  # that it does not answer is among the vitals
        connection = parts.store.connect()
        try:
            found += _of_store(connection)
        finally:
            connection.close()
    return found


def examine_stopped(settings: Settings, clock: Clock = utc_now) -> list[Finding]:
    """Check an installation that does not run. Changes nothing."""
    found = examine_premises(settings)
    if not (settings.data_path / LEDGER_FILE).exists():
        return [*found, Finding(Level.WELL, "ledger", "There is none yet: `suostumus serve` begins one.")]
    try:
        with closing(lock_folder(settings.data_path)):
            return [*found, *_of_stopped(settings, clock)]
    except StartError as error:
        return [*found, Finding(Level.PROBLEM, "data folder", str(error), "Ask again when that process has ended.")]


def examine_door(settings: Settings) -> list[Finding]:
    """Ask the public address, as a browser would, whether this program answers there."""
    address = f"{settings.public_url}/health"
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 -- http(s), checked by the settings
            told = answer.read(1000)
    except urllib.error.HTTPError as error:
        told = error.read(1000)
    except OSError as error:
        words = f"{address} cannot be reached from here: {type(error).__name__}."
        return [Finding(Level.WARNING, "public_url", words, "See the web server before the collector, DNS and TLS.")]
    try:
        live = msgspec.json.decode(told, type=dict[str, bool]).get("live", False)
    except msgspec.MsgspecError:
        live = False
    if live:
        return [Finding(Level.WELL, "public_url", f"{settings.public_url} leads to the collector.")]
    words = f"Something else answers at {address}."
    return [Finding(Level.PROBLEM, "public_url", words, "Have the web server pass that address on to public_listen.")]


def is_well(findings: list[Finding]) -> bool:
    """Whether there is no problem."""
    return all(finding.level is not Level.PROBLEM for finding in findings)


def as_text(findings: list[Finding]) -> str:
    """For people: the worst first, each with what to do."""
    order = [Level.PROBLEM, Level.WARNING, Level.WELL]
    lines = []
    for finding in sorted(findings, key=lambda one: order.index(one.level)):
        lines.append(f"{MARKS[finding.level]:<6} {finding.subject}: {finding.words}")
        if finding.advice:
            lines.append(f"       -> {finding.advice}")
    return "\n".join(lines)


def _of_vitals(vitals: Vitals) -> list[Finding]:
    condition = judge(vitals)
    found = [
        Finding(
            Level.PROBLEM
            if reason.stops or reason.trouble in {"erasure_overdue", "clickhouse_silent"}
            else Level.WARNING,
            reason.trouble.value.replace("_", " "),
            reason.words,
            reason.advice,
        )
        for reason in condition.reasons
    ]
    words = (
        f"{vitals.spool_rows:,} rows wait for ClickHouse, {vitals.erasures_waiting:,} withdrawals for their end;"
        f" {vitals.free_bytes / 2**30:,.1f} GiB are free."
    )
    return [*found, Finding(Level.WELL, "work", words)]


def _of_stopped(settings: Settings, clock: Clock) -> Iterator[Finding]:
    path = settings.data_path / LEDGER_FILE
    if damage := find_damage(path):
        yield Finding(
            Level.PROBLEM,
            "ledger",
            f"{LEDGER_FILE}: {damage}. Nothing can be stored.",
            "Restore the whole data folder from a backup; docs/operations.md says what to do without one.",
        )
        return
    with closing(open_untouched(path)) as connection:
        vitals = _vitals_of(settings, connection, clock())
    yield Finding(Level.WELL, "ledger", "It is whole.")
    yield from _of_vitals(vitals)
    if settings.database == "embedded" and not (settings.data_path / "clickhouse").is_dir():
        return
    try:
        connected = Store(settings.database, settings.data_path).connect()
    except StoreError as error:
        yield Finding(Level.PROBLEM, "ClickHouse", f"{error}.", "Start it, or correct the setting `database`.")
        return
    try:
        yield from _of_store(connected)
    except StoreError as error:
        yield Finding(Level.PROBLEM, "ClickHouse", f"{error}.", "See ClickHouse's own log.")
    finally:
        connected.close()


def _vitals_of(settings: Settings, connection: sqlite3.Connection, now: datetime) -> Vitals:
    """The vitals of a ledger that nobody writes."""
    waiting = [datetime.fromisoformat(erasure.requested) for erasure in unfinished(connection)]
    latest = connection.execute("SELECT value FROM meta WHERE name = 'latest'").fetchone()
    geo = GeoReader(settings.geo_path)
    return Vitals(
        spool_rows=depth(connection).rows,
        spool_limit=settings.limits.spool_rows,
        free_bytes=shutil.disk_usage(settings.data_path).free,
        free_limit=settings.limits.free_bytes,
        erasures_waiting=len(waiting),
        erasure_oldest_seconds=(now - min(waiting)).total_seconds() if waiting else 0.0,
        clock_behind_seconds=max(0, int(latest[0]) - seconds(now)) if latest else 0,
        geo_state=geo.state,
        geo_age_days=(now.date() - geo.built).days if geo.built else 0,
    )


def _of_store(connection: Connection) -> Iterator[Finding]:
    """Raises StoreError when ClickHouse ceases to answer."""
    version = str(connection.value("SELECT version()"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_CLICKHOUSE:
        yield Finding(
            Level.PROBLEM,
            "ClickHouse",
            f"Version {version} is too old.",
            f"At least {'.'.join(map(str, OLDEST_CLICKHOUSE))} is needed.",
        )
    applied = {str(row["name"]) for row in connection.rows(query("applied_migrations"))}
    shipped = set(shipped_migrations())
    if unknown := applied - shipped:
        yield Finding(
            Level.PROBLEM,
            "schema",
            f"The database is newer than this program: {', '.join(sorted(unknown))}.",
            "Install the newer program again.",
        )
    elif fresh := shipped - applied:
        words = f"{len(fresh)} migrations are not applied."
        yield Finding(Level.WARNING, "schema", words, "The next start applies them.")
    else:
        yield Finding(Level.WELL, "ClickHouse", f"Version {version}, with the schema of this program.")
    if connection.value(query("count_detached_parts"), {"tables": ["events", "consents"]}):
        yield Finding(
            Level.PROBLEM,
            "ClickHouse",
            "Detached parts are in its folder: no erasure reaches the rows in them.",
            "Attach or drop them: `SELECT * FROM system.detached_parts`.",
        )
    apart = abs((connection.value("SELECT now('UTC')").replace(tzinfo=UTC) - utc_now()).total_seconds())
    if apart > CLOCK_SECONDS:
        words = f"ClickHouse's clock and this machine's are {apart:.0f} seconds apart."
        yield Finding(Level.WARNING, "clock", words, "Set both by NTP.")
