"""How long what is kept, and what one request, one network and the queue may cost: two tables of the configuration."""

from typing import Annotated

import msgspec

from suostumus.server.tables import Table

Count = Annotated[int, msgspec.Meta(ge=1)]

LONGEST_VISITOR_MONTHS = 13


class Retention(Table, frozen=True):
    """How long what is kept. Months are calendar months."""

    consent_months: Annotated[int, msgspec.Meta(ge=1, le=13)] = 6
    visitor_months: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_VISITOR_MONTHS)] = 13
    events_months: Annotated[int, msgspec.Meta(ge=1, le=120)] = 25
    full_ip_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 30


class Limits(Table, frozen=True):
    """What one request, one network and the queue may cost."""

    body_bytes: Annotated[int, msgspec.Meta(ge=1024, le=4_194_304)] = 65_536
    events_per_request: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    requests_per_minute: Count = 600  # one network: an IPv4 address or an IPv6 /64
    spool_rows: Annotated[int, msgspec.Meta(ge=1000)] = 5_000_000  # waiting for ClickHouse; past a limit: 503
    spool_bytes: Annotated[int, msgspec.Meta(ge=1_048_576)] = 8_589_934_592
    spool_hours: Annotated[int, msgspec.Meta(ge=1)] = 168  # age of the oldest row that waits
    repeat_seconds: Annotated[int, msgspec.Meta(ge=60)] = 3600  # ids already seen are remembered as long
    order_wait_seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 3600  # for the session that placed an order
    free_bytes: Annotated[int, msgspec.Meta(ge=0)] = 536_870_912  # of the data folder's disk, kept for erasures
