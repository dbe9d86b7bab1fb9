"""The product as its owner runs it: a process of its own, with the demonstration shop beside it."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from databases import DATABASES

PORTS = (15_000, 32_000)

DEMO_SITE = {"key": "demo", "name": "Demo shop", "origins": ["http://127.0.0.1:1"]}
"""As much of the configured site as opens its data folder."""

CONFIGURATION = """
public_listen = "127.0.0.1:{public}"
internal_listen = "127.0.0.1:{internal}"
public_url = "http://127.0.0.1:{front}"
trusted_proxies = ["127.0.0.0/8"]
flush_seconds = {flush_seconds}
geo_file = "{geo_file}"
[limits]
requests_per_minute = 1000000
[controller]
name = "Demo shop"
[[sites]]
key = "demo"
name = "Demo shop"
origins = ["http://127.0.0.1:{shop}", "http://localhost:{shop}"]
"""


@dataclass
class Product:
    """One data folder, and the process that serves it."""

    folder: Path
    geo_file: Path
    workers: int = 0  # processes that collect; 0: the product is one process
    database: str = ""  # empty: as the run of the tests says
    flush_seconds: float = 0.1
    ports: dict[str, int] = field(default_factory=dict)
    setup_link: str = ""
    process: subprocess.Popen[str] | None = None
    data_folder: Path | None = None

    def __post_init__(self) -> None:
        """Choose ports and write the configuration."""
        self.ports = free_ports("public", "internal", "shop", "front")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(
            CONFIGURATION.format(geo_file=self.geo_file, flush_seconds=self.flush_seconds, **self.ports)
        )

    @property
    def configuration(self) -> Path:
        """The file suostumus.toml."""
        return self.folder / "suostumus.toml"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.data_folder or self.folder / "data"

    @property
    def collector(self) -> str:
        """The address at which browsers reach the collector: the proxy's, when there is one."""
        return f"http://127.0.0.1:{self.ports['front']}"

    @property
    def dashboards(self) -> str:
        """The internal listener's address."""
        return f"http://127.0.0.1:{self.ports['internal']}"

    def shop(self, host: str = "127.0.0.1") -> str:
        """The shop's address; `localhost` makes it another site than the collector's."""
        return f"http://{host}:{self.ports['shop']}"

    def launch(self) -> None:
        """Start, and wait for nothing."""
        command, environment = self.command_to_serve(), self.environment()
        log = (self.folder / "log.txt").open("a")
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()

    def start(self) -> None:
        """Start, and wait until every listener answers."""
        self.launch()
        assert self.process
        assert self.process.stdout
        for line in self.process.stdout:
            name, _, rest = line.strip().partition(" ")
            if name == "set-up":
                self.setup_link = rest.split()[0]
            if name == "ready":
                return
        self.stop()
        raise AssertionError(f"the product ended: {self.log()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process and wait for it; its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return status

    def processes(self) -> list[int]:
        """The processes that the first one has started."""
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def verify(self) -> dict[str, Any]:
        """What `suostumus verify` finds, running or not."""
        done = self.run("verify", "--json")
        assert done.stdout, done.stderr
        findings: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if findings["clean"] else 1)
        return findings

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the product to its end."""
        command = self._command(*arguments)
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)

    def log(self) -> str:
        """Everything that the process wrote to standard error."""
        return (self.folder / "log.txt").read_text()

    def command_to_serve(self) -> list[str]:
        """How the product and the demonstration shop are started."""
        shop = f"127.0.0.1:{self.ports['shop']}"
        return self._command("demo", "serve", "--shop-listen", shop, "--workers", str(self.workers))

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "suostumus.server", "--config", str(self.configuration), *arguments]

    def environment(self) -> dict[str, str]:
        """The variables with which every command runs."""
        temporary = self.folder / "temporary"
        temporary.mkdir(exist_ok=True)
        return {
            **os.environ,
            "SUOSTUMUS_DATA_DIR": str(self.data),
            "SUOSTUMUS_DATABASE": self.database or DATABASES.url_of(self.data),
            "TMPDIR": str(temporary),
        }


def free_ports(*names: str) -> dict[str, int]:
    """A free port of the loopback for each name.

    Below the ephemeral ports: a client that keeps knocking at a closed port among those may connect to itself,
    and then holds the port when the product wants it again.
    """
    ports: dict[str, int] = {}
    while len(ports) < len(names):
        port = random.randrange(*PORTS)
        with socket.socket() as one:
            if port not in ports.values() and one.connect_ex(("127.0.0.1", port)) != 0:
                ports[names[len(ports)]] = port
    return ports
