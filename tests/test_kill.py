"""SIGKILL under load, again and again: what was acknowledged is there once, who withdrew is gone."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from house import CHROME
from product import Product

from suostumus.server.store import Store

KILLS = int(os.environ.get("SUOSTUMUS_KILLS", "20"))
CLIENTS = 4
LOAD_SECONDS = (0.2, 1.5)
ERASE_SECONDS = 60
SEED = int(os.environ.get("SUOSTUMUS_SEED", str(random.randrange(2**32))))

Json = dict[str, Any]


@dataclass
class Life:
    """One visitor from consent to withdrawal, or to the end."""

    token: str
    acknowledged: list[str] = field(default_factory=list)
    leaving: bool = False  # asked to withdraw
    withdrawn: bool = False  # and was told so


class Client(threading.Thread):
    """Sends like the script: repeats with the same ids until there is an answer."""

    def __init__(self, product: Product, seed: int) -> None:
        super().__init__(daemon=True)
        self._product = product
        self._random = random.Random(seed)
        self._headers = {
            "Origin": product.shop("localhost"),
            "User-Agent": CHROME,
            "Sec-Fetch-Site": "cross-site",
            "Content-Type": "text/plain",
        }
        self.lives: list[Life] = []
        self.stopping = threading.Event()
        self.failure = ""

    def run(self) -> None:
        """Live one life after another."""
        notice = self._notice()
        while not self.stopping.is_set():
            answer = self._ask("/api/consent", self._decision(notice, "accept"))
            if answer is None:
                break
            life = Life(answer["token"])
            self.lives.append(life)
            for _ in range(self._random.randrange(1, 8)):
                self._send(life)
            if self._random.random() < 0.3:
                life.leaving = True
                life.withdrawn = self._ask("/api/consent", self._decision(notice, "withdraw", life.token)) is not None

    def _send(self, life: Life) -> None:
        ids = [str(uuid4()) for _ in range(self._random.randrange(1, 6))]
        events = [
            {"id": one, "session": str(uuid4()), "name": "page_view", "time": 0, "url": self._product.shop("localhost")}
            for one in ids
        ]
        body = {"site": "demo", "token": life.token, "sent": 0, "events": events}
        answer = self._ask("/api/events", body)
        if answer is None:
            return
        results = {event["result"] for event in answer["events"]}
        if not results <= {"stored", "duplicate"}:
            self.failure = str(answer)
        life.acknowledged += ids

    def _ask(self, path: str, body: Json) -> Json | None:
        """Post until answered; None once the test is over."""
        while not self.stopping.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._product.ports["public"], timeout=10)
            try:
                connection.request("POST", path, json.dumps(body), self._headers)
                with connection.getresponse() as response:
                    content: Json = json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
                continue
            finally:
                connection.close()
            if response.status in {200, 202}:
                return content
            if response.status != http.HTTPStatus.SERVICE_UNAVAILABLE:
                self.failure = f"{response.status} {content}"
            time.sleep(0.05)
        return None

    def _decision(self, notice: Json, action: str, token: str | None = None) -> Json:
        return {
            "site": "demo",
            "action": action,
            "decision": str(uuid4()),
            "language": "fi",
            "layout": "bar",
            "surface": "banner",
            "method": "click",
            "token": token,
            **notice,
        }

    def _notice(self) -> Json:
        """What the script carries: the notice's version and the hash of what it shows."""
        connection = http.client.HTTPConnection("127.0.0.1", self._product.ports["public"], timeout=10)
        connection.request("GET", "/s/demo.js")
        script = connection.getresponse().read().decode()
        connection.close()
        shown = script.partition('"fi":{"shown":"')[2][:16]
        return {"notice": script.partition('"notice":"')[2][:16], "shown": shown}


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
    clients = [Client(product, SEED + number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(KILLS):
        time.sleep(chance.uniform(*LOAD_SECONDS))
        product.stop(signal.SIGKILL)
        product.start()
    time.sleep(LOAD_SECONDS[1])
    for client in clients:
        client.stopping.set()
        client.join()
    assert [client.failure for client in clients if client.failure] == []
    deadline = time.monotonic() + ERASE_SECONDS
    while (found := product.verify())["erasures_waiting"]:
        assert found["clean"], found
        assert time.monotonic() < deadline
    assert product.stop() == 0
    assert product.verify()["clean"]
    _assert_stored(product, [life for client in clients for life in client.lives])
    assert "Traceback" not in product.log()


def _assert_stored(product: Product, lives: list[Life]) -> None:
    store = Store("embedded", product.data)
    connection = store.connect()
    stored = [str(row["event"]) for row in connection.rows("SELECT event FROM events")]
    connection.close()
    kept = {event for life in lives for event in life.acknowledged if not life.leaving}
    gone = {event for life in lives for event in life.acknowledged if life.withdrawn}
    print(f"{KILLS} kills, {len(lives)} visitors, {len(kept)} events kept, {len(gone)} erased")
    assert len(stored) == len(set(stored))
    assert kept
    assert gone
    assert kept <= set(stored)
    assert not gone & set(stored)
