"""Paths and retention: what the page of behaviour shows is what a hand counts."""

from datetime import date

from stories import Story

from suostumus.dashboards.export import as_csv
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.paths import MOST_PAGES, Flow, flows, read_paths
from suostumus.dashboards.retention import cohorts, read_retention
from suostumus.dashboards.words import words_of

ENGLISH = words_of("en")


def walk(story: Story, number: int, *paths: str, day: int = 2, country: str = "") -> None:
    """A session of a visitor of its own that sees pages, a minute each; told last page first."""
    for minute, path in reversed(list(enumerate(paths))):
        story.event(f"2026-11-{day:02} 10:{minute:02}", visitor=number, session=number, path=path, country=country)


def told(story: Story, query: str = "period=month") -> set[tuple[int, str, str, int]]:
    found: list[Flow] = flows(ENGLISH, read_paths(Inquiry(story.reader, story.select(query))))
    return {(flow.step, flow.source, flow.target, flow.sessions) for flow in found}


def test_paths_follow_the_order_of_time_and_end_where_sessions_end(story: Story) -> None:
    walk(story, 1, "/", "/a", "/b")
    walk(story, 2, "/", "/a")
    walk(story, 3, "/")
    assert told(story) == {
        (1, "/", "/a", 2),
        (1, "/", "left the shop", 1),
        (2, "/a", "/b", 1),
        (2, "/a", "left the shop", 1),
        (3, "/b", "left the shop", 1),
    }


def test_a_page_loaded_again_is_no_step_and_four_pages_are_enough(story: Story) -> None:
    walk(story, 1, "/", "/", "/a", "/a", "/b", "/c", "/d")
    assert told(story) == {(1, "/", "/a", 1), (2, "/a", "/b", 1), (3, "/b", "/c", 1)}


def test_pages_that_few_saw_are_taken_together(story: Story) -> None:
    for number in range(MOST_PAGES + 2):
        walk(story, number, f"/{number}", "/end")
    walk(story, 20, "/0")
    sources = [(source, sessions) for step, source, target, sessions in told(story) if step == 1 and target == "/end"]
    assert len(sources) == MOST_PAGES + 1
    assert ("other pages", 2) in sources
    assert sum(sessions for _, sessions in sources) == MOST_PAGES + 2


def test_filters_keep_whole_sessions_of_paths(story: Story) -> None:
    walk(story, 1, "/", "/a", country="FI")
    walk(story, 2, "/", "/b", country="SE")
    assert told(story, "period=month&country=FI") == {(1, "/", "/a", 1), (2, "/a", "left the shop", 1)}


def test_retention_counts_the_weeks_after_birth(story: Story) -> None:
    born = "2026-11-02T08:00:00.000Z"  # a Monday
    for visitor in (1, 2, 3, 4):
        story.event("2026-11-02 10:00", visitor=visitor, session=visitor, born=born)
    story.event("2026-11-05 10:00", visitor=1, session=11, born=born)  # still week 0
    story.event("2026-11-10 10:00", visitor=1, session=12, born=born)
    story.event("2026-11-11 10:00", visitor=1, session=13, born=born)  # the same week: counted once
    story.event("2026-11-17 10:00", visitor=2, session=21, born=born)
    story.event("2026-11-17 10:00", visitor=9, session=91, born="2026-09-01T08:00:00.000Z")  # born before the period
    (cohort,) = cohorts(ENGLISH, read_retention(Inquiry(story.reader, story.select())), date(2026, 11, 20))
    assert (cohort.title, cohort.visitors) == ("2 Nov 2026", "4")
    assert [(week.share, week.visitors) for week in cohort.weeks] == [
        ("100.0\u202f%", "4"),
        ("25.0\u202f%", "1"),
        ("25.0\u202f%", "1"),
    ]


def test_weeks_that_have_not_come_are_left_out(story: Story) -> None:
    story.event("2026-11-16 10:00", born="2026-11-16T07:00:00.000Z")
    (cohort,) = cohorts(ENGLISH, read_retention(Inquiry(story.reader, story.select())), date(2026, 11, 20))
    assert len(cohort.weeks) == 1


def test_paths_and_retention_are_files_too(story: Story) -> None:
    walk(story, 1, "/", "/a")
    walk(story, 2, "/", day=3)
    story.event("2026-11-10 10:00", visitor=1, session=11)
    paths, retention = story.table("paths"), story.table("retention")
    assert as_csv(paths).splitlines()[1:] == ["1,/,,2", "1,/,/a,1", "2,/a,,1"]
    lines = ["2026-11-02,0,2,2,1.0", "2026-11-02,1,1,2,0.5"]
    assert as_csv(retention).splitlines() == ["cohort,week,visitors,born,share", *lines]
    assert [row["cohort"] for row in story.parquet(retention)] == ["2026-11-02", "2026-11-02"]
