"""SIGKILL under load, again and again: what was acknowledged is there once, who withdrew is gone."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from crowd import Account, await_erasures, gather, part
from product import Product

KILLS = int(os.environ.get("SUOSTUMUS_KILLS", "12"))
CLIENTS = 4
LOAD_SECONDS = (0.2, 1.5)
ERASE_SECONDS = 60
SEED = int(os.environ.get("SUOSTUMUS_SEED", str(random.randrange(2**32))))


@pytest.fixture
def product(tmp_path: Path, geo_file: Path) -> Iterator[Product]:
    """The product, not started."""
    product = Product(tmp_path / "product", geo_file)
    yield product
    product.stop(signal.SIGKILL)


@pytest.mark.timeout(120 + KILLS * 20)
def test_kills_under_load_lose_double_and_leave_nothing(product: Product) -> None:
    print(f"SUOSTUMUS_SEED={SEED}")
    chance = random.Random(SEED)
    product.start()
    clients = gather(product, CLIENTS, SEED)
    for _ in range(KILLS):
        time.sleep(chance.uniform(*LOAD_SECONDS))
        product.stop(signal.SIGKILL)
        product.start()
    time.sleep(LOAD_SECONDS[1])
    part(clients)
    await_erasures(product, ERASE_SECONDS)
    assert product.stop() == 0
    assert product.verify()["clean"]
    Account.of(product, clients).assert_true()
    assert "Traceback" not in product.log()
