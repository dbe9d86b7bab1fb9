"""What an address of the dashboards asks for is read, refused by name, and written back the same."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories import HELSINKI, NOW

from suostumus.dashboards.panels import CARDS
from suostumus.dashboards.periods import Compare, Period
from suostumus.dashboards.selection import SelectionError, parse_selection


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("period=soon", "period"),
        ("period=custom&from=2026-11-01", "to"),
        ("period=custom&from=yesterday&to=2026-11-01", "from"),
        ("period=custom&from=2026-11-02&to=2026-11-01", "to"),
        ("period=custom&from=2001-11-02&to=2026-11-01", "from, to"),
        ("period=today&from=2026-11-02&to=2026-11-01", "from, to"),
        ("period=today&period=7d", "period"),
        ("compare=maybe", "compare"),
        ("step=hour", "step"),
        ("step=minute", "step"),
        ("places=moons", "places"),
        ("nonsense=1", "nonsense"),
        ("country=F\x00I", "country"),
        (f"country={'x' * 2049}", "country"),
        ("&".join(f"country={number}" for number in range(21)), "country"),
    ],
)
def test_a_wrong_parameter_is_named(address: str, parameter: str) -> None:
    pairs = [tuple(pair.partition("=")[::2]) for pair in address.split("&")]
    with pytest.raises(SelectionError, match=rf"^{parameter}: "):
        parse_selection("shop", HELSINKI, [(name, value) for name, value in pairs], NOW)


NAMES = ["period", "from", "to", "compare", "step", "country", "page", *(card.name for card in CARDS), "x"]
VALUES = ["today", "custom", "30d", "2026-11-01", "2026-02-30", "none", "day", "FI", "cities", "", "\u2028", "9" * 30]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=20))))
def test_an_address_is_read_or_refused_and_written_back_the_same(pairs: list[tuple[str, str]]) -> None:
    try:
        selection = parse_selection("shop", HELSINKI, pairs, NOW)
    except SelectionError:
        return
    from urllib.parse import parse_qsl

    again = parse_qsl(selection.query_string(), keep_blank_values=True)
    assert parse_selection("shop", HELSINKI, again, NOW) == selection


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.integers(1, 800), st.sampled_from(["Europe/Helsinki", "UTC"]))
def test_the_period_before_ends_where_the_period_begins(first: date, days: int, zone: str) -> None:
    period = Period(first, first + timedelta(days=days - 1), ZoneInfo(zone), NOW)
    assert period.days == days
    start, end = period.before(Compare.PREVIOUS)
    assert start < end <= period.start < period.end
    start, end = period.before(Compare.YEAR)
    assert start < end <= period.start or days > 365
