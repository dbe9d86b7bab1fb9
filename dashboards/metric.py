"""What a metric is: one written definition, and how its values are counted and written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from suostumus.dashboards.dimensions import Grain, Part


class Format(StrEnum):
    """How a value is written."""

    COUNT = "count"
    RATE = "rate"  # a share between 0 and 1, written as per cent
    RATIO = "ratio"  # a number of things for each other thing
    DURATION = "duration"  # seconds
    MONEY = "money"  # a decimal in the row's currency
    TEXT = "text"
    TIME = "time"  # an aware moment, written in the site's time zone


class Role(StrEnum):
    """Who may see a figure at least."""

    VIEWER = "viewer"  # aggregates only
    ANALYST = "analyst"  # single sessions too


@dataclass(frozen=True)
class Metric:
    """One figure, with the definition that docs/metrics.md prints."""

    name: str
    title: str
    unit: str
    format: Format
    definition: str
    rising_is_good: bool | None = True  # None: neither
    sql: Mapping[Grain, str] = field(default_factory=dict, hash=False)  # an aggregate; `<views>` is what Dimension says
    in_bucket: str = ""  # an aggregate over the sessions of one bucket of time, where that is another one
    part: Part | None = None
    example: str = ""
    addends: tuple[str, ...] = ()  # metrics that add up to it: where they are asked as well, nothing is counted twice
    role: Role = Role.VIEWER
