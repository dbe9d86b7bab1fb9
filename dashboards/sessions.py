"""Sessions one by one, of visitors who agreed to be looked at as persons. Blocks; raises what the inquiry raises.

`agreed` are the versions of the notice in which agreeing to profiling is agreeing to it as it is now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from suostumus.dashboards.composition import query
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.question import over_sessions
from suostumus.dashboards.rows import Row

MOST_SESSIONS = 50
MOST_EVENTS = 1000


@dataclass(frozen=True)
class Openness:
    """How many sessions match, and how many of them may be looked at singly."""

    sessions: int
    open: int


def openness(inquiry: Inquiry, agreed: Sequence[str]) -> Openness:
    """What a list of sessions would hold; says nothing about anybody."""
    (counts,) = inquiry.rows(over_sessions("openness", inquiry.selection.filtered), 1, more={"agreed": list(agreed)})
    return Openness(counts["sessions"], counts["open"])


def listed(inquiry: Inquiry, agreed: Sequence[str]) -> list[Row]:
    """The newest sessions, each with the id of its visitor, who is to be noted as looked at."""
    sql = over_sessions("session_list", inquiry.selection.filtered)
    return inquiry.rows(sql, MOST_SESSIONS, more={"agreed": list(agreed)})


def opened(inquiry: Inquiry, agreed: Sequence[str], session: UUID) -> list[Row]:
    """The events of one session, oldest first; none when it is not there or may not be looked at."""
    return inquiry.rows(query("session_events"), MOST_EVENTS, more={"agreed": list(agreed), "session": session})
