"""Days, hours and weeks are those of the site, and periods are compared like with like."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from stories import HELSINKI, NOW, Story

from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.panels import panel
from suostumus.dashboards.periods import Step, buckets
from suostumus.dashboards.report import fill
from suostumus.dashboards.selection import SelectionError, parse_selection


def test_a_session_over_midnight_belongs_to_the_day_of_its_first_event(story: Story) -> None:
    story.event("2026-11-02 23:50", path="/a")
    story.event("2026-11-03 00:10", path="/b")
    days = {row["bucket"]: (row["sessions"], row["page_views"]) for row in story.rows("series") if row["sessions"]}
    assert days == {"Mon 2026-11-02": (1, 2)}
    for compare in ("previous", "none"):  # a comparison reads the day before anyway
        after = f"period=custom&from=2026-11-03&to=2026-11-03&compare={compare}"
        assert story.figures(after)["sessions"] == 0
        assert story.listed("pages", after) == {}
    assert story.figures("period=custom&from=2026-11-02&to=2026-11-02")["page_views"] == 2


def test_days_begin_at_midnight_of_the_site(story: Story) -> None:
    story.event("2026-11-01 00:00")
    story.event("2026-10-31 23:59:59", visitor=2, session=2)
    assert story.figures()["sessions"] == 1
    assert story.figures("period=custom&from=2026-10-31&to=2026-10-31")["sessions"] == 1


def test_the_day_of_the_autumn_clock_change_has_25_hours(story: Story) -> None:
    story.event("2026-10-25T03:30:00+03:00")
    story.event("2026-10-25T03:30:00+02:00", visitor=2, session=2)
    hours = story.rows("series", "period=custom&from=2026-10-25&to=2026-10-25")
    assert len(hours) == 25
    assert [row["bucket"] for row in hours if row["sessions"]] == ["2026-10-25 03:00 EEST", "2026-10-25 03:00 EET"]


def test_the_day_of_the_spring_clock_change_has_23_hours() -> None:
    hours = [bucket.title for bucket in buckets(date(2026, 3, 29), 1, Step.HOUR, HELSINKI)]
    assert len(hours) == 23
    assert hours[2:4] == ["2026-03-29 02:00", "2026-03-29 04:00"]


def test_hours_of_a_zone_with_a_half_hour_are_found_again(story: Story) -> None:
    story.event("2026-11-10T10:10:00+05:30")
    selection = parse_selection(
        "shop", ZoneInfo("Asia/Kolkata"), [("period", "custom"), ("from", "2026-11-10"), ("to", "2026-11-10")], NOW
    )
    shown = panel("series")
    assert shown
    rows = fill(Inquiry(story.reader, selection), [shown], 10)["series"].rows
    assert [row["bucket"] for row in rows if row["visitors"]] == ["2026-11-10 10:00"]


def test_weeks_begin_on_monday(story: Story) -> None:
    story.event("2026-11-08 12:00")  # a Sunday
    story.event("2026-11-09 12:00", visitor=2, session=2)
    weeks = [row["bucket"] for row in story.rows("series", "period=month&step=week") if row["visitors"]]
    assert weeks == ["2026-W45, from 2026-11-02", "2026-W46, from 2026-11-09"]


def test_a_period_can_be_compared_with_the_same_dates_a_year_before(story: Story) -> None:
    story.event("2025-11-03 10:00", visitor=1)
    story.event("2025-11-20 15:01", visitor=2, session=2)  # after this hour of the day
    story.event("2026-10-25 10:00", visitor=3, session=3)
    assert story.before("period=month&compare=year")["visitors"] == 1
    assert story.before("period=month&compare=previous")["visitors"] == 1
    with pytest.raises(SelectionError, match=r"^compare: "):
        story.select("period=custom&from=2025-11-01&to=2026-11-19&compare=year")


def test_lists_hold_the_period_only_also_when_it_is_compared(story: Story) -> None:
    story.event("2026-10-25 10:00", path="/old", country="SE", browser="Firefox")
    story.event("2026-11-02 10:00", path="/new", country="FI", browser="Chrome", session=2)
    assert story.listed("pages") == {"/new": 1}
    assert story.listed("entry_pages") == {"/new": 1}
    assert story.listed("countries") == {"FI": 1}
    assert story.listed("browsers") == {"Chrome": 1}


def test_an_unfinished_period_is_compared_with_as_much_of_the_one_before(story: Story) -> None:
    story.event("2026-11-19 14:59")  # yesterday, before this hour
    story.event("2026-11-19 15:01", visitor=2, session=2)
    story.event("2026-11-20 09:00", visitor=3, session=3)
    assert story.figures("period=today")["visitors"] == 1
    assert story.before("period=today")["visitors"] == 1
    assert story.before("period=yesterday")["visitors"] == 0
    assert set(story.before("period=today&compare=none").values()) == {None}


def test_hours_to_come_are_empty_rather_than_zero(story: Story) -> None:
    story.event("2026-11-20 09:00")
    hours = story.rows("series", "period=today")
    assert [row["visitors"] for row in hours] == [0] * 9 + [1] + [0] * 6 + [None] * 8
    assert hours[15]["bucket"].endswith("(so far)")


def test_a_period_that_is_over_has_no_bucket_that_goes_on(story: Story) -> None:
    story.event("2026-11-16 10:00")
    weeks = story.rows("series", "period=custom&from=2026-11-02&to=2026-11-17&step=week")
    assert [row["bucket"] for row in weeks if "so far" in row["bucket"]] == []


@pytest.mark.parametrize(
    ("period", "step", "cut"),
    [
        ("period=custom&from=2026-11-02&to=2026-11-15", "week", []),
        ("period=custom&from=2026-11-03&to=2026-11-14", "week", ["2026-W45", "2026-W46"]),
        ("period=custom&from=2026-09-01&to=2026-10-31", "month", []),
        ("period=custom&from=2026-09-02&to=2026-10-31", "month", ["2026-09"]),
        ("period=custom&from=2026-08-01&to=2026-10-30", "month", ["2026-10"]),
        ("period=30d", "week", ["2026-W43"]),
        ("period=custom&from=2026-11-18&to=2026-11-29", "week", ["2026-W47"]),  # though it is still going on
        ("period=custom&from=2026-11-03&to=2026-11-14", "day", []),
    ],
)
def test_a_week_or_month_that_the_period_cuts_says_so(story: Story, period: str, step: str, cut: list[str]) -> None:
    rows = story.rows("series", f"{period}&step={step}")
    assert [row["bucket"].partition(",")[0].split()[0] for row in rows if row["bucket"].endswith(" (part)")] == cut
