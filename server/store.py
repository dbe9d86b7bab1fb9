"""ClickHouse, embedded or over HTTP: the only importer of clickhouse_connect."""

import logging
import re
import threading
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

log = logging.getLogger("suostumus.store")

Value = Any  # what a column holds, as clickhouse_connect decodes it
Row = dict[str, Value]


class StoreError(Exception):
    """ClickHouse did not do what was asked. The message holds the error's class only: texts may quote values."""


class Store:
    """One database; gives each role a client of its own, because one client serialises its calls."""

    def __init__(self, database: str, data_path: Path) -> None:
        self._database = database
        self._path = data_path / "clickhouse"

    def connect(self) -> "Connection":
        """Open a client. Raises StoreError when ClickHouse cannot be reached."""
        try:
            return Connection(self._client())
        except (ClickHouseError, OSError) as error:
            raise StoreError(f"cannot open ClickHouse: {_name_of(error)}") from error

    def _client(self) -> Client:
        if self._database == "embedded":
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            return clickhouse_connect.get_client(interface="chdb", path=str(self._path))
        parts = urlsplit(self._database)
        return clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or (8443 if parts.scheme == "https" else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/"),
            autogenerate_session_id=False,
        )


class Connection:
    """One client, used by one thread at a time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()

    def close(self) -> None:
        """Give the client back. The embedded engine stops with its last client."""
        self._client.close()

    def rows(self, sql: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Run one query; values are bound as `{name:Type}`. Raises StoreError."""
        with self._lock:
            try:
                result = self._client.query(sql, parameters=dict(parameters or {}))
            except (ClickHouseError, OSError) as error:
                raise StoreError(f"query failed: {_name_of(error)}") from error
        return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]

    def value(self, sql: str, parameters: Mapping[str, Value] | None = None) -> Value:
        """The first column of the first row, None when there is no row. Raises StoreError."""
        rows = self.rows(sql, parameters)
        return next(iter(rows[0].values())) if rows else None

    def command(
        self,
        sql: str,
        parameters: Mapping[str, Value] | None = None,
        settings: Mapping[str, Value] | None = None,
    ) -> None:
        """Run one statement that answers nothing. Raises StoreError."""
        with self._lock:
            try:
                self._client.command(sql, parameters=dict(parameters or {}), settings=dict(settings or {}))
            except (ClickHouseError, OSError) as error:
                raise StoreError(f"statement failed: {_name_of(error)}") from error

    def insert_lines(self, table: str, lines: Sequence[bytes], token: str = "") -> None:
        """Insert rows given as JSON objects, durably, in one block. Raises StoreError: the outcome is then unknown.

        `token` makes ClickHouse ignore a second insert with the same token.
        """
        settings = {
            "date_time_input_format": "best_effort",
            "input_format_skip_unknown_fields": 0,
            "max_insert_block_size": 1_048_576,
        }
        if token:
            settings["insert_deduplication_token"] = token
        with self._lock:
            try:
                self._client.raw_insert(table, insert_block=b"\n".join(lines), fmt="JSONEachRow", settings=settings)
            except (ClickHouseError, OSError) as error:
                raise StoreError(f"insert failed: {_name_of(error)}") from error


def migrate(connection: Connection) -> list[str]:
    """Apply the migrations that this database has not seen, in order; return their names.

    Raises StoreError when one fails, or when the database knows a migration that this program does not.
    """
    connection.command(query("create_migrations"))
    applied = {row["name"] for row in connection.rows(query("applied_migrations"))}
    shipped = shipped_migrations()
    if unknown := applied - set(shipped):
        raise StoreError(f"the database is newer than this program: it has {', '.join(sorted(unknown))}")
    fresh = [name for name in shipped if name not in applied]
    for name in fresh:
        connection.command(files("suostumus.server").joinpath("migrations", name).read_text("utf-8"))
        connection.command(query("record_migration"), {"name": name})
    return fresh


def shipped_migrations() -> list[str]:
    """The migrations of this program, in their order."""
    folder = files("suostumus.server").joinpath("migrations")
    return sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))


def _name_of(error: Exception) -> str:
    """ClickHouse's name of an error, or its class; never its text."""
    named = re.search(r"\(([A-Z][A-Z0-9_]+)\)\s*$", str(error))
    return named[1] if named else type(error).__name__


def query(name: str) -> str:
    """The text of server/queries/NAME.sql."""
    return files("suostumus.server").joinpath("queries", f"{name}.sql").read_text("utf-8")
