"""What a decision is, and what it leaves on record: a row, a counter, and a note of what was told."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from suostumus.server.clock import iso, seconds
from suostumus.server.counters import CountKey
from suostumus.server.events import ConsentRow, Purpose
from suostumus.server.messages import Action
from suostumus.server.settings import Site
from suostumus.server.token import Token


@dataclass(frozen=True)
class Decision:
    """What a visitor decided, where, and on seeing what."""

    site: Site
    action: Action
    purposes: tuple[str, ...]  # as saved; empty for the other actions
    id: str  # UUID, made for this click
    notice: str
    shown: str  # empty: by a form on the shop's own page
    language: str
    layout: str
    surface: str
    method: str
    gpc: bool  # Sec-GPC was 1
    token: str | None
    arm: str = ""  # of an experiment: a or b


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the browser is told."""

    purposes: tuple[str, ...] = ()
    receipt: str = ""
    token: str = ""
    expires: datetime | None = None
    erasure: str = ""  # receipt of the erasure that the decision began
    notice: str = ""  # the version that was decided on
    overtaken: bool = False  # a late repeat: a newer decision of the visitor stands


def record_of(decision: Decision, token: Token, event_type: str, now: datetime) -> ConsentRow:
    """The row of `consents`. `event_type` is given, changed or withdrawn."""
    return ConsentRow(
        record_id=str(uuid4()),
        site=decision.site.key,
        visitor=token.visitor,
        generation=token.generation,
        event_type=event_type,
        event_time=iso(now),
        expiry_time=iso(datetime.fromtimestamp(token.expires, UTC)),
        purposes=token.purposes,
        privacy_notice=token.notice,
        shown=decision.shown,
        language=decision.language,
        layout=decision.layout,
        surface=decision.surface,
        method=decision.method,
        gpc=decision.gpc,
        gpc_conflict=token.gpc_conflict,
    )


def count_key(decision: Decision, kind: str, now: datetime) -> CountKey:
    """The daily counter of a kind of decision, by language, layout, notice, and the arm of an experiment."""
    arm = f"/{decision.arm}" if decision.arm else ""
    day = now.astimezone(decision.site.zone).date().isoformat()
    return CountKey(decision.site.key, day, kind, f"{decision.language}/{decision.layout}/{decision.notice}{arm}")


def recall(connection: sqlite3.Connection, decision_hash: bytes) -> Outcome | None:
    """What an earlier decision with this id was told, None when there was none."""
    found = connection.execute("SELECT outcome FROM decided WHERE id = ?", (decision_hash,)).fetchone()
    return msgspec.json.decode(found[0], type=Outcome) if found else None


def remember_outcome(
    connection: sqlite3.Connection,
    decision_hash: bytes,
    visitor_hash: bytes,
    outcome: Outcome,
    expires: datetime,
) -> None:
    """Note what was told, for a repeat whose answer was lost."""
    connection.execute(
        "INSERT INTO decided VALUES (?, ?, ?, ?)",
        (decision_hash, visitor_hash, msgspec.json.encode(outcome), seconds(expires)),
    )


def kind_of(decision: Decision, granted: tuple[str, ...]) -> str:
    """How a first answer is counted: `others` agreed to something, but not to statistics."""
    if Purpose.STATISTICS not in granted:
        return "others"
    return "accepted" if len(granted) == len(decision.site.purposes) else "partly"
