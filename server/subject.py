"""Everything stored about one browser, for the person who holds its token: Article 15 of the GDPR."""

import threading
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from suostumus.server.clock import iso
from suostumus.server.events import ConsentRow, EventRow
from suostumus.server.notice import Notice
from suostumus.server.settings import Settings
from suostumus.server.spool import Spool
from suostumus.server.store import Connection, Row, Store, query
from suostumus.server.token import Token

JsonRow = dict[str, Any]

SOURCES = ("this browser", "this browser, and the shop's own server for the events that say confirmed")
"""From where the data originate: Article 15(1)(g)."""

_ROWS: dict[str, type[EventRow] | type[ConsentRow]] = {"events": EventRow, "consents": ConsentRow}
_IDS = {"events": "event", "consents": "record_id"}
_TIMES = {"events": "time", "consents": "event_time"}


class Subject:
    """Reads the queue and then the raw tables: a copy lacks nothing that moves from one to the other meanwhile.

    A row that is in both, as every one is until its batch is confirmed, counts once.
    """

    def __init__(self, settings: Settings, store: Store, spool: Spool) -> None:
        self._settings = settings
        self._store = store
        self._spool = spool
        self._connection: Connection | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()

    def count(self, token: Token) -> int:
        """How many events are stored. Raises StoreError."""
        waiting = self._waiting("events", token)
        stored = self._connected().rows(query("event_ids_of_visitor"), _whose(token))
        return len(stored) + len(_not_among(stored, waiting, "events"))

    def receipt(self, token: Token) -> str:
        """The record of the decision that the token stands for. Raises StoreError."""
        rows = self._all("consents", token)
        return next((row["record_id"] for row in rows if row["generation"] == token.generation), "")

    def copy(self, token: Token, notice: Notice) -> bytes:
        """The access copy as JSON: the rows, and what Article 15(1) asks to be told. Raises StoreError."""
        events = self._all("events", token)
        content = {
            "controller": self._settings.controller,
            "authority": self._settings.authority,
            "recipients": self._settings.notice.recipients,
            "retention": self._settings.retention,
            "notice": notice.version,
            "purposes": {purpose: notice.wording("en").purposes.get(purpose) for purpose in token.purposes},
            "legal_basis": "GDPR Article 6(1)(a)",
            "source": SOURCES[any(event["confirmed"] for event in events)],
            "automated_decisions": False,
            "consents": self._all("consents", token),
            "events": events,
        }
        return msgspec.json.format(msgspec.json.encode(content), indent=2)

    def _all(self, target: str, token: Token) -> list[JsonRow]:
        """A visitor's rows, the oldest first."""
        waiting = self._waiting(target, token)
        stored = self._connected().rows(query(f"{target}_of_visitor"), _whose(token))
        rows = [_plain(row) for row in stored] + _not_among(stored, waiting, target)
        return sorted(rows, key=lambda row: str(row[_TIMES[target]]))

    def _waiting(self, target: str, token: Token) -> list[JsonRow]:
        return [_whole_row(line, _ROWS[target]) for line in self._spool.lines_of(token.visitor, target)]

    def _connected(self) -> Connection:
        with self._opening:
            if self._connection is None:
                self._connection = self._store.connect()
            return self._connection


def _whole_row(line: bytes, kind: type[EventRow] | type[ConsentRow]) -> JsonRow:
    """A queued row with all its columns: those with their defaults are not in the line."""
    row = msgspec.json.decode(line, type=kind)
    return {field.encode_name: getattr(row, field.name) for field in msgspec.structs.fields(kind)}


def _not_among(stored: list[Row], waiting: list[JsonRow], target: str) -> list[JsonRow]:
    """The queued rows that are not stored too."""
    name = _IDS[target]
    ids = {str(row[name]) for row in stored}
    return [row for row in waiting if row[name] not in ids]


def _whose(token: Token) -> dict[str, str]:
    return {"site": token.site, "visitor": token.visitor}


def _plain(row: Row) -> JsonRow:
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain_value(entry) for entry in value]
    return value
