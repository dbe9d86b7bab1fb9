"""Events on their way into ClickHouse, as tests of the writer ask about them."""

from house import House, Visitor

from suostumus.server.store import StoreError


def stored(house: House) -> list[str]:
    """The ids of the stored events."""
    return sorted(str(row["event"]) for row in house.raw("SELECT event FROM events"))


def visit(house: House, count: int = 5) -> tuple[Visitor, list[str]]:
    """A visitor with acknowledged events, and their ids; the record of the consent is stored already."""
    visitor = Visitor(house)
    visitor.decide("accept")
    house.installation.parts.writer.flush()
    events = [visitor.event() for _ in range(count)]
    assert visitor.results(*events) == ["stored"] * count
    return visitor, sorted(event["id"] for event in events)


def flush_at_last(house: House, tries: int = 4) -> None:
    """Flush as the writer's thread does: again, until it is done."""
    for _ in range(tries):
        try:
            house.installation.parts.writer.flush()
        except StoreError:
            continue
        return
    raise AssertionError("rows wait")
