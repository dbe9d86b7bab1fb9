"""Sessions one by one, of visitors who agreed to be looked at as persons. Blocks; raises what the reader raises."""

from dataclasses import dataclass
from uuid import UUID

from suostumus.dashboards.composition import query
from suostumus.dashboards.panels import Reader, Row
from suostumus.dashboards.question import over_sessions
from suostumus.dashboards.selection import Selection

MOST_SESSIONS = 50
MOST_EVENTS = 1000


@dataclass(frozen=True)
class Openness:
    """How many sessions match, and how many of them may be looked at singly."""

    sessions: int
    open: int


def openness(reader: Reader, selection: Selection) -> Openness:
    """What a list of sessions would hold; says nothing about anybody."""
    (counts,) = reader.rows(over_sessions("openness", selection.filtered), selection.parameters(1, compared=False))
    return Openness(counts["sessions"], counts["open"])


def listed(reader: Reader, selection: Selection) -> list[Row]:
    """The newest sessions, each with the id of its visitor, who is to be noted as looked at."""
    sql = over_sessions("session_list", selection.filtered)
    return reader.rows(sql, selection.parameters(MOST_SESSIONS, compared=False))


def opened(reader: Reader, selection: Selection, session: UUID) -> list[Row]:
    """The events of one session, oldest first; none when it is not there or may not be looked at."""
    return reader.rows(
        query("session_events"), selection.parameters(MOST_EVENTS, compared=False) | {"session": session}
    )
