"""The installation in figures, as Prometheus scrapes them. Labels come from closed lists and the settings."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from suostumus.server.condition import Trouble
from suostumus.server.parts import Parts

_DECISIONS: Final = ("accepted", "partly", "others", "refused", "changed", "withdrawn")

Totals = Counter[tuple[str, str, str]]  # by site, kind and detail, since the ledger began


def registry_of(parts: Parts) -> CollectorRegistry:
    """Everything that can be scraped of this process and its machine's ledger."""
    registry = CollectorRegistry()
    registry.register(_Condition(parts))
    registry.register(_Totals(parts))
    registry.register(parts.writer.insert_seconds)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


class _Condition(Collector):
    """What was measured at the last look."""

    def __init__(self, parts: Parts) -> None:
        self._watch = parts.watch

    def collect(self) -> Iterator[Metric]:
        """Gauges."""
        condition = self._watch.condition
        vitals = condition.vitals
        found = {reason.trouble for reason in condition.reasons}
        trouble = GaugeMetricFamily("suostumus_trouble", "1 while this is wrong.", labels=["trouble"])
        for one in Trouble:
            trouble.add_metric([one.value], one in found)
        yield trouble
        for name, words, value in (
            ("ready", "1 while events and decisions are taken in.", float(condition.ready)),
            ("spool_rows", "Rows that wait for ClickHouse.", vitals.spool_rows),
            ("spool_limit_rows", "Rows that may wait.", vitals.spool_limit),
            ("spool_oldest_seconds", "Age of the oldest waiting row.", vitals.spool_oldest_seconds),
            ("disk_free_bytes", "Free beside the data folder.", vitals.free_bytes),
            ("rows_aside", "Rows that ClickHouse refused, kept for the operator.", vitals.rows_aside),
            ("erasures_waiting", "Withdrawals that are not verified yet.", vitals.erasures_waiting),
            ("erasure_oldest_seconds", "Age of the oldest unverified withdrawal.", vitals.erasure_oldest_seconds),
            ("clock_behind_seconds", "How far the clock is behind the latest time seen.", vitals.clock_behind_seconds),
            ("geo_file_age_days", "Days since the city database was built.", vitals.geo_age_days),
        ):
            yield GaugeMetricFamily(f"suostumus_{name}", words, value=value)


class _Totals(Collector):
    """The daily counters, summed: they outlive the process, and all processes of the machine add to them."""

    def __init__(self, parts: Parts) -> None:
        self._ledger = parts.ledger

    def collect(self) -> Iterator[Metric]:
        """Counters. Raises LedgerError."""
        totals = self._ledger.read(totals_of)
        events = CounterMetricFamily(
            "suostumus_events", "Events by what became of them.", labels=["site", "outcome", "reason"]
        )
        decisions = CounterMetricFamily("suostumus_decisions", "Decisions of visitors.", labels=["site", "decision"])
        rejected = CounterMetricFamily("suostumus_rejected_requests", "Requests not read.", labels=["reason"])
        for (site, kind, detail), amount in sorted(totals.items()):
            if kind in {"stored", "dropped"}:
                events.add_metric([site, kind, detail], amount)
            elif kind == "rejected":
                rejected.add_metric([detail], amount)
        for (site, kind), amount in sorted(_decisions_of(totals).items()):
            decisions.add_metric([site, kind], amount)
        yield from (events, decisions, rejected)


def totals_of(connection: sqlite3.Connection) -> Totals:
    """Every counter, summed over the days."""
    rows = connection.execute("SELECT site, kind, detail, sum(count) FROM counts GROUP BY site, kind, detail")
    return Counter({(site, kind, detail): amount for site, kind, detail, amount in rows})


def _decisions_of(totals: Totals) -> Counter[tuple[str, str]]:
    """Without their details: languages, layouts and notices are not bounded over the years."""
    found: Counter[tuple[str, str]] = Counter()
    for (site, kind, _), amount in totals.items():
        if kind in _DECISIONS:
            found[site, kind] += amount
    return found
