"""Sessions and their events as an analyst reads them; ids stay behind, but the one by which a session is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from suostumus.dashboards.funnel import FUNNEL_STEPS
from suostumus.dashboards.labels import day_in, label, written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.rows import Row
from suostumus.dashboards.words import Words


@dataclass(frozen=True)
class SessionLine:
    """One session of a list."""

    session: str  # UUID
    started: str
    length: str
    events: int
    entry: str
    source: str
    place: str
    device: str
    reached: str  # the last step towards an order


@dataclass(frozen=True)
class EventLine:
    """One event of a session."""

    time: str
    name: str
    title: str
    path: str
    details: str


def session_lines(words: Words, rows: Sequence[Row], zone: ZoneInfo) -> list[SessionLine]:
    """The sessions, as they came."""
    return [
        SessionLine(
            session=str(row["session"]),
            started=_moment(words, row["started"], zone),
            length=written_in(words, row["seconds"], Format.DURATION),
            events=row["events"],
            entry=row["entry_page"],
            source=_joined(label(words, "channel", row["channel"]), row["campaign"]),
            place=_place(words, row),
            device=label(words, "device", row["device"]),
            reached=label(words, "step", _step(row["level"])) if row["level"] else "",
        )
        for row in rows
    ]


def event_lines(words: Words, rows: Sequence[Row], zone: ZoneInfo) -> list[EventLine]:
    """The events, as they came."""
    return [
        EventLine(
            time=f"{_local(row['time'], zone):%H:%M:%S}",
            name=row["name"],
            title=label(words, "event", row["name"]),
            path=row["path"],
            details=_details(words, row),
        )
        for row in rows
    ]


def about(words: Words, rows: Sequence[Row], zone: ZoneInfo) -> str:
    """When, from where and with what a session came: of its first event."""
    if not rows:
        return ""
    first = rows[0]
    source = _joined(label(words, "channel", first["channel"]) if first["channel"] else "", first["referrer_domain"])
    return _joined(
        _moment(words, first["time"], zone),
        source,
        first["campaign"],
        _place(words, first),
        first["browser"],
        first["system"],
        label(words, "device", first["device"]),
    )


def _details(words: Words, row: Row) -> str:
    value = f"{written_in(words, row['value'], Format.MONEY)}\u00a0{row['currency']}" if row["value"] else ""
    items = ", ".join(row["items"])
    return _joined(
        row["search_term"],
        row["link_url"],
        items,
        value,
        row["order"],
        words.text("sessions.confirmed") if row["confirmed"] else "",
        row["coupon"],
        row["shipping_tier"],
        row["payment_type"],
    )


def _place(words: Words, row: Row) -> str:
    country = label(words, "country", row["country"])
    return f"{row['city']}, {country}" if row["city"] else country


def _moment(words: Words, moment: datetime, zone: ZoneInfo) -> str:
    local = _local(moment, zone)
    return f"{day_in(words, local.date())} {local:%H:%M}"


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)


def _joined(*texts: str) -> str:
    return " · ".join(text for text in texts if text)


def _step(level: int) -> str:
    return list(FUNNEL_STEPS)[level - 1]
