"""ClickHouse, embedded or over HTTP: the only importer of clickhouse_connect."""

import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

log = logging.getLogger("suostumus.store")

ENGINE_OPTIONS = {"background_pool_size": "16"}
"""As many as a ClickHouse server has. The embedded engine has one a processor, and a mutation, which looks at every
part, then rests half a second after each four of them."""

OF_ENGINE = {
    "async_insert",
    "date_time_input_format",
    "input_format_skip_unknown_fields",
    "insert_deduplication_token",
    "max_insert_block_size",
}
"""Settings of an insert that are not about its way over HTTP."""

Value = Any  # what a column holds, as clickhouse_connect decodes it
Row = dict[str, Value]


CONNECT_SECONDS = 5
ANSWER_SECONDS = 300

FAULTS = (ClickHouseError, HTTPError, OSError)


ROW_FAULTS = {
    "ARGUMENT_OUT_OF_BOUND",
    "CANNOT_CONVERT_TYPE",
    "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
    "DECIMAL_OVERFLOW",
    "ILLEGAL_COLUMN",
    "INCORRECT_DATA",
    "SIZES_OF_ARRAYS_DONT_MATCH",
    "TYPE_MISMATCH",
    "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    "VIOLATED_CONSTRAINT",
}
"""ClickHouse's names for what can be wrong with a row, beside those that begin with CANNOT_PARSE_."""


class StoreError(Exception):
    """ClickHouse did not do what was asked. The message holds the error's name only: texts may quote values."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name  # ClickHouse's own, such as TABLE_IS_READ_ONLY; "" where it did not answer

    @property
    def is_about_rows(self) -> bool:
        """Whether ClickHouse refused what it was given, and would refuse it again."""
        return self.name in ROW_FAULTS or self.name.startswith("CANNOT_PARSE_")


class SchemaError(StoreError):
    """The database has migrations that this program does not know, so it must not be written to."""


class Store:
    """One database; gives each role a client of its own, because one client serialises its calls."""

    def __init__(self, database: str, data_path: Path) -> None:
        self._database = database
        self._path = data_path / "clickhouse"

    def connect(self, answer_seconds: float = ANSWER_SECONDS) -> "Connection":
        """Open a client that gives up after so long a silence. Raises StoreError when ClickHouse cannot be reached."""
        with _named("cannot open ClickHouse"):
            return Connection(self._client(answer_seconds), is_embedded=self.is_embedded)

    @property
    def is_embedded(self) -> bool:
        """Whether the engine runs in this process, and ends with it."""
        return self._database == "embedded"

    def _client(self, answer_seconds: float) -> Client:
        if self.is_embedded:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            return clickhouse_connect.get_client(interface="chdb", path=str(self._path), chdb_options=ENGINE_OPTIONS)
        parts = urlsplit(self._database)
        return clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or (8443 if parts.scheme == "https" else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/"),
            autogenerate_session_id=False,
            form_encode_query_params=True,  # addresses are logged on the way, bodies are not
            dedicated_pool=True,
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=answer_seconds,
        )


class Connection:
    """One client, used by one thread at a time."""

    def __init__(self, client: Client, *, is_embedded: bool) -> None:
        self._client = client
        self._is_embedded = is_embedded
        self._lock = threading.Lock()

    def close(self) -> None:
        """Give the client back. The embedded engine stops with its last client."""
        self._client.close()

    def rows(self, sql: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Run one query; values are bound as `{name:Type}`. Raises StoreError."""
        with self._lock, _named("query failed"):
            result = self._client.query(sql, parameters=dict(parameters or {}))
            return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]

    def value(self, sql: str, parameters: Mapping[str, Value] | None = None) -> Value:
        """The first column of the first row, None when there is no row. Raises StoreError."""
        rows = self.rows(sql, parameters)
        return next(iter(rows[0].values())) if rows else None

    def file(self, sql: str, parameters: Mapping[str, Value], form: str) -> bytes:
        """The answer of one query as a file of one of the engine's formats. Raises StoreError."""
        with self._lock:
            try:
                return bytes(self._client.raw_query(sql, parameters=dict(parameters), fmt=form))
            except (ClickHouseError, OSError) as error:
                raise StoreError(f"query failed: {_name_of(error)}") from error

    def command(
        self,
        sql: str,
        parameters: Mapping[str, Value] | None = None,
        settings: Mapping[str, Value] | None = None,
    ) -> None:
        """Run one statement that answers nothing. Raises StoreError."""
        with self._lock, _named("statement failed"):
            self._client.command(sql, parameters=dict(parameters or {}), settings=dict(settings or {}))

    def insert_lines(self, table: str, lines: Sequence[bytes], token: str = "") -> None:
        """Insert rows given as JSON objects, durably, in one block. Raises StoreError: the outcome is then unknown.

        `token` makes ClickHouse ignore a second insert with the same token; it is the query's id too.
        """
        identity = {"insert_deduplication_token": token, "query_id": token} if token else {}
        self._insert(table, lines, identity)

    def refusal_of(self, table: str, lines: Sequence[bytes]) -> str:
        """ClickHouse's name for what is wrong with rows of a table, "" when it would take them; none is stored.

        Raises StoreError when it cannot tell.
        """
        columns = self.rows(query("columns_of_table"), {"table": table})
        structure = ", ".join(f"`{column['name']}` {column['type']}" for column in columns)
        try:
            self._insert(f"FUNCTION null('{_escaped(structure)}')", lines, {})
        except StoreError as error:
            if error.is_about_rows:
                return error.name
            raise
        return ""

    def _insert(self, table: str, lines: Sequence[bytes], identity: Mapping[str, Value]) -> None:
        settings = {
            "async_insert": 0,
            "date_time_input_format": "best_effort",
            "input_format_skip_unknown_fields": 0,
            "max_insert_block_size": 1_048_576,
            "wait_end_of_query": 1,  # so that the status of the answer tells the outcome
        }
        with self._lock, _named("insert failed"):
            insert = self._insert_from_memory if self._is_embedded else self._insert_by_post
            insert(table, b"\n".join(lines), {**settings, **identity})

    def _insert_by_post(self, table: str, block: bytes, settings: Mapping[str, Value]) -> None:
        # The client sends bytes again by itself after a reset; what may be repeated is decided by the writer.
        once = (part for part in (block,))
        self._client.raw_insert(table, insert_block=once, fmt="JSONEachRow", settings=dict(settings))

    def _insert_from_memory(self, table: str, block: bytes, settings: Mapping[str, Value]) -> None:
        """The client's own way writes rows to a temporary file, which a killed process leaves behind.

        It also sets and unsets each setting by a query of its own; here they stand in the statement.
        """
        clause = ", ".join(
            f"{name} = '{_escaped(str(value))}'" for name, value in settings.items() if name in OF_ENGINE
        )
        with open(os.memfd_create("rows"), "wb") as file:  # noqa: PTH123 -- a descriptor has no path of its own
            file.write(block)
            file.flush()
            source = f"FROM INFILE '/proc/self/fd/{file.fileno()}' SETTINGS {clause} FORMAT JSONEachRow"
            self._client.command(f"INSERT INTO {table} {source}")

    def end_query(self, query_id: str) -> None:
        """Return once no query with this id runs any more. Raises StoreError."""
        if not self._is_embedded:  # whose queries end with the call that made them
            self.command(query("kill_query"), {"query_id": query_id})


def migrate(connection: Connection) -> list[str]:
    """Apply the migrations that this database has not seen, in order; return their names. Each may be applied twice.

    Raises StoreError when one fails, SchemaError when the database knows a migration that this program does not.
    """
    connection.command(query("create_migrations"))
    applied = {row["name"] for row in connection.rows(query("applied_migrations"))}
    shipped = shipped_migrations()
    if unknown := applied - set(shipped):
        raise SchemaError(f"the database is newer than this program: it has {', '.join(sorted(unknown))}")
    fresh = [name for name in shipped if name not in applied]
    for name in fresh:
        connection.command(files("suostumus.server").joinpath("migrations", name).read_text("utf-8"))
    if fresh:
        connection.command(query("record_migrations"), {"names": fresh})
    return fresh


def shipped_migrations() -> list[str]:
    """The migrations of this program, in their order."""
    folder = files("suostumus.server").joinpath("migrations")
    return sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Turn what the client raises into a StoreError that names the error and quotes nothing."""
    try:
        yield
    except FAULTS as error:
        name = _name_of(error)
        raise StoreError(f"{what}: {name or type(error).__name__}", name) from error


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _name_of(error: Exception) -> str:
    """ClickHouse's name of an error, "" when it gave none; never its text."""
    given = getattr(error, "name", None)
    found = re.search(r"\(([A-Z][A-Z0-9_]+)\)\s*$", str(error))
    return given or (found[1] if found else "")


def query(name: str) -> str:
    """The text of server/queries/NAME.sql."""
    return files("suostumus.server").joinpath("queries", f"{name}.sql").read_text("utf-8")
