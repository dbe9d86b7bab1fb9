"""Processes and ClickHouse die and come back under load: what was acknowledged is stored once, and nothing else."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from crowd import Account, await_erasures, gather, part
from databases import EngineProcess
from faulty_proxy import Fault, FaultyProxy
from product import Product

from suostumus.server.store import Store

DISRUPTIONS = int(os.environ.get("SUOSTUMUS_DISRUPTIONS", "5"))
OUTAGE_SECONDS = float(os.environ.get("SUOSTUMUS_OUTAGE_SECONDS", "2"))  # the longest
SEED = int(os.environ.get("SUOSTUMUS_SEED", str(random.randrange(2**32))))
CLIENTS = 4
WORKERS = 4
LOAD_SECONDS = (0.2, 1.5)
ERASE_SECONDS = 120
BREAKING = 0.3  # share of requests to ClickHouse that meet a fault while it is disturbed
FAULTS = [fault for fault in Fault if fault not in {Fault.NONE, Fault.LATE, Fault.SILENT}]


@dataclass
class Stage:
    """The product in several processes, ClickHouse behind HTTP in one more, and a proxy between them."""

    product: Product
    engine: EngineProcess
    proxy: FaultyProxy
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)

    def disrupt(self, count: int) -> None:
        """So many things go wrong and are over, one after another; of each kind as many."""
        kinds = [self.kill_process, self.kill_product, self.kill_engine, self.cut_off, self.break_requests]
        deck = [kinds[number % len(kinds)] for number in range(count)]
        self.chance.shuffle(deck)
        for step in deck:
            time.sleep(self.chance.uniform(*LOAD_SECONDS))
            step()
            self.done[step.__name__.replace("_", " ")] += 1

    def kill_process(self) -> None:
        """A collector, or the owner with writer and eraser."""
        os.kill(self.chance.choice(self.product.processes()), signal.SIGKILL)

    def kill_product(self) -> None:
        """The supervisor, which ends all; then a start."""
        self.product.stop(signal.SIGKILL)
        self.product.start()

    def kill_engine(self) -> None:
        """ClickHouse, and a start of it."""
        self.engine.kill()
        self.engine = EngineProcess(self.engine.folder, self.engine.port)

    def cut_off(self) -> None:
        """ClickHouse cannot be reached for a while."""
        self.proxy.is_down = True
        time.sleep(self.chance.uniform(OUTAGE_SECONDS / 60, OUTAGE_SECONDS))
        self.proxy.is_down = False

    def break_requests(self) -> None:
        """Many requests to ClickHouse break, each in its own way."""
        self.proxy.choose = self._fault
        time.sleep(self.chance.uniform(*LOAD_SECONDS))
        self.proxy.choose = None

    def _fault(self) -> Fault:
        return self.chance.choice(FAULTS) if self.chance.random() < BREAKING else Fault.NONE


@pytest.fixture
def stage(tmp_path: Path, geo_file: Path) -> Iterator[Stage]:
    """All of it, the product not started."""
    engine = EngineProcess(tmp_path / "engine" / "clickhouse")
    connection = Store(f"{engine.url}/default", tmp_path).connect()
    connection.command("CREATE DATABASE shop")
    connection.close()
    proxy = FaultyProxy(engine.port)
    product = Product(
        tmp_path / "product", geo_file, workers=WORKERS, database=f"http://default@127.0.0.1:{proxy.port}/shop"
    )
    stage = Stage(product, engine, proxy, random.Random(SEED))
    yield stage
    product.stop(signal.SIGKILL)
    proxy.close()
    stage.engine.kill()


@pytest.mark.timeout(300 + DISRUPTIONS * (30 + OUTAGE_SECONDS))
def test_disruptions_under_load_lose_double_and_leave_nothing(stage: Stage) -> None:
    print(f"SUOSTUMUS_SEED={SEED}")
    stage.product.start()
    clients = gather(stage.product, CLIENTS, SEED)
    stage.disrupt(DISRUPTIONS)
    time.sleep(LOAD_SECONDS[1])
    part(clients)
    await_erasures(stage.product, ERASE_SECONDS)
    assert stage.product.stop() == 0
    found = stage.product.verify()
    for name, amount in [*stage.done.items(), ("without consent", found["without_consent"])]:
        print(f"{name:<20} {amount:>7}")
    assert found["clean"], found
    Account.of(stage.product, clients).assert_true()
    assert "Traceback" not in stage.product.log()
