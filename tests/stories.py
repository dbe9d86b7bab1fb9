"""Hand-made visits in a real engine: what happened is told in the shop's local time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from databases import DATABASES
from pyarrow.parquet import read_table

from suostumus.dashboards.export import parquet_query
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.panels import panel
from suostumus.dashboards.report import Table, fill
from suostumus.dashboards.rows import Row
from suostumus.dashboards.selection import Selection, parse_selection
from suostumus.server.clock import iso
from suostumus.server.events import EventRow
from suostumus.server.reader import Reader
from suostumus.server.rollup import Rollup
from suostumus.server.store import Connection, Store, migrate

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=HELSINKI)


@dataclass
class Story:
    """A database with a site's events, and an analyst who looks at it at three in the afternoon of 20 November."""

    connection: Connection
    reader: Reader
    rollup: Rollup
    now: datetime = NOW
    told: list[EventRow] = field(default_factory=list)
    births: dict[int, str] = field(default_factory=dict)  # visitors are born with their first event told
    waiting: list[bytes] = field(default_factory=list)
    is_gathering: bool = False

    @classmethod
    def begin(cls, folder: Path) -> "Story":
        """An empty database."""
        store = Store(DATABASES.url_of(folder), folder)
        connection = store.connect()
        migrate(connection)
        reader = Reader(store)
        reader.open()
        told = cls(connection, reader, Rollup(["shop", "other"], "test", store, lambda: told.now))
        return told

    def end(self) -> None:
        """Give the engine back."""
        self.reader.close()
        self.rollup.close()
        self.connection.close()

    def event(self, when: str, name: str = "page_view", visitor: int = 1, session: int = 1, **columns: object) -> None:
        """One event at a local time such as `2026-11-02 23:50`; an offset may say which of two equal hours it is."""
        told = datetime.fromisoformat(when)
        moment = iso(told if told.tzinfo else told.replace(tzinfo=HELSINKI))
        row = EventRow(
            site=str(columns.pop("site", "shop")),
            visitor=str(visitor_id(visitor)),
            generation=1,
            born=str(columns.pop("born", self.births.setdefault(visitor, moment))),
            event=str(uuid4()),
            session=str(UUID(int=1000 + session)),
            name=name,
            time=moment,
            received=moment,
        )
        columns |= item_columns(columns.pop("items", ()))
        told_row = msgspec.structs.replace(row, **({"path": "/"} if name == "page_view" else {}) | columns)
        self.told.append(told_row)
        self.waiting.append(msgspec.json.encode(msgspec.to_builtins(told_row) | {"batch": str(uuid4())}))
        if not self.is_gathering:
            self._store()

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is told meanwhile is stored at once in the end, which is faster."""
        self.is_gathering = True
        yield
        self.is_gathering = False
        self._store()

    def _store(self) -> None:
        self.connection.insert_lines("events", self.waiting)
        self.waiting = []

    def purchase(self, when: str, order: str, value: str, currency: str = "EUR", **more: object) -> None:
        """One purchase event."""
        self.event(when, "purchase", order=order, value=value, currency=currency, **more)  # type: ignore[arg-type]  # told by name

    def select(self, query: str = "period=month") -> Selection:
        """What an address asks for; the month is November, up to now."""
        pairs = [tuple(pair.partition("=")[::2]) for pair in query.split("&") if pair]
        return parse_selection("shop", HELSINKI, [(name, value) for name, value in pairs], self.now)

    def rows(self, name: str, query: str = "period=month", most: int = 100) -> list[Row]:
        """A panel's rows, by their columns."""
        table = self.table(name, query, most)
        return [{column.name: row[column.name] for column in table.panel.columns} for row in table.rows]

    def table(self, name: str, query: str = "period=month", most: int = 100) -> Table:
        """A panel, filled."""
        shown = panel(name)
        assert shown
        return fill(Inquiry(self.reader, self.select(query)), [shown], most)[name]

    def parquet(self, table: Table) -> list[Row]:
        """A table as a Parquet file, and read back."""
        content = self.reader.file(*parquet_query(table), "Parquet")
        rows: list[Row] = read_table(BytesIO(content)).to_pylist()
        return rows

    def figures(self, query: str = "period=month") -> Mapping[str, object]:
        """The head's figures of the period itself."""
        return {row["metric"]: row["current"] for row in self.rows("figures", query)}

    def before(self, query: str = "period=month") -> Mapping[str, object]:
        """The head's figures of the period before."""
        return {row["metric"]: row["previous"] for row in self.rows("figures", query)}

    def listed(self, name: str, query: str = "period=month") -> dict[str, int]:
        """A list's visitors by value."""
        return {row["value"]: row["visitors"] for row in self.rows(name, query)}


def item_columns(items: object) -> dict[str, list[object]]:
    """The columns of some items, each told as number, name, category, brand, price and quantity."""
    told = list(items)  # type: ignore[call-overload]  # told by name
    names = ("item_ids", "item_names", "item_categories", "item_brands", "item_prices", "item_quantities")
    columns = {name: [item[place] for item in told] for place, name in enumerate(names)}
    spare = {"item_variants": "", "item_coupons": "", "item_discounts": "0"}
    return columns | {name: [value] * len(told) for name, value in spare.items()} if told else {}


def visitor_id(number: int) -> UUID:
    """The id of a story's visitor."""
    return UUID(int=number)
