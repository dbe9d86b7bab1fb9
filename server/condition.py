"""The condition of an installation: what was measured of it, and what is wrong, in plain words."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

CLOCK_STEP_SECONDS = 60  # an ordinary correction is smaller
SPOOL_LATE_SECONDS = 300
ERASURE_SECONDS = 900  # within which a withdrawal's bytes must be gone
GEO_FILE_DAYS = 60


class Trouble(StrEnum):
    """What can be wrong with a running installation."""

    LEDGER_UNWRITABLE = "ledger_unwritable"
    SPOOL_FULL = "spool_full"
    SPOOL_LATE = "spool_late"
    DISK_FULL = "disk_full"
    CLICKHOUSE_SILENT = "clickhouse_silent"
    DASHBOARDS_CLOSED = "dashboards_closed"
    ROWS_REFUSED = "rows_refused"
    ERASURE_OVERDUE = "erasure_overdue"
    CLOCK_BEHIND = "clock_behind"
    GEO_FILE_MISSING = "geo_file_missing"
    GEO_FILE_OLD = "geo_file_old"


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured at one moment. Nothing in it is about a person."""

    ledger_fault: str = ""  # SQLite's name of what went wrong with the last write, empty when it was done
    store_fault: str = ""  # ClickHouse's name of what went wrong, empty when it answered
    dashboards_open: bool = True
    spool_rows: int = 0
    spool_limit: int
    spool_oldest_seconds: float = 0.0
    free_bytes: int
    free_limit: int  # below it, nothing new is taken in
    rows_aside: int = 0  # refused by ClickHouse for what they hold, and kept for the operator
    erasures_waiting: int = 0
    erasure_oldest_seconds: float = 0.0
    clock_behind_seconds: int = 0  # behind the latest moment that this installation has seen
    geo_state: str = "ready"  # GeoState
    geo_age_days: int = 0


class Reason(msgspec.Struct, frozen=True):
    """One thing that is wrong."""

    trouble: Trouble
    stops: bool  # whether nothing new is taken in because of it
    words: str  # what it means
    advice: str  # what to do


class Condition(msgspec.Struct, frozen=True):
    """What /health tells on the internal listener."""

    ready: bool  # events and decisions are taken in
    reasons: list[Reason]
    vitals: Vitals
    live: bool = True


def judge(vitals: Vitals) -> Condition:
    """Find what is wrong; the reasons that stop the intake come first."""
    reasons = sorted([*_of_intake(vitals), *_of_time(vitals), *_of_surroundings(vitals)], key=lambda one: not one.stops)
    return Condition(ready=not any(reason.stops for reason in reasons), reasons=reasons, vitals=vitals)


def _of_intake(vitals: Vitals) -> Iterator[Reason]:
    if vitals.ledger_fault:
        yield Reason(
            Trouble.LEDGER_UNWRITABLE,
            stops=True,
            words=f"The ledger cannot be written ({vitals.ledger_fault}). Events and decisions are answered 503.",
            advice=_ledger_advice(vitals.ledger_fault),
        )
    if vitals.free_bytes < vitals.free_limit:
        yield Reason(
            Trouble.DISK_FULL,
            stops=True,
            words=f"Only {_mebibytes(vitals.free_bytes)} are free beside the data folder. Events are answered 503;"
            " withdrawals still go on, for which the rest is kept.",
            advice=f"Make room: at least {_mebibytes(vitals.free_limit)} (limits.free_bytes) must be free.",
        )
    if vitals.spool_rows >= vitals.spool_limit:
        yield Reason(
            Trouble.SPOOL_FULL,
            stops=True,
            words=f"{vitals.spool_rows:,} rows wait for ClickHouse, as many as may. Events are answered 503.",
            advice="Bring ClickHouse back; what waits is written by itself. limits.spool_rows may be raised.",
        )


def _of_time(vitals: Vitals) -> Iterator[Reason]:
    if vitals.spool_oldest_seconds > SPOOL_LATE_SECONDS:
        yield Reason(
            Trouble.SPOOL_LATE,
            stops=False,
            words=f"The oldest of the waiting rows has waited for {_minutes(vitals.spool_oldest_seconds)}.",
            advice="Nothing is lost. See whether ClickHouse answers, and whether the log says that rows wait.",
        )
    if vitals.rows_aside:
        yield Reason(
            Trouble.ROWS_REFUSED,
            stops=False,
            words=f"ClickHouse refused {vitals.rows_aside:,} rows for what they hold. They are kept aside; the others"
            " are stored.",
            advice="`suostumus poison` lists them by reason; `--retry` sends them again, `--drop` deletes them.",
        )
    if vitals.erasure_oldest_seconds > ERASURE_SECONDS:
        yield Reason(
            Trouble.ERASURE_OVERDUE,
            stops=False,
            words=f"A withdrawal is not verified after {_minutes(vitals.erasure_oldest_seconds)}; no query shows its"
            " visitor, but bytes may be left.",
            advice="See whether ClickHouse answers and has room to rewrite its files, and what the log says.",
        )
    if vitals.clock_behind_seconds > CLOCK_STEP_SECONDS:
        yield Reason(
            Trouble.CLOCK_BEHIND,
            stops=False,
            words=f"The clock is {_minutes(vitals.clock_behind_seconds)} behind the latest time seen here. Consents"
            " given in that time are refused until it is reached again.",
            advice="Set the clock by NTP. If the earlier time was wrong by much, docs/operations.md says how to begin"
            " a new state, which asks every visitor again.",
        )


def _of_surroundings(vitals: Vitals) -> Iterator[Reason]:
    if vitals.store_fault:
        yield Reason(
            Trouble.CLICKHOUSE_SILENT,
            stops=False,
            words=f"ClickHouse does not answer ({vitals.store_fault}). Events are kept in the spool, withdrawals wait"
            " for their deletion, dashboards show nothing.",
            advice="Start ClickHouse, or correct the setting `database`. What waits is written by itself then.",
        )
    elif not vitals.dashboards_open:
        yield Reason(
            Trouble.DASHBOARDS_CLOSED,
            stops=False,
            words="The filter of withdrawn visitors is not loaded into ClickHouse yet, so dashboards show nothing.",
            advice="Wait a moment. If it stays, the log says what ClickHouse answered.",
        )
    if vitals.geo_state in {"missing", "broken"}:
        yield Reason(
            Trouble.GEO_FILE_MISSING,
            stops=False,
            words=f"The city database is {vitals.geo_state}: countries, regions and cities stay empty.",
            advice="Run `suostumus geo update`.",
        )
    elif vitals.geo_state == "stale" or vitals.geo_age_days > GEO_FILE_DAYS:
        yield Reason(
            Trouble.GEO_FILE_OLD,
            stops=False,
            words=f"The city database in use is {vitals.geo_age_days} days old.",
            advice="Run `suostumus geo update`, best once a week by a timer.",
        )


def _ledger_advice(fault: str) -> str:
    if "FULL" in fault:
        return "The disk is full: make room. The intake goes on by itself then."
    if "READONLY" in fault or "PERM" in fault or "CANTOPEN" in fault:
        return "Make the data folder writable for this program's user; see whether its disk was mounted read-only."
    if "CORRUPT" in fault or "NOTADB" in fault:
        return "The file is damaged: stop, and restore the whole data folder from a backup (docs/operations.md)."
    return "See the disk's health and the system's log. The intake goes on by itself once it can be written."


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"


def _minutes(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
