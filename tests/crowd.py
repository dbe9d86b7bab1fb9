"""Visitors in threads who talk to a running product as the script does: they repeat until they are answered."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from databases import DATABASES
from house import CHROME
from product import Product

from suostumus.server.store import Store

Json = dict[str, Any]

PATIENCE_SECONDS = 60


@dataclass
class Life:
    """One visitor from consent to withdrawal, or to the end."""

    token: str
    acknowledged: list[str] = field(default_factory=list)
    leaving: bool = False  # asked to withdraw
    withdrawn: bool = False  # and was told so


class Client(threading.Thread):
    """Sends like the script: repeats with the same ids until there is an answer."""

    def __init__(self, product: Product, seed: int, leaving: float = 0.3) -> None:
        super().__init__(daemon=True)
        self.leaving = leaving  # share of the lives that end with a withdrawal
        self._product = product
        self._random = random.Random(seed)
        self.headers = {
            "Origin": product.shop("localhost"),
            "User-Agent": CHROME,
            "Sec-Fetch-Site": "cross-site",
            "Content-Type": "text/plain",
        }
        self._notice: Json = {}
        self.answered: Counter[int] = Counter()  # by status
        self.lives: list[Life] = []
        self.stopping = threading.Event()
        self.failure = ""

    def run(self) -> None:
        """Live one life after another."""
        while not self.stopping.is_set():
            answer = self.decide("accept")
            if answer is None:
                break
            life = Life(answer["token"])
            self.lives.append(life)
            for _ in range(self._random.randrange(1, 8)):
                self._send(life)
            if self._random.random() < self.leaving:
                life.leaving = True
                life.withdrawn = self.decide("withdraw", life.token) is not None

    def decide(self, action: str, token: str | None = None) -> Json | None:
        """One decision; what was answered, None once the test is over."""
        return self.post("/api/consent", self._decision(action, token))

    def consent(self) -> str:
        """Accept everything; the token."""
        answer = self.decide("accept")
        assert answer
        return str(answer["token"])

    def body(self, token: str, *ids: str) -> str:
        """A request with events, one unless their ids are given."""
        events = [
            {"id": one, "session": str(uuid4()), "name": "page_view", "time": 0, "url": self._product.shop("localhost")}
            for one in ids or (str(uuid4()),)
        ]
        return json.dumps({"site": "demo", "token": token, "sent": 0, "events": events})

    def _send(self, life: Life) -> None:
        ids = [str(uuid4()) for _ in range(self._random.randrange(1, 6))]
        answer = self.post("/api/events", self.body(life.token, *ids))
        if answer is None:
            return
        results = {event["result"] for event in answer["events"]}
        if not results <= {"stored", "duplicate"}:
            self.failure = str(answer)
        life.acknowledged += ids

    def post(self, path: str, body: str) -> Json | None:
        """Post until answered; None once the test is over."""
        while not self.stopping.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._product.ports["public"], timeout=10)
            try:
                connection.request("POST", path, body, self.headers)
                with connection.getresponse() as response:
                    content: Json = json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
                continue
            finally:
                connection.close()
            if response.status in {200, 202}:
                self.answered[response.status] += 1
                return content
            if response.status != http.HTTPStatus.SERVICE_UNAVAILABLE:
                self.failure = f"{response.status} {content}"
            time.sleep(0.05)
        return None

    def _decision(self, action: str, token: str | None) -> str:
        if not self._notice:
            self._notice = self._read_notice()
        decision = {
            "site": "demo",
            "action": action,
            "decision": str(uuid4()),
            "language": "fi",
            "layout": "bar",
            "surface": "banner",
            "method": "click",
            "token": token,
        }
        return json.dumps(decision | self._notice)

    def _read_notice(self) -> Json:
        """What the script carries: the notice's version and the hash of what it shows."""
        script = ""
        while not script and not self.stopping.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._product.ports["public"], timeout=10)
            try:
                connection.request("GET", "/s/demo.js")
                script = connection.getresponse().read().decode()
            except (OSError, http.client.HTTPException):  # killed before it answered
                time.sleep(0.05)
            finally:
                connection.close()
        shown = script.partition('"fi":{"shown":"')[2][:16]
        return {"notice": script.partition('"notice":"')[2][:16], "shown": shown}


@dataclass(frozen=True)
class Account:
    """What was acknowledged beside what is stored."""

    acknowledged: int  # of visitors who stayed
    stored: int
    lost: int
    doubled: int
    erased: int  # acknowledged, of visitors who withdrew
    left: int  # of those, still stored

    @classmethod
    def of(cls, product: Product, clients: Sequence[Client]) -> "Account":
        """Compare the crowd's memory with the raw table."""
        lives = [life for client in clients for life in client.lives]
        connection = Store(product.database or DATABASES.url_of(product.data), product.data).connect()
        stored = [str(row["event"]) for row in connection.rows("SELECT event FROM events")]
        connection.close()
        kept = {event for life in lives for event in life.acknowledged if not life.leaving}
        gone = {event for life in lives for event in life.acknowledged if life.withdrawn}
        return cls(
            acknowledged=len(kept),
            stored=len(stored),
            lost=len(kept - set(stored)),
            doubled=len(stored) - len(set(stored)),
            erased=len(gone),
            left=len(gone & set(stored)),
        )

    def assert_true(self) -> None:
        """Nothing is lost, doubled or left, and there was something to lose and to leave."""
        for name, amount in asdict(self).items():
            print(f"{name:<20} {amount:>7}")
        assert (self.lost, self.doubled, self.left) == (0, 0, 0)
        assert self.acknowledged
        assert self.erased


def gather(product: Product, count: int, seed: int, leaving: float = 0.3) -> list[Client]:
    """So many visitors, who have begun; `leaving` is the share of the lives that end with a withdrawal."""
    clients = [Client(product, seed + number, leaving) for number in range(count)]
    for client in clients:
        client.start()
    return clients


def part(clients: Sequence[Client]) -> None:
    """Send them home once somebody stayed and somebody left; none of them saw an answer that nobody should see."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(client.leaving for client in clients) and not _is_telling(
        [life for one in clients for life in one.lives]
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join()
    assert [client.failure for client in clients if client.failure] == []


def _is_telling(lives: Sequence[Life]) -> bool:
    """Whether something can be lost, and something be left: a busy machine lives few lives in the same time."""
    known = [life for life in lives if life.acknowledged]
    return any(life.withdrawn for life in known) and any(not life.leaving for life in known)


def await_erasures(product: Product, seconds: float) -> None:
    """Until no withdrawal waits; `verify` never finds anything."""
    deadline = time.monotonic() + seconds
    while (found := product.verify())["erasures_waiting"]:
        assert found["clean"], found
        assert time.monotonic() < deadline
