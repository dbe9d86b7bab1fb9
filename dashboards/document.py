"""The registry in words, as docs/metrics.md prints it: `python -m suostumus.dashboards.document`."""

import sys
from collections.abc import Iterator

from suostumus.dashboards.dimensions import DIMENSIONS, Dimension
from suostumus.dashboards.metric import Metric
from suostumus.dashboards.metrics import METRICS


def document() -> str:
    """Every metric and every dimension with its definition, in Markdown."""
    return "\n".join(["## Definitions", "", *_metrics(), "## Dimensions", "", *_dimensions(), ""])


def _metrics() -> Iterator[str]:
    for metric in METRICS:
        yield from (f"### {metric.title} (`{metric.name}`)", "", metric.definition, "")
        if metric.example:
            yield from (f"*Example:* {metric.example}", "")
        yield from (_facts(metric), "")


def _facts(metric: Metric) -> str:
    grains = ", ".join(f"{grain}s" if grain != "money" else "orders and carts" for grain in metric.sql)
    counted = f" Counted over {grains}." if grains else ""
    return f"Unit: {metric.unit}.{counted} Least role: {metric.role}."


def _dimensions() -> Iterator[str]:
    yield from ("| name | title | what it is |", "| --- | --- | --- |")
    yield from (f"| `{entry.name}` | {entry.title} | {_words(entry)} |" for entry in DIMENSIONS)


def _words(entry: Dimension) -> str:
    return entry.definition + (" Each value counts the session whole." if entry.values else "")


if __name__ == "__main__":
    sys.stdout.write(document())
