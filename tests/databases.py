"""Where tests keep their rows: the embedded engine, the engine behind HTTP, or a ClickHouse server that is named.

`SUOSTUMUS_TEST_DATABASE=http` puts the engine behind its HTTP interface; `SUOSTUMUS_TEST_CLICKHOUSE=http(s)://…` names
a real server. Each data folder then has a database of its own, which is dropped after its test.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from suostumus.server.store import Store, migrate

ENGINE = Path(__file__).with_name("clickhouse_http.py")


class EngineProcess:
    """The engine behind HTTP, in a process of its own."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        command = [sys.executable, str(ENGINE), str(folder), "--port", str(port)]
        self.folder = folder
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())

    @property
    def url(self) -> str:
        """The server's address, without a database."""
        return f"http://default@127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it, as a service manager does."""
        self.process.terminate()
        self._reap()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.process.kill()
        self._reap()

    def _reap(self) -> None:
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


class Databases:
    """One database for each data folder."""

    def __init__(self) -> None:
        self._named: dict[Path, str] = {}
        self._server = os.environ.get("SUOSTUMUS_TEST_CLICKHOUSE", "")
        self.is_embedded = not self._server and os.environ.get("SUOSTUMUS_TEST_DATABASE", "embedded") == "embedded"
        self.folder: Path | None = None  # of the engine's files, where they are within reach

    @property
    def shows_files(self) -> bool:
        """Whether a byte search can reach what is stored."""
        return not os.environ.get("SUOSTUMUS_TEST_CLICKHOUSE")

    def furnish(self, data: Path) -> None:
        """Give a new data folder its tables as files, where they are files: making them takes a sixth of a second."""
        folder = data / "clickhouse"
        if self.is_embedded and not folder.exists():
            shutil.copytree(self._made() / "clickhouse", folder, symlinks=True)

    @cache  # noqa: B019 -- there is one
    def _made(self) -> Path:
        """A data folder whose engine has made the tables and ended."""
        data = Path(tempfile.mkdtemp(prefix="suostumus-"))
        atexit.register(shutil.rmtree, data)
        connection = Store("embedded", data).connect()
        migrate(connection)
        connection.close()
        return data

    def url_of(self, data: Path) -> str:
        """The setting `database` of an installation with this data folder."""
        if self.is_embedded:
            return "embedded"
        if data not in self._named:
            name = f"suostumus_{uuid4().hex}"
            self._command("CREATE DATABASE {name:Identifier}", name)
            self._named[data] = name
        return self._url(self._named[data])

    @property
    def port(self) -> int:
        """The server's port."""
        return urlsplit(self._url("default")).port or 8123

    def by_port(self, data: Path, port: int) -> str:
        """The same, by way of another port of the loopback."""
        parts = urlsplit(self.url_of(data))
        login, _, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))

    def rename(self, data: Path, name: str) -> None:
        """Give a data folder another name; its database goes with it."""
        data.rename(data.with_name(name))
        if data in self._named:
            self._named[data.with_name(name)] = self._named.pop(data)

    def named(self) -> frozenset[Path]:
        """The data folders that have a database now."""
        return frozenset(self._named)

    def drop(self, kept: frozenset[Path] = frozenset()) -> None:
        """Drop the databases of what has ended."""
        for data in self._named.keys() - kept:
            self._command("DROP DATABASE {name:Identifier} SYNC", self._named.pop(data))

    def _command(self, sql: str, name: str) -> None:
        connection = Store(self._url("default"), Path()).connect()
        connection.command(sql, {"name": name})
        connection.close()

    def _url(self, name: str) -> str:
        if not self._server:
            self.folder = Path(tempfile.mkdtemp(prefix="suostumus-")) / "clickhouse"
            engine = EngineProcess(self.folder)
            atexit.register(engine.stop)
            self._server = engine.url
        return urlunsplit(urlsplit(self._server)._replace(path=f"/{name}"))


DATABASES = Databases()
