"""A whole installation as tests see it: its public door, its clock, its raw tables and its bytes."""

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from databases import DATABASES
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from starlette.testclient import TestClient

from suostumus.server.app import public_app
from suostumus.server.clock import Clock
from suostumus.server.installation import Installation
from suostumus.server.notice import Notice
from suostumus.server.serve import Listener
from suostumus.server.settings import check_settings
from suostumus.server.store import Connection, Row

SHOP = "https://shop.example"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

SETTINGS = """
public_url = "https://stats.shop.example"
trusted_proxies = ["203.0.113.0/24", "127.0.0.0/8"]
[limits]
requests_per_minute = 100000
[controller]
name = "Test shop"
[[sites]]
key = "shop"
name = "Test shop"
origins = ["https://shop.example"]
cookie_domain = "shop.example"
[[sites]]
key = "other"
name = "Other shop"
origins = ["https://other.example"]
"""

JsonObject = dict[str, Any]


@dataclass
class House:
    """An installation and a door to it."""

    installation: Installation
    door: TestClient
    data: Path
    closed: bool = False
    asking: Connection | None = None

    @classmethod
    def open(cls, data: Path, clock: Clock, geo_file: Path, settings: Mapping[str, object]) -> "House":
        """Open the data folder, new or as it was left. Threads are not started."""
        DATABASES.furnish(data)
        raw = msgspec.toml.decode(SETTINGS.encode()) | {
            "data_dir": str(data),
            "geo_file": str(geo_file),
            "database": DATABASES.url_of(data),
        }
        checked = check_settings(raw | settings, {})
        installation = Installation(checked, clock)
        installation.load_filter()
        door = TestClient(
            public_app(installation.parts),
            base_url=checked.public_url,
            raise_server_exceptions=True,
            client=("203.0.113.7", 50000),
        )
        return cls(installation, door, data)

    def close(self) -> None:
        """Close as a shutdown does; once is enough."""
        if not self.closed:
            self.closed = True
            self.door.close()
            if self.asking:
                self.asking.close()
            self.installation.close()

    def notice(self, site: str = "shop") -> Notice:
        """The site's present notice."""
        return self.installation.parts.notices[site]

    def rows(self, table: str) -> list[Row]:
        """Every raw row, after what waits is written."""
        self.installation.parts.writer.flush()
        return self.raw(f"SELECT * FROM {table} ORDER BY ALL")

    def raw(self, sql: str) -> list[Row]:
        """Ask the engine itself."""
        if self.asking is None:
            self.asking = self.installation.parts.store.connect()
        return self.asking.rows(sql)

    def shown(self, sql: str) -> list[Row]:
        """Ask as dashboards do."""
        return self.installation.parts.reader.rows(sql, {})

    def command(self, sql: str) -> None:
        """Have the engine do something behind the product's back."""
        connection = self.installation.parts.store.connect()
        connection.command(sql)
        connection.close()

    def counts(self, kind: str) -> dict[str, int]:
        """The daily counters of a kind, by detail."""
        self.installation.parts.tally.flush()
        found = self.installation.parts.ledger.read(
            lambda connection: connection.execute(
                "SELECT detail, sum(count) FROM counts WHERE kind = ? GROUP BY detail", (kind,)
            ).fetchall()
        )
        return dict(found)

    def uncompress(self) -> None:
        """Have the engine write plain bytes from now on, so that a byte search proves something."""
        connection = self.installation.parts.store.connect()
        for table in ("events", "rolled_sessions", "consents", "pending", "erasures", "daily_counts"):
            columns = connection.rows(
                "SELECT name, type FROM system.columns WHERE table = {table:String} AND database = currentDatabase()",
                {"table": table},
            )
            changes = ", ".join(f"MODIFY COLUMN `{row['name']}` {row['type']} CODEC(NONE)" for row in columns)
            connection.command(f"ALTER TABLE {table} {changes}")
            connection.command(f"ALTER TABLE {table} MODIFY SETTING compress_marks = 0, compress_primary_key = 0")
        connection.close()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Answer on a real socket with every thread running, as `suostumus serve` does; the address."""
        self.installation.start()
        listener = Listener(public_app(self.installation.parts), "127.0.0.1:0")
        thread = threading.Thread(target=lambda: asyncio.run(listener.serve()))
        thread.start()
        try:
            yield f"http://{listener.address}"
        finally:
            listener.stop()
            thread.join()

    def erase(self) -> None:
        """Take every withdrawal to its end."""
        self.installation.parts.writer.flush()
        self.installation.parts.eraser.erase()


@dataclass
class Visitor:
    """A browser at a shop: keeps its cookies, sends what the script sends."""

    house: House
    site: str = "shop"
    origin: str = SHOP
    address: str = "192.0.2.10"
    user_agent: str = CHROME
    headers: dict[str, str] = field(default_factory=dict)
    session: str = field(default_factory=lambda: str(uuid4()))
    token: str | None = None
    answer: JsonObject = field(default_factory=dict)

    @classmethod
    def consented(cls, house: House, **changes: Any) -> "Visitor":
        """One who accepted everything and whose one event is in ClickHouse."""
        visitor = cls(house, **changes)
        visitor.decide("accept")
        assert visitor.results(visitor.event(path="/?gclid=click", customer="c-7")) == ["stored"]
        house.installation.parts.writer.flush()
        return visitor

    @property
    def id(self) -> str:
        """The visitor's id, from the token."""
        return self.house.installation.parts.gate.authenticate(self.token, self.house.notice().site).visitor

    def send_headers(self) -> dict[str, str]:
        """What a browser adds to each request."""
        return {
            "origin": self.origin,
            "user-agent": self.user_agent,
            "x-forwarded-for": self.address,
            "content-type": "text/plain",
            "sec-fetch-site": "same-site",
        } | self.headers

    def decide(self, action: str, purposes: Iterable[str] = (), **changes: object) -> Any:
        """Post a decision; keep the token as the script would."""
        return self.post_decision(self.decision(action, purposes) | changes)

    def post_decision(self, body: JsonObject) -> Any:
        """Post a decision as it is; keep the token as the script would."""
        self.house.door.cookies.clear()
        response = self.house.door.post("/api/consent", content=msgspec.json.encode(body), headers=self.send_headers())
        if response.status_code in {200, 202}:
            self.answer = response.json()
            self.token = self.answer["token"] or response.cookies.get(f"suostumus_{self.site}")
        self.house.door.cookies.clear()
        return response

    def decision(self, action: str, purposes: Iterable[str] = ()) -> JsonObject:
        """The body of a decision."""
        notice = self.house.notice(self.site)
        return {
            "site": self.site,
            "action": action,
            "purposes": list(purposes),
            "decision": str(uuid4()),
            "notice": notice.version,
            "shown": notice.wordings["fi"].shown["bar"],
            "language": "fi",
            "layout": "bar",
            "surface": "banner",
            "method": "click",
            "token": self.token,
        }

    def send(self, *events: JsonObject, **changes: object) -> Any:
        """Post events; the answer as it came."""
        body = self.body(*events) | changes
        return self.house.door.post("/api/events", content=msgspec.json.encode(body), headers=self.send_headers())

    def results(self, *events: JsonObject, **changes: object) -> list[str]:
        """Post events; what became of each, or why it was dropped."""
        answers = self.send(*events, **changes).json()["events"]
        return [answer.get("reason") or answer["result"] for answer in answers]

    def body(self, *events: JsonObject) -> JsonObject:
        """The body of a request with events."""
        return {"site": self.site, "token": self.token, "sent": now_milliseconds(), "events": list(events)}

    def event(self, name: str = "page_view", path: str = "/", **more: object) -> JsonObject:
        """An event of this session."""
        return {
            "id": str(uuid4()),
            "session": self.session,
            "name": name,
            "time": now_milliseconds(),
            "url": f"{self.origin}{path}",
        } | more


def now_milliseconds() -> int:
    """The client's clock."""
    return int(time.time() * 1000)


def build_geo_file(path: Path) -> Path:
    """A city database in which 192.0.2.0/24 is Helsinki, 198.51.100.0/24 Stockholm and 2001:db8::/32 Tallinn."""
    writer = MMDBWriter(6, "GeoLite2-City", languages=["en"], ipv4_compatible=True)
    for network, country, region, city, latitude, longitude in (
        ("192.0.2.0/24", "FI", "18", "Helsinki", 60.1695, 24.9354),
        ("198.51.100.0/24", "SE", "AB", "Stockholm", 59.3294, 18.0686),
        ("2001:db8::/32", "EE", "37", "Tallinn", 59.437, 24.7536),
    ):
        writer.insert_network(
            IPSet([network]),
            {
                "country": {"iso_code": country},
                "subdivisions": [{"iso_code": region}],
                "city": {"names": {"en": city}},
                "location": {"latitude": latitude, "longitude": longitude},
            },
        )
    writer.to_db_file(str(path))
    return path
