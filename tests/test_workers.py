"""Several processes on one data folder: one word for all, and whoever dies is started again."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from crowd import Account, Client, await_erasures, gather, part
from house import House, Visitor
from product import Product
from traces import files_with

from suostumus.server.ledger import Ledger
from suostumus.server.state import State

WORKERS = 3
CONNECTIONS = 12


@pytest.fixture
def product(tmp_path: Path, geo_file: Path) -> Iterator[Product]:
    """The product in four processes and one that watches over them, started."""
    product = Product(tmp_path / "product", geo_file, workers=WORKERS)
    product.start()
    yield product
    product.stop(signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is not only waiting to be reaped."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except FileNotFoundError:
        return False


def test_withdrawal_holds_on_every_process_before_its_answer(product: Product) -> None:
    client = Client(product, 1)
    token = client.consent()
    ends = [httpx2.Client(base_url=f"http://127.0.0.1:{product.ports['public']}") for _ in range(CONNECTIONS)]

    def results() -> set[str]:
        """What becomes of an event on each of many connections, which meet all processes."""
        told = [end.post("/api/events", content=client.body(token), headers=client.headers) for end in ends]
        return {event.get("reason") or event["result"] for one in told for event in one.json()["events"]}

    assert results() == {"stored"}
    assert client.decide("withdraw", token)
    assert results() == {"withdrawn"}
    for end in ends:
        end.close()
    await_erasures(product, 60)
    assert product.verify()["events"] == 0


def test_processes_that_die_are_started_again_and_nothing_is_lost(product: Product) -> None:
    clients = gather(product, 3, 1)
    for pid in product.processes():
        acknowledged = sum(len(life.acknowledged) for client in clients for life in client.lives)
        os.kill(pid, signal.SIGKILL)
        while sum(len(life.acknowledged) for client in clients for life in client.lives) < acknowledged + 20:
            clients[0].join(0.05)
    part(clients)
    await_erasures(product, 60)
    assert len(product.processes()) == WORKERS + 1
    assert product.stop() == 0
    assert product.verify()["clean"]
    Account.of(product, clients).assert_true()


def test_no_process_outlives_the_one_that_watches_over_it(product: Product) -> None:
    children = product.processes()
    product.stop(signal.SIGKILL)
    product.start()
    assert not [pid for pid in children if is_alive(pid)]
    assert len(product.processes()) == WORKERS + 1
    children = product.processes()
    assert product.stop() == 0
    assert not [pid for pid in children if is_alive(pid)]


def test_port_in_use_stops_the_start_and_every_process(product: Product) -> None:
    product.stop()
    with socket.socket() as other:
        other.bind(("127.0.0.1", product.ports["public"]))
        other.listen()
        done = subprocess.run(product.command_to_serve(), env=product.environment(), capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Address already in use" in done.stderr
    product.start()


def test_pages_and_copies_come_from_the_process_that_has_clickhouse(product: Product) -> None:
    client = Client(product, 1)
    token = client.consent()
    with httpx2.Client(base_url=f"http://127.0.0.1:{product.ports['public']}", headers=client.headers) as browser:
        browser.post("/api/events", content=client.body(token))
        copy = browser.post("/privacy/demo", data={"token": token, "action": "download"})
        assert browser.get("/health").json()["ready"] is True
    assert [row["name"] for row in json.loads(copy.content)["events"]] == ["page_view"]


@pytest.mark.files
def test_requests_without_consent_leave_no_trace_in_any_process(product: Product) -> None:
    marker = f"marker{uuid4().hex[:8]}"
    client = Client(product, 1)
    headers = client.headers | {"User-Agent": marker, "X-Forwarded-For": "198.51.100.77", "Cookie": f"c={marker}"}
    tokens = ["", "v1.k1.forged.token", f"v1.{marker}"]
    for number in range(60):
        with httpx2.Client(base_url=f"http://127.0.0.1:{product.ports['public']}", headers=headers) as browser:
            body = client.body(tokens[number % 3]).replace("page_view", "page_view" if number % 2 else marker)
            assert browser.post(f"/api/events?{marker}", content=body).status_code < 500
            assert browser.get(f"/privacy/demo?{marker}", headers={"Referer": marker}).status_code == 200
    client.post("/api/events", client.body(client.consent()))
    product.stop()
    assert product.verify()["events"] == 1
    assert [path for trace in (marker.encode(), b"198.51.100.77") for path in files_with(product.folder, trace)] == []


def test_new_epoch_holds_in_a_process_that_has_not_heard_of_it(house: House) -> None:
    """The one that has ClickHouse may learn late that the ledger is an older copy."""
    visitor = Visitor(house)
    visitor.decide("accept")
    parts = house.installation.parts
    ledger = Ledger(parts.ledger.path, is_joined=True)
    State(ledger, is_joining=True).renew()
    ledger.close()
    assert visitor.results(visitor.event()) == ["old_epoch"]
    assert parts.state.revision() > 0
    assert house.rows("events") == []


def test_marks_of_many_processes_leave_the_newest(house: House) -> None:
    """A mark that is torn, or older than the ledger, would end every consent at the next start."""
    path = house.installation.parts.ledger.path
    ledgers = [Ledger(path, is_joined=True) for _ in range(4)]
    states = [State(ledger, is_joining=True) for ledger in ledgers]
    with ThreadPoolExecutor(4) as pool:
        for state in states * 20:
            Visitor(house).decide("accept")
            pool.submit(state.write_mark)
    epoch = house.installation.parts.state.epoch
    for ledger in ledgers:
        ledger.close()
    house.close()
    ledger = Ledger(path)
    assert State(ledger).epoch == epoch
    ledger.close()
