"""Many withdrawals during full load, in one process and in several: hidden at once, and then nothing is left."""

import os
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from crowd import Client, await_erasures, gather, part
from databases import DATABASES
from house import House
from product import DEMO_SITE, Product
from traces import contents

from suostumus.server.clock import utc_now
from suostumus.server.store import Store

WITHDRAWALS = int(os.environ.get("SUOSTUMUS_WITHDRAWALS", "20"))
CLIENTS = 4
LEAVING_AT_ONCE = 2
LEAVING_A_SECOND = float(os.environ.get("SUOSTUMUS_LEAVING_A_SECOND", "10"))  # at most; 864,000 a day
MEASURED_SECONDS = float(os.environ.get("SUOSTUMUS_MEASURED_SECONDS", "2"))
ERASE_SECONDS = 300
FLUSH_SECONDS = 1.0  # the product's own default: shares of the load are measured
MARK = os.urandom(6)  # with it begin the leavers' events: bytes that lead to many ids in one reading of a file


@dataclass
class Leaver:
    """A visitor who is stored, and then withdraws."""

    token: str
    event: str


@pytest.fixture(params=[0, 4], ids=["one process", "four collectors"])
def product(request: pytest.FixtureRequest, tmp_path: Path, geo_file: Path) -> Iterator[Product]:
    """The product, writing plain bytes, started."""
    product = Product(tmp_path / "product", geo_file, workers=request.param, flush_seconds=FLUSH_SECONDS)
    house = House.open(product.data, utc_now, product.geo_file, {"sites": [DEMO_SITE]})
    house.uncompress()
    house.close()
    product.start()
    yield product
    product.stop()


@pytest.mark.timeout(300 + WITHDRAWALS)
@pytest.mark.files
def test_withdrawals_under_load_are_hidden_at_once_and_leave_nothing(product: Product) -> None:
    asking = Client(product, 1)
    leavers = [arrive(asking) for _ in range(WITHDRAWALS)]
    leaving, crowd = Client(product, 3), gather(product, CLIENTS, 2, leaving=0)
    before = rate(crowd, MEASURED_SECONDS)
    await_stored(product, leavers)
    began, count = time.monotonic(), acknowledged(crowd)
    with ThreadPoolExecutor(LEAVING_AT_ONCE) as pool:
        moments = [began + number / LEAVING_A_SECOND for number in range(len(leavers))]
        seconds = sorted(pool.map(lambda leaver, moment: leave(leaving, leaver, moment), leavers, moments))
    meanwhile = (acknowledged(crowd) - count) / (time.monotonic() - began)
    lasted = time.monotonic() - began
    await_erasures(product, ERASE_SECONDS)  # beside the load: it may not have to wait for a quiet hour
    after = rate(crowd, MEASURED_SECONDS)
    part(crowd)
    print(f"{'withdrawals':<28} {len(seconds):>8}")
    print(f"{'withdrawals/s':<28} {len(seconds) / lasted:>8.1f}")
    print(f"{'answered after, p50':<28} {statistics.median(seconds):>8.3f} s")
    print(f"{'answered after, p99':<28} {seconds[int(len(seconds) * 0.99) - 1]:>8.3f} s")
    print(f"{'not hidden within 1 s':<28} {leaving.answered[202]:>8}")
    print(f"{'events/s before':<28} {before:>8.0f}")
    print(f"{'events/s meanwhile':<28} {meanwhile:>8.0f}")
    print(f"{'events/s after':<28} {after:>8.0f}")
    assert product.verify()["clean"]
    assert product.stop() == 0
    assert stored_of(product, leavers) == 0
    assert events_in_files(product) & {leaver.event for leaver in leavers} == set()


def arrive(client: Client) -> Leaver:
    """Consent, and one event."""
    leaver = Leaver(client.consent(), str(UUID(bytes=MARK + os.urandom(10))))
    client.post("/api/events", client.body(leaver.token, leaver.event))
    return leaver


def leave(client: Client, leaver: Leaver, moment: float) -> float:
    """Withdraw when the moment has come; the seconds until the answer."""
    time.sleep(max(0.0, moment - time.monotonic()))
    began = time.monotonic()
    assert client.decide("withdraw", leaver.token)
    return time.monotonic() - began


def acknowledged(crowd: list[Client]) -> int:
    """Events of a crowd so far."""
    return sum(len(life.acknowledged) for client in crowd for life in client.lives)


def rate(crowd: list[Client], seconds: float) -> float:
    """Events a second."""
    before = acknowledged(crowd)
    time.sleep(seconds)
    return (acknowledged(crowd) - before) / seconds


def await_stored(product: Product, leavers: list[Leaver]) -> None:
    """The positive control: every event can be found in a file."""
    deadline = time.monotonic() + ERASE_SECONDS
    while {leaver.event for leaver in leavers} - events_in_files(product, written=True):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def events_in_files(product: Product, *, written: bool = False) -> set[str]:
    """The leavers' events that are in any file: as ClickHouse writes ids, and as texts too unless `written`."""
    found: set[str] = set()
    for content in contents(product.data):
        for at in places(content, MARK[::-1]):
            raw = content[at - 2 : at + 14]
            found.add(str(UUID(bytes=raw[7::-1] + raw[:7:-1])))
        if not written:
            text = MARK.hex()
            found |= {
                content[at : at + 36].decode("latin-1") for at in places(content, f"{text[:8]}-{text[8:]}".encode())
            }
    return found


def places(content: bytes, wanted: bytes) -> Iterator[int]:
    """Where some bytes are."""
    return (match.start() for match in re.finditer(re.escape(wanted), content))


def stored_of(product: Product, leavers: list[Leaver]) -> int:
    """Rows in the raw table."""
    connection = Store(DATABASES.url_of(product.data), product.data).connect()
    count = "SELECT count() AS n FROM events WHERE event IN {events:Array(UUID)}"
    (row,) = connection.rows(count, {"events": [leaver.event for leaver in leavers]})
    connection.close()
    return int(row["n"])
