"""A query of sessions names the columns that it needs, and no others."""

import re

import pytest
from stories import Story

from suostumus.dashboards import dimensions
from suostumus.dashboards.composition import compose, without_comments
from suostumus.dashboards.dimensions import DIMENSIONS
from suostumus.dashboards.narrowing import narrow
from suostumus.dashboards.panels import LIST
from suostumus.dashboards.question import Question


def told_by(sql: str) -> list[str]:
    """The columns of what is rolled up that a query reads."""
    read = re.search(r"SELECT ([\w, ]*)\n *FROM rolled_sessions", sql)
    assert read
    return read[1].split(", ")


def test_columns_that_nothing_asks_for_are_left_out() -> None:
    sql = Question(LIST, ((dimensions.COUNTRY,),)).sql()
    read = told_by(sql)
    assert "country" in read
    assert not {"city", "browser", "way", "items"} & set(read)
    assert "raw.city" not in sql
    assert "<" + "told_columns>" not in sql


def test_columns_made_of_others_are_left_out_too_and_those_that_one_needs_stay() -> None:
    sql = Question(LIST, ((dimensions.COUNTRY,),)).sql()
    assert not re.search(r"AS (weekday|hour|bucket|is_over|visitor_kind|pages)\b", sql)
    sql = Question(LIST, ((dimensions.VISITOR_KIND,),)).sql()
    assert re.search(r"AS is_new,\n.*AS visitor_kind\n", sql)
    assert "born_at" in told_by(sql)


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda entry: entry.name)
def test_told_and_rolled_columns_are_the_same_in_the_same_order(dimension: dimensions.Dimension) -> None:
    sql = without_comments(Question(LIST, ((dimension,),)).sql())
    told = sql[sql.index("told_sessions AS") : sql.index("FROM events AS raw")]
    names = re.findall(r"^    (?:[^ ].* AS )?(\w+),?$", told, re.MULTILINE)
    assert names == told_by(sql)


def test_every_column_is_known_by_its_name(story: Story) -> None:
    """All are kept when all are named: none is taken for a part of another one."""
    whole = compose("roll", {"more": ""}, ())
    names = [row["name"] for row in story.connection.rows("DESCRIBE TABLE rolled_sessions")]
    every = names[names.index("visitor") :]
    sql = narrow(f"{whole}SELECT {', '.join(every)}")
    assert without_comments(sql).startswith(without_comments(whole))
