"""Charts drawn by the server: round scales, gaps, and a bucket that is not over yet."""

import pytest
from stories import HELSINKI, NOW

from suostumus.dashboards.metric import Format
from suostumus.dashboards.panels import SERIES
from suostumus.dashboards.plots import cut_before, plot, scale_top, sparkline
from suostumus.dashboards.report import Table
from suostumus.dashboards.selection import parse_selection
from suostumus.dashboards.words import words_of

ENGLISH = words_of("en")


def series(*values: float | None, going_on: bool = False, before: float | None = None) -> Table:
    """Days with these visitors; the last one is not over when it is going on."""
    last = len(values) - 1
    rows = [
        {
            "bucket": f"Mon 2026-11-{index + 1:02}" + (" (so far)" if going_on and index == last else ""),
            "visitors": value,
            "previous_visitors": before,
        }
        for index, value in enumerate(values)
    ]
    return Table(SERIES, rows)


def test_a_line_goes_over_its_box() -> None:
    drawn = plot(ENGLISH, series(0, 20, 40), "visitors", Format.COUNT)
    assert drawn.line == "0.0,100.0 500.0,50.0 1000.0,0.0"
    assert drawn.scale == ["40", "30", "20", "10", "0"]
    assert drawn.apart == []
    assert [tick.text for tick in drawn.ticks] == ["1 Nov", "2 Nov", "3 Nov"]


def test_no_line_falls_to_a_day_that_is_going_on() -> None:
    drawn = plot(ENGLISH, series(40, 40, 2, going_on=True, before=40), "visitors", Format.COUNT, cut_before={2})
    assert drawn.line == "0.0,0.0 500.0,0.0"
    assert drawn.before == "0.0,0.0 500.0,0.0"
    assert (drawn.apart, drawn.extents) == ([(1000.0, 95.0)], ["so far"])
    assert sparkline(series(40, 40, 2, going_on=True).rows, "visitors") == "0.0,0.0 1000.0,0.0"


def test_no_line_rises_from_a_week_that_the_period_cuts() -> None:
    table = series(5, 40, 40, 2, going_on=True)
    table.rows[0]["bucket"] += " (part)"
    drawn = plot(ENGLISH, table, "visitors", Format.COUNT)
    assert drawn.line == "333.3,0.0 666.7,0.0"
    assert (drawn.apart, drawn.extents) == ([(0.0, 87.5), (1000.0, 95.0)], ["part", "so far"])
    assert sparkline(table.rows, "visitors") == "0.0,0.0 1000.0,0.0"


@pytest.mark.parametrize(
    ("query", "cut"),
    [
        ("from=2026-09-07&to=2026-10-04&step=week&compare=year", {0, 4}),  # the year before they begin on a Sunday
        ("from=2026-09-07&to=2026-10-04&step=week", set()),
        ("from=2026-09-01&to=2026-10-31&step=month", {0}),  # after July the 2nd
        ("from=2026-11-02&to=2026-11-29&step=week", {2}),  # as much of October as has come of November
        ("from=2026-11-02&to=2026-11-08&step=day", set()),
    ],
)
def test_the_line_of_before_does_without_what_was_cut_then(query: str, cut: set[int]) -> None:
    pairs = [pair.split("=") for pair in f"period=custom&{query}".split("&")]
    selection = parse_selection("shop", HELSINKI, [(name, value) for name, value in pairs], NOW)
    assert cut_before(selection) == cut
    drawn = plot(ENGLISH, series(40, 40, 40, before=20), "visitors", Format.COUNT, cut_before={0})
    assert (drawn.line, drawn.before) == ("0.0,0.0 500.0,0.0 1000.0,0.0", "500.0,50.0 1000.0,50.0")


def test_another_metric_has_a_point_of_its_own_where_a_day_is_going_on() -> None:
    drawn = plot(ENGLISH, series(1, going_on=True, before=4), "visitors", Format.COUNT, beside="previous_visitors")
    assert (drawn.line, drawn.apart, drawn.before, drawn.apart_beside) == ("", [(0.0, 75.0)], "", [(0.0, 0.0)])


def test_a_single_day_is_a_dot() -> None:
    assert plot(ENGLISH, series(2), "visitors", Format.COUNT).line == "0.0,50.0 0.0,50.0"


def test_days_without_a_value_keep_their_places() -> None:
    drawn = plot(ENGLISH, series(40, None, 20, None, going_on=True), "visitors", Format.COUNT)
    assert drawn.line == "0.0,0.0 666.7,50.0"
    assert drawn.apart == []


def test_a_chart_of_nothing_is_empty() -> None:
    drawn = plot(ENGLISH, series(None, None), "visitors", Format.COUNT)
    assert (drawn.line, drawn.area, drawn.before) == ("", "", "")


@pytest.mark.parametrize(
    ("highest", "form", "top"),
    [
        (0, Format.COUNT, 4),
        (3, Format.COUNT, 4),
        (5, Format.COUNT, 8),
        (501, Format.COUNT, 600),
        (1945, Format.COUNT, 2000),
        (0.081, Format.RATE, 0.1),
        (0, Format.RATE, 1),
        (97, Format.DURATION, 100),
    ],
)
def test_the_divisions_of_a_scale_are_round(highest: float, form: Format, top: float) -> None:
    assert scale_top(highest, form) == pytest.approx(top)
