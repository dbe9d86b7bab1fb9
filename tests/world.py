"""A season from a seed: visitors who return, sessions over midnight, carts that come back, refunds, late events."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
from stories import HELSINKI, NOW, item_columns

from suostumus.server.clock import iso
from suostumus.server.events import EventRow

FIRST_MOMENT = datetime(2026, 9, 25, tzinfo=HELSINKI)
PATHS = ["/", "/lamps", "/boots", "/p/1", "/p/2", "/p/3", "/cart", "/äö", "/a,'b\\"]
STEPS = ["view_item", "add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "purchase"]
OTHERS = [
    "search",
    "click",
    "view_item_list",
    "view_cart",
    "remove_from_cart",
    "add_to_wishlist",
    "scroll",
    "user_engagement",
]
MILLISECONDS_OF_HALF_HOUR = 30 * 60 * 1000


@dataclass
class World:
    """Everything that happened at one site, in the order in which it arrived."""

    seed: int
    visitors: int
    rows: list[EventRow] = field(default_factory=list)
    late: list[EventRow] = field(default_factory=list)  # arrive after somebody has looked already
    _orders: int = 0

    def __post_init__(self) -> None:
        """Live through it."""
        self._chance = Random(self.seed)
        for _ in range(self.visitors):
            self._visitor()
        self._chance.shuffle(self.rows)

    def _visitor(self) -> None:
        chance = self._chance
        span = int((NOW - FIRST_MOMENT).total_seconds())
        born = FIRST_MOMENT + timedelta(seconds=chance.randrange(span))
        person = {
            "site": "shop",
            "visitor": str(UUID(int=chance.getrandbits(128), version=4)),
            "generation": 1,
            "born": iso(born.replace(microsecond=0)),
            "country": chance.choice(["FI", "FI", "SE", ""]),
            "region": chance.choice(["FI-18", "FI-19", ""]),
            "city": chance.choice(["Helsinki", "Turku", "L'Aquila", ""]),
            "browser": chance.choice(["Chrome", "Firefox"]),
            "browser_version": chance.choice(["140", "141", ""]),
            "system": chance.choice(["Windows", "iOS"]),
            "device": chance.choice(["desktop", "mobile"]),
        }
        moment = born
        for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 6])):
            moment = self._session(person, moment)
            if moment > NOW:
                return

    def _session(self, person: dict[str, object], moment: datetime) -> datetime:
        """One session; the moment at which the next one begins."""
        chance = self._chance
        if chance.random() < 0.2:  # towards midnight of the shop
            moment = max(moment, moment.astimezone(HELSINKI).replace(hour=23, minute=chance.randrange(40, 60)))
        session = str(UUID(int=chance.getrandbits(128), version=4))
        if chance.random() < 0.1:  # a journey: the place changes on the way
            person = person | {"country": "EE", "city": "Tallinn"}
        currency = chance.choice(["EUR", "EUR", "EUR", "SEK"])
        for name in self._names():
            if moment > NOW:
                break
            columns = self._columns(name, currency)
            row = EventRow(
                **person | columns,  # type: ignore[arg-type]  # columns of an event
                event=str(UUID(int=chance.getrandbits(128), version=4)),
                session=session,
                name=name,
                time=iso(moment),
                received=iso(moment + timedelta(seconds=chance.choice([0, 0, 0, 3000]))),
            )
            (self.late if chance.random() < 0.05 else self.rows).append(row)
            if row.order and chance.random() < 0.5:
                self.rows.append(self._confirmed(row, moment + timedelta(milliseconds=1)))
            moment += timedelta(milliseconds=chance.randrange(1, chance.choice([9_000, MILLISECONDS_OF_HALF_HOUR])))
        return moment + timedelta(minutes=31) + timedelta(hours=chance.choice([0, 1, 20, 24 * 9, 24 * 29]))

    def _confirmed(self, row: EventRow, moment: datetime) -> EventRow:
        """What the shop's server tells of an order: the order again, or money given back."""
        name = self._chance.choice(["purchase", "purchase", "refund"])
        told = {"order": row.order, "currency": row.currency, "value": row.value, "tax": self._money()}
        who = {"site": row.site, "visitor": row.visitor, "generation": row.generation, "born": row.born}
        event = str(UUID(int=self._chance.getrandbits(128), version=4))
        moments = {"time": iso(moment), "received": iso(moment + timedelta(days=self._chance.choice([0, 9])))}
        return EventRow(**who, **told, **moments, event=event, session=row.session, name=name, confirmed=True)  # type: ignore[arg-type]  # columns of an event

    def _names(self) -> list[str]:
        chance = self._chance
        names = ["page_view"] * chance.choice([0, 1, 1, 2, 3, 5])
        if chance.random() < 0.5:
            names += STEPS[: chance.randint(1, len(STEPS))]
        if chance.random() < 0.2:
            names += chance.choices([*STEPS, *OTHERS, "page_view", "refund"], k=chance.randint(1, 6))
        if chance.random() < 0.2:
            names.append(chance.choice(["scroll", "user_engagement", "page_not_found", "exception"]))
        return names or ["click"]

    def _columns(self, name: str, currency: str) -> dict[str, object]:
        chance = self._chance
        if name == "page_view":
            return {
                "path": chance.choice(PATHS),
                "referrer_domain": chance.choice(["", "search.example", "b.example"]),
                "referrer_host": chance.choice(["", "www.search.example"]),
                "referrer_url": chance.choice(["", "https://b.example/list"]),
                "channel": chance.choice(["direct", "organic_search", "email"]),
                "utm_source": chance.choice(["", "letter"]),
                "utm_medium": chance.choice(["", "mail"]),
                "utm_campaign": chance.choice(["", "", "autumn", "week-44"]),
                "utm_term": chance.choice(["", "boots"]),
                "utm_content": chance.choice(["", "top"]),
            }
        if name == "page_not_found":
            return {"path": chance.choice(["/lost", "/gone", *PATHS])}
        if name == "exception":
            return {"error_kind": chance.choice(["", "TypeError", "PaymentRefused"])}
        if name == "search":
            return {"search_term": chance.choice(["lamp", "boots", "äö"])}
        return (
            self._trade(name, currency)
            if name in {*STEPS, *OTHERS, "refund"} - {"click", "scroll", "user_engagement"}
            else {}
        )

    def _trade(self, name: str, currency: str) -> dict[str, object]:
        chance = self._chance
        items = [
            (
                str(64 + number),
                f"Item {number}",
                chance.choice(["Lamps", "Boots", ""]),
                "Valo",
                self._money(),
                number + 1,
            )
            for number in chance.sample(range(6), chance.randint(0, 3))
        ]
        told: dict[str, object] = {
            "value": self._money(),
            "currency": chance.choice([currency, currency, currency, ""]),
        }
        if name in {"add_payment_info", "purchase"}:
            told |= {"payment_type": chance.choice(["card", "invoice"]), "coupon": chance.choice(["", "HALF"])}
        if name in {"add_shipping_info", "purchase"}:
            told |= {"shipping_tier": chance.choice(["parcel", "pick-up"]), "shipping": chance.choice(["4.90", "0"])}
        if name == "purchase":
            told |= {"order": self._order(), "tax": self._money()}
        return told | item_columns(items)

    def _order(self) -> str:
        """Mostly a new number; sometimes one that was there before, sometimes none."""
        self._orders += 1
        number = self._chance.choice([self._orders, self._orders, self._orders, self._chance.randint(1, self._orders)])
        return self._chance.choice([f"A{number}", f"A{number}", f"A{number}", ""])

    def _money(self) -> str:
        return f"{self._chance.randrange(1, 20_000) / 100:.2f}"


def lines_of(rows: list[EventRow]) -> list[bytes]:
    """Rows as the engine takes them."""
    batch = b',"batch":"00000000-0000-4000-8000-000000000000"}'
    return [msgspec.json.encode(row)[:-1] + batch for row in rows]
