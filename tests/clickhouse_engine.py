"""ClickHouse's engine in this process, asked as a server is: each query under its id, with settings of its own."""

import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import chdb

INSERT = re.compile(rb"\A(?:\s*--[^\n]*\n)*\s*INSERT\s+INTO\s+[^;]*?\bFORMAT\s+(\w+)\s*\n", re.IGNORECASE)
ANSWERS_ROWS = re.compile(
    r"\A(?:\s*--[^\n]*\n)*\s*(?:SELECT|WITH|SHOW|DESCRIBE|DESC|EXISTS|EXPLAIN|KILL)\b", re.IGNORECASE
)
TRAILING_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*\Z", re.IGNORECASE)
SETTING = re.compile(r"\A[a-z_][a-z0-9_]*\Z")

# exceptionCodeToHTTPStatus of ClickHouse's src/Server/HTTP/exceptionCodeToHTTPStatus.cpp, by error name.
STATUSES = {
    HTTPStatus.UNAUTHORIZED: {"REQUIRED_PASSWORD"},
    HTTPStatus.FORBIDDEN: {"UNKNOWN_USER", "WRONG_PASSWORD", "AUTHENTICATION_FAILED"},
    HTTPStatus.BAD_REQUEST: {"SYNTAX_ERROR", "INCORRECT_DATA", "TYPE_MISMATCH", "BAD_ARGUMENTS"},
    HTTPStatus.NOT_FOUND: {"UNKNOWN_TABLE", "UNKNOWN_DATABASE", "UNKNOWN_IDENTIFIER", "UNKNOWN_SETTING"},
    HTTPStatus.REQUEST_TIMEOUT: {"TIMEOUT_EXCEEDED"},
    HTTPStatus.NOT_IMPLEMENTED: {"NOT_IMPLEMENTED"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"SOCKET_TIMEOUT", "CANNOT_SCHEDULE_TASK"},
}


class Refused(Exception):  # noqa: N818 -- an answer, not a fault
    """What ClickHouse answers instead of a result."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        named = re.search(r"Code: (\d+)\..*\(([A-Z0-9_]+)\)\s*\Z", text, re.DOTALL)
        self.code = int(named[1]) if named else 1002
        self.name = named[2] if named else "UNKNOWN_EXCEPTION"

    @property
    def status(self) -> HTTPStatus:
        """The status of the answer."""
        for status, names in STATUSES.items():
            if self.name in names or (status is HTTPStatus.BAD_REQUEST and self.name.startswith("CANNOT_PARSE_")):
                return status
        return HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass
class Asked:
    """One request, taken apart."""

    query: str
    data: bytes  # of an INSERT
    parameters: dict[str, str]
    settings: dict[str, str]
    database: str
    query_id: str
    format: str


@dataclass
class Answered:
    """A result and its statistics."""

    body: bytes
    format: str  # empty where a statement has no result
    summary: dict[str, str]


class Engine:
    """One data folder; each query has a handle of its own, so that queries run side by side."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._temporary = path / "tmp"
        self._keeper = _connect(self._path)  # the engine ends with its last handle
        self._temporary.mkdir(exist_ok=True)
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self.version, self.time_zone = self._text("SELECT version(), timezone()").strip().split("\t")

    def close(self) -> None:
        """Let the engine end."""
        self._keeper.close()

    def answer(self, asked: Asked) -> Answered:
        """Run one query. Raises Refused."""
        with self._running_as(asked.query_id), self._handle(asked) as handle:
            if asked.data or INSERT.match(asked.query.encode()):
                return self._insert(handle, asked)
            named = TRAILING_FORMAT.search(asked.query)
            has_rows = bool(ANSWERS_ROWS.match(asked.query))
            # KILL QUERY finds a query by the id that its client gave; the engine gives ids of its own.
            query = asked.query
            if re.match(r"(?:\s*--[^\n]*\n)*\s*KILL\s+QUERY\b", query, re.IGNORECASE):
                query = re.sub(r"\bquery_id\b(?!:)", "Settings['log_comment']", query)
            result = _run(handle, query, asked.format, asked.parameters)
            summary = {
                "read_rows": str(result.rows_read()),
                "read_bytes": str(result.bytes_read()),
                "elapsed_ns": str(int(result.elapsed() * 1e9)),
            }
            return Answered(result.bytes() or b"", (named[1] if named else asked.format) if has_rows else "", summary)

    def _insert(self, handle: Any, asked: Asked) -> Answered:
        with tempfile.NamedTemporaryFile(dir=self._temporary, suffix=".insert") as file:
            file.write(asked.data)
            file.flush()
            head, _, form = asked.query.strip().rpartition("FORMAT ")
            result = _run(handle, f"{head} FROM INFILE '{file.name}' FORMAT {form}", "TabSeparated", asked.parameters)
        rows, size = str(result.rows_read()), str(result.bytes_read())
        return Answered(b"", "", {"read_rows": rows, "read_bytes": size, "written_rows": rows, "written_bytes": size})

    @contextmanager
    def _running_as(self, query_id: str) -> Iterator[None]:
        with self._lock:
            if query_id in self._running:
                raise Refused(
                    f"Code: 216. DB::Exception: Query with id = {query_id} is already running."
                    " (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)"
                )
            self._running.add(query_id)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(query_id)

    @contextmanager
    def _handle(self, asked: Asked) -> Iterator[Any]:
        handle = _connect(self._path)
        try:
            if asked.database:
                _run(handle, f"USE {_quote_name(asked.database)}", "TabSeparated", {})
            for name, value in {**asked.settings, "log_comment": asked.query_id}.items():
                if not SETTING.match(name):
                    raise Refused(f"Code: 115. DB::Exception: Unknown setting {name!r}. (UNKNOWN_SETTING)")
                _run(handle, f"SET {name} = {_quote(value)}", "TabSeparated", {})
            yield handle
        finally:
            handle.close()

    def _text(self, query: str) -> str:
        return str(_run(self._keeper, query, "TabSeparated", {}).bytes().decode())


def _connect(path: str) -> Any:
    return chdb.connect(path)  # type: ignore[no-untyped-call]  # chdb tells no types


def _run(handle: Any, query: str, form: str, parameters: Mapping[str, str]) -> Any:
    try:
        return handle.query(query, form, params=dict(parameters))
    except Exception as error:
        text = str(error)
        place = text.find("Code: ")
        raise Refused(text[max(place, 0) :].strip()) from error


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quote_name(text: str) -> str:
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"
