"""What becomes of data in time."""

from conftest import MovingClock
from house import House, Visitor

NOBODY = "00000000-0000-0000-0000-000000000000"


def test_full_addresses_become_networks_after_thirty_days(house: House, clock: MovingClock) -> None:
    for address in ("192.0.2.123", "2001:db8:1:2:3::4"):
        visitor = Visitor(house, address=address)
        visitor.decide("accept")
        visitor.results(visitor.event())
    house.installation.parts.writer.flush()
    keeper = house.installation.parts.keeper
    clock.move(days=29)
    keeper.shorten_addresses()
    assert {row["ip"] for row in house.rows("events")} == {"192.0.2.123", "2001:db8:1:2:3::4"}
    clock.move(days=2)
    keeper.shorten_addresses()
    assert {row["ip"] for row in house.rows("events")} == {"192.0.2.0", "2001:db8:1::"}


def test_events_are_deleted_after_twenty_five_months(house: House, clock: MovingClock) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    house.rows("events")
    clock.move(days=750)
    house.installation.parts.keeper.delete_old_events()
    assert len(house.rows("events")) == 1
    clock.move(days=15)
    house.installation.parts.keeper.delete_old_events()
    assert house.rows("events") == []


def test_decisions_name_no_visitor_longer_than_events_live(house: House, clock: MovingClock) -> None:
    Visitor(house).decide("accept")
    assert str(house.rows("consents")[0]["visitor"]) != NOBODY
    clock.move(days=765)
    house.installation.parts.keeper.forget_old_visitors()
    assert str(house.rows("consents")[0]["visitor"]) != NOBODY  # events of its last day may still be there
    clock.move(days=185)
    house.installation.parts.keeper.forget_old_visitors()
    (row,) = house.rows("consents")
    assert str(row["visitor"]) == NOBODY
    assert row["purposes"]


def test_counters_reach_clickhouse_once_each(house: House, clock: MovingClock) -> None:
    keeper = house.installation.parts.keeper
    newest = "SELECT sum(count) AS n FROM daily_counts FINAL WHERE kind = 'refused'"
    for expected in (1, 2, 3):
        Visitor(house).decide("reject")
        clock.move(seconds=-30)  # not even a clock set back makes an older figure count
        keeper.mirror_counts()
        keeper.mirror_counts()
        assert house.raw(newest)[0]["n"] == expected


def test_remembered_ids_are_forgotten_and_tombstones_kept(house: House, clock: MovingClock) -> None:
    visitor = Visitor(house)
    visitor.decide("accept")
    visitor.results(visitor.event())
    visitor.decide("withdraw")
    clock.move(hours=2)
    house.installation.parts.state.forget_expired(clock())
    counted = house.installation.parts.ledger.read(
        lambda connection: [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("seen", "decided", "standings")
        ]
    )
    assert counted == [0, 0, 1]
