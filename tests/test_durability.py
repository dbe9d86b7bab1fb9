"""Files that replace others are on the disk before those go: a power failure finds one or the other."""

import pytest
from house import House, Visitor


def synced(house: House) -> int:
    """How many files the engine has synced."""
    return int(house.raw("SELECT sum(value) AS n FROM system.events WHERE event = 'FileSync'")[0]["n"])


def parts(house: House, table: str) -> int:
    """How many the table has."""
    counting = (
        f"SELECT count() AS n FROM system.parts WHERE database = currentDatabase() AND table = '{table}' AND active"
    )
    return int(house.raw(counting)[0]["n"])


@pytest.fixture
def visitors(house: House) -> list[str]:
    """Two visitors with events and a decision each, in parts of their own."""
    for _ in range(2):
        visitor = Visitor(house)
        visitor.decide("accept")
        visitor.send(visitor.event())
        house.installation.settle()
    return sorted({str(row["visitor"]) for row in house.rows("events")})


@pytest.mark.parametrize("table", ["events", "consents"])
def test_merged_and_cleansed_files_are_synced(house: House, visitors: list[str], table: str) -> None:
    assert parts(house, table) == 2
    connection = house.installation.parts.store.connect()
    before = synced(house)
    connection.command(f"OPTIMIZE TABLE {table} FINAL")
    merged = synced(house)
    assert parts(house, table) == 1
    delete = f"ALTER TABLE {table} DELETE WHERE visitor = {{visitor:UUID}}"
    connection.command(delete, {"visitor": visitors[0]}, {"mutations_sync": 2})
    connection.close()
    assert len(house.raw(f"SELECT 1 FROM {table}")) == 1
    assert before < merged < synced(house)


def test_every_table_syncs_what_it_writes_anew(house: House) -> None:
    found = house.raw(
        "SELECT name, create_table_query AS made FROM system.tables"
        " WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'migrations'"
    )
    kept = {"events", "consents", "pending", "erasures", "daily_counts", "rolled_sessions", "rolled_days"}
    assert {row["name"] for row in found} == kept
    for setting in ("fsync_after_insert = 1", "fsync_part_directory = 1", "min_rows_to_fsync_after_merge = 1"):
        assert [row["name"] for row in found if setting not in row["made"]] == []
