"""Visitors, sessions, bounces and sources equal hand counts, in the real engine."""

from stories import Story

from suostumus.dashboards import visits
from suostumus.dashboards.question import Question


def test_a_bounce_is_one_page_view_and_nothing_else(story: Story) -> None:
    story.event("2026-11-02 10:00", visitor=1, session=1)
    story.event("2026-11-02 10:00", visitor=2, session=2)
    story.event("2026-11-02 10:01", "add_to_wishlist", visitor=2, session=2)
    story.event("2026-11-02 10:00", visitor=3, session=3)
    story.event("2026-11-02 10:01", visitor=3, session=3)
    story.event("2026-11-02 10:00", "search", visitor=4, session=4)
    assert story.figures()["bounce_rate"] == 0.25


def test_what_a_page_measures_of_itself_changes_no_bounce(story: Story) -> None:
    for visitor, act in ((1, "scroll"), (2, "file_download")):
        story.event("2026-11-02 10:00", visitor=visitor, session=visitor)
        for name in (act, "user_engagement", "web_vitals", "exception", "page_not_found"):
            story.event("2026-11-02 10:01", name, visitor=visitor, session=visitor)
    assert story.figures()["bounce_rate"] == 0.5


def test_who_only_saw_one_product_s_page_bounced(story: Story) -> None:
    """A page tells what it shows as it is shown: that nobody did anything on it stays true."""
    shown = ("view_item", "view_item_list", "view_promotion", "view_cart", "view_search_results")
    for visitor, name in enumerate(shown, start=1):
        story.event("2026-11-02 10:00", visitor=visitor, session=visitor, path="/p/1")
        story.event("2026-11-02 10:00", name, visitor=visitor, session=visitor, path="/p/1")
    assert [row["bounce_rate"] for row in story.rows("pages")] == [1]
    story.event("2026-11-02 10:02", "view_item", visitor=1, session=1, path="/p/1")  # another product, on the same page
    assert [row["bounce_rate"] for row in story.rows("pages")] == [0.8]


def test_duration_is_from_first_to_last_event_over_all_sessions(story: Story) -> None:
    story.event("2026-11-02 10:00")
    story.event("2026-11-02 10:03")
    story.event("2026-11-02 12:00", visitor=2, session=2)
    assert story.figures()["duration"] == 90


def test_visitors_are_counted_once_over_the_whole_period(story: Story) -> None:
    for day in (2, 3, 4):
        story.event(f"2026-11-0{day} 10:00", session=day)
    assert story.figures()["visitors"] == 1
    assert story.figures()["sessions"] == 3
    assert sum(row["visitors"] or 0 for row in story.rows("series")) == 3


def test_sessions_are_of_one_visitor(story: Story) -> None:
    story.event("2026-11-02 10:00", visitor=1, session=1)
    story.event("2026-11-02 10:05", visitor=2, session=1)
    assert story.figures()["sessions"] == 2


def test_new_and_returning_visitors_add_up(story: Story) -> None:
    story.event("2026-09-02 10:00", visitor=1, session=1)
    story.event("2026-11-02 10:00", visitor=1, session=2)
    story.event("2026-11-02 10:00", visitor=2, session=3)
    story.event("2026-11-05 10:00", visitor=2, session=4)
    figures = story.figures()
    assert (figures["visitors"], figures["new_visitors"], figures["returning_visitors"]) == (2, 1, 1)


def test_over_time_a_visitor_is_new_once_and_returns_after(story: Story) -> None:
    for day in (2, 2, 5, 10):
        story.event(f"2026-11-{day:02} 10:00", session=day)
    shown = "period=custom&from=2026-11-02&to=2026-11-15&step="
    days = story.rows("series", f"{shown}day")
    assert [row["new_visitors"] for row in days if row["visitors"]] == [1, 0, 0]
    assert [row["returning_visitors"] for row in days if row["visitors"]] == [0, 1, 1]
    weeks = story.rows("series", f"{shown}week")
    assert [(row["new_visitors"], row["returning_visitors"]) for row in weeks] == [(1, 0), (0, 1)]


def test_cities_of_one_name_in_two_countries_are_two_rows(story: Story) -> None:
    story.event("2026-11-02 10:00", city="Naantali", country="FI", region="FI-19")
    story.event("2026-11-02 10:00", city="Naantali", country="EE", region="EE-37", visitor=2, session=2)
    assert sorted(row["country"] for row in story.rows("cities")) == ["EE", "FI"]
    assert story.listed("regions") == {"FI-19": 1, "EE-37": 1}


def test_pages_that_were_not_found_are_listed_with_how_often(story: Story) -> None:
    story.event("2026-11-02 10:00", path="/lamps")
    for minute, path in enumerate(("/lost", "/lost", "/gone"), 1):
        story.event(f"2026-11-02 10:0{minute}", "page_not_found", path=path)
    story.event("2026-11-03 10:00", "page_not_found", visitor=2, session=2, path="/lost")
    found = [(row["value"], row["visitors"], row["page_views"]) for row in story.rows("missing_pages")]
    assert found == [("/lost", 2, 3), ("/gone", 1, 1)]
    assert story.figures("period=month&missing_page=/gone")["sessions"] == 1


def test_sources_are_those_of_the_first_page_view(story: Story) -> None:
    story.event("2026-11-02 10:00", channel="email", utm_campaign="autumn", referrer_domain="mail.example")
    story.event("2026-11-02 10:05", channel="internal", referrer_domain="shop.example")
    assert story.listed("channels") == {"email": 1}
    assert story.listed("campaigns") == {"autumn": 1}
    assert story.listed("referrers") == {"mail.example": 1}


def test_what_adds_up_is_counted_once() -> None:
    asked = Question((visits.VISITORS, visits.NEW_VISITORS, visits.RETURNING_VISITORS)).sql()
    assert asked.count("uniqExact") == 2
    assert "new_visitors + returning_visitors AS visitors" in asked
    assert "uniqExact(person) AS visitors" in Question((visits.VISITORS, visits.NEW_VISITORS)).sql()
