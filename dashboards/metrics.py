"""The registry of metrics: one written definition each, the same in every panel, export, document and test."""

from suostumus.dashboards.books import BOOKS_METRICS
from suostumus.dashboards.carts import CART_METRICS
from suostumus.dashboards.funnel import REACHED, TIMES
from suostumus.dashboards.items import ITEM_METRICS
from suostumus.dashboards.metric import Metric
from suostumus.dashboards.sales import SALES_METRICS
from suostumus.dashboards.visits import COVERAGE, VISIT_METRICS

METRICS = (
    *VISIT_METRICS,
    *SALES_METRICS,
    *REACHED,
    *TIMES,
    *CART_METRICS,
    *ITEM_METRICS,
    COVERAGE,
    *BOOKS_METRICS,
)


def metric(name: str) -> Metric | None:
    """The metric with this name, None when there is none."""
    return next((entry for entry in METRICS if entry.name == name), None)
