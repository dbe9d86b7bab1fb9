"""ClickHouse's engine behind its HTTP interface, in a process of its own: the test-only program."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from suostumus.server.store import Store

PROGRAM = Path(__file__).parent.parent / "tests" / "clickhouse_http.py"
DATABASE = "bench"


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """The setting `database` of an installation that uses it."""
        return f"{self._server}/{DATABASE}"

    @property
    def _server(self) -> str:
        return f"http://default@127.0.0.1:{self.port}"

    def create_database(self) -> None:
        """Make the database that the address names."""
        connection = Store(f"{self._server}/default", Path()).connect()
        connection.command(f"CREATE DATABASE {DATABASE}")
        connection.close()

    def cpu_seconds(self) -> float:
        """What all its threads used since it began."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_engine(folder: Path) -> Iterator[Engine]:
    """An engine with an empty database."""
    command = [sys.executable, str(PROGRAM), str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 -- ours
    try:
        assert process.stdout  # noqa: S101 -- a pipe
        engine = Engine(process, int(process.stdout.readline()))
        engine.create_database()
        yield engine
    finally:
        process.terminate()
        process.wait()
