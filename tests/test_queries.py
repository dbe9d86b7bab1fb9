"""What every text of queries/ keeps to: who is hidden stays hidden, and a period is read without what is around it."""

import re
from importlib.resources import files

import pytest
from house import House, Visitor

from suostumus.dashboards.hiding import HidingError, hide, show_all

QUERIES = sorted(
    entry.name for entry in files("suostumus.dashboards").joinpath("queries").iterdir() if entry.name.endswith(".sql")
)


@pytest.mark.parametrize("name", QUERIES)
def test_every_text_has_a_place_for_the_condition_at_each_read(name: str) -> None:
    text = files("suostumus.dashboards").joinpath("queries", name).read_text("utf-8")
    reads = sum("pending" in line for line in hide(text).splitlines())
    assert reads == text.count("<shown>")
    assert "<shown>" not in hide(text) + show_all(text)


@pytest.mark.parametrize("name", QUERIES)
def test_a_text_that_begins_at_a_time_names_its_day_too(name: str) -> None:
    """The sort key has the day second and the time last: a time alone finds months only."""
    text = files("suostumus.dashboards").joinpath("queries", name).read_text("utf-8")
    begins = [read for read in text.split("FROM events")[1:] if re.search(r"\btime >= ", read)]
    assert all("toDate(time) >= " in read for read in begins)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count() FROM events",
        "SELECT count() FROM events AS raw WHERE site = 'shop'",
        "SELECT count() FROM consents\nINNER JOIN\n  rolled_sessions USING (visitor)",
        "SELECT count() FROM events WHERE <shown> AND visitor IN (SELECT visitor FROM rolled_sessions)",
        "SELECT count() FROM events WHERE <shown> AND <shown> AND visitor IN (SELECT visitor FROM events)",
        "SELECT <shown> FROM events WHERE true",
        "select count() from `events`",
        "SELECT count() FROM shop.events",
        "SELECT count() FROM consents WHERE visitor IN rolled_sessions -- WHERE <shown>",
        "SELECT count() FROM events WHERE <shown> AND site = 'shop' OR (true)",
        "SELECT count() FROM (SELECT 1 FROM events WHERE <shown> AND (name = ')' AND (true)) or true)",
        "SELECT count() FROM events WHERE <shown> AND visitor IN (SELECT visitor FROM events WHERE <shown>) OR true",
    ],
)
def test_a_query_that_hides_nobody_is_not_run(house: House, sql: str) -> None:
    reader = house.installation.parts.reader
    for ask in (reader.rows, reader.counts):
        with pytest.raises(HidingError):
            ask(sql, {})


def test_an_or_that_undoes_nothing_may_stand_there() -> None:
    inner = "SELECT count() AS n FROM events WHERE <shown> AND (site = '(' OR true) GROUP BY site HAVING n = 1 OR n = 2"
    assert "pending" in hide(f"SELECT 'OR' FROM ({inner}) WHERE n = 1 OR n = 2")


def test_counts_are_of_everybody_and_rows_of_those_who_are_shown(house: House) -> None:
    gone, stays = Visitor(house), Visitor(house)
    for visitor in (gone, stays):
        visitor.decide("accept")
        assert visitor.results(visitor.event()) == ["stored"]
    house.installation.parts.writer.flush()
    assert gone.decide("withdraw").status_code == 200
    sql = "SELECT count() AS n FROM events WHERE <shown>"
    reader = house.installation.parts.reader
    assert (reader.rows(sql, {}), reader.counts(sql, {})) == ([{"n": 1}], [{"n": 2}])
