"""The dashboards' figures equal hand counts, in the real engine."""

import csv
import io
import json
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from stories import HELSINKI, NOW, Story, visitor_id

from suostumus.dashboards import dimensions, sales, visits
from suostumus.dashboards.dimensions import DIMENSIONS
from suostumus.dashboards.document import document
from suostumus.dashboards.export import as_csv, as_json
from suostumus.dashboards.funnel import FUNNEL_STEPS
from suostumus.dashboards.headline import coverage
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.lists import list_view
from suostumus.dashboards.panels import PANELS, panel
from suostumus.dashboards.periods import Step, buckets
from suostumus.dashboards.question import Question, QuestionError
from suostumus.dashboards.report import Table, fill, live
from suostumus.dashboards.selection import SelectionError, parse_selection
from suostumus.dashboards.words import words_of

QUERIES = sorted(
    entry.name.removesuffix(".sql")
    for entry in files("suostumus.dashboards").joinpath("queries").iterdir()
    if not entry.name.startswith("_")
)
OTHER_QUERIES = {
    "parquet",
    "question",
    "live",
    "live_events",
    "openness",
    "session_list",
    "session_events",
    "paths",
    "retention",
    "rolled_days",
    "roll",
}
DOCUMENT = Path(__file__).parent.parent / "docs" / "metrics.md"


ONLY: dict[str, tuple[str, dict[str, object]]] = {  # by dimension: a value, and an event that alone has it
    "page": ("/seen", {"path": "/seen"}),
    "entry_page": ("/in", {"path": "/in"}),
    "exit_page": ("/out", {"path": "/out"}),
    "referrer": ("b.example", {"referrer_domain": "b.example"}),
    "referrer_host": ("a.b.example", {"referrer_host": "a.b.example"}),
    "referrer_url": ("https://b.example/", {"referrer_url": "https://b.example/"}),
    "channel": ("email", {"channel": "email"}),
    "campaign": ("autumn", {"utm_campaign": "autumn"}),
    "source": ("letter", {"utm_source": "letter"}),
    "medium": ("mail", {"utm_medium": "mail"}),
    "term": ("boots", {"utm_term": "boots"}),
    "content": ("top", {"utm_content": "top"}),
    "country": ("FI", {"country": "FI"}),
    "region": ("FI-18", {"region": "FI-18"}),
    "city": ("Turku", {"city": "Turku"}),
    "browser": ("Firefox", {"browser": "Firefox"}),
    "browser_release": ("Edge 140", {"browser": "Edge", "browser_version": "140"}),
    "system": ("Linux", {"system": "Linux"}),
    "device": ("tablet", {"device": "tablet"}),
    "weekday": ("7", {"when": "2026-11-01 15:00"}),
    "hour": ("4", {"when": "2026-11-02 04:00"}),
    "visitor_kind": ("returning", {"born": "2026-01-01T00:00:00Z"}),
    "event": ("click", {"name": "click"}),
    "search_term": ("lamp", {"search_term": "lamp"}),
    "item": ("64", {"items": [("64", "Lamp", "", "", "1", 1)]}),
    "item_category": ("Lamps", {"items": [("", "", "Lamps", "", "1", 1)]}),
    "item_brand": ("Valo", {"items": [("", "", "", "Valo", "1", 1)]}),
    "coupon": ("HALF", {"coupon": "HALF"}),
    "payment_type": ("card", {"payment_type": "card"}),
    "shipping_tier": ("parcel", {"shipping_tier": "parcel"}),
    "cart_step": ("begin_checkout", {"name": "begin_checkout"}),
}


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


def test_a_bounce_is_one_page_view_and_nothing_else(story: Story) -> None:
    story.event("2026-11-02 10:00", visitor=1, session=1)
    story.event("2026-11-02 10:00", visitor=2, session=2)
    story.event("2026-11-02 10:01", "view_item", visitor=2, session=2)
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


def test_an_order_number_counts_once_by_its_first_purchase(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.00")
    story.purchase("2026-11-02 10:01", "A1", "60.00")
    story.purchase("2026-11-03 10:00", "A1", "70.00", visitor=2, session=2)
    (money,) = story.rows("revenue")
    assert (money["orders"], money["revenue"]) == (1, Decimal("50.00"))
    assert story.figures()["orders"] == 1
    assert story.figures()["conversion"] == 0.5


def test_an_order_of_an_earlier_period_does_not_count_again(story: Story) -> None:
    story.purchase("2026-08-02 10:00", "A1", "50.00")
    story.purchase("2026-11-02 10:00", "A1", "50.00", session=2)
    assert story.rows("revenue") == []
    assert story.figures()["orders"] == 0


def test_order_numbers_of_other_sites_are_other_orders(story: Story) -> None:
    story.purchase("2026-11-01 10:00", "A1", "10.00", site="other", visitor=2, session=2)
    story.purchase("2026-11-02 10:00", "A1", "50.00")
    assert [row["revenue"] for row in story.rows("revenue")] == [Decimal("50.00")]


def test_purchases_without_an_order_number_are_orders_of_their_own(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "", "10.00")
    story.purchase("2026-11-02 10:05", "", "10.00")
    assert story.figures()["orders"] == 2
    assert story.figures()["conversion"] == 1


def test_refunds_are_subtracted_and_shown_apart(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.10", tax="9.70", shipping="4.90")
    story.event("2026-11-05 10:00", "refund", session=2, order="A1", value="20.05", currency="EUR")
    (money,) = story.rows("revenue")
    assert money == {
        "currency": "EUR",
        "orders": 1,
        "revenue": Decimal("30.05"),
        "purchases": Decimal("50.10"),
        "refunds": Decimal("20.05"),
        "tax": Decimal("9.70"),
        "shipping": Decimal("4.90"),
        "average_order": Decimal("50.10"),
        "previous_revenue": None,
    }


def test_currencies_are_never_summed(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.00")
    story.purchase("2026-11-02 10:01", "A2", "500.00", "SEK")
    assert {row["currency"]: row["revenue"] for row in story.rows("revenue")} == {
        "EUR": Decimal("50.00"),
        "SEK": Decimal("500.00"),
    }
    figures = story.figures()
    assert (figures["orders"], figures["conversion"]) == (2, 1)


def test_money_is_exact(story: Story) -> None:
    for number in range(10):
        story.purchase("2026-11-02 10:00", f"A{number}", "0.10")
    assert story.rows("revenue")[0]["revenue"] == Decimal("1.00")


def test_a_filter_never_cuts_a_session(story: Story) -> None:
    story.event("2026-11-02 10:00", path="/a", country="FI")
    story.event("2026-11-02 10:05", path="/b", country="SE")
    story.purchase("2026-11-02 10:10", "A1", "50.00", country="SE")
    story.event("2026-11-02 10:00", path="/c", country="SE", visitor=2, session=2)
    for kept in ("page=/b", "country=FI", "page=/a&country=FI", "entry_page=/a", "page=/b&page=/nothing"):
        figures = story.figures(f"period=month&{kept}")
        assert (figures["sessions"], figures["page_views"], figures["orders"]) == (1, 2, 1), kept
        assert figures["duration"] == 600, kept
        assert story.listed("pages", f"period=month&{kept}") == {"/a": 1, "/b": 1}, kept
    assert story.figures("period=month&country=SE")["sessions"] == 1
    assert story.figures("period=month&page=/b&country=SE")["sessions"] == 0


def test_every_dimension_filters(story: Story) -> None:
    story.event("2026-11-03 10:00", "view_item", visitor=1)
    for number, (_, told) in enumerate(ONLY.values(), 2):
        story.event(**({"when": "2026-11-02 15:00", "visitor": number, "session": number} | told))  # type: ignore[arg-type]  # told by name
    for name, (value, _) in ONLY.items():
        assert story.figures(f"period=month&{name}={value}")["visitors"] == 1, name
    assert set(ONLY) == {entry.name for entry in DIMENSIONS}


def test_filter_values_are_never_sql(story: Story) -> None:
    for hostile in ("') OR 1=1 --", "\\", "\\')", "'", '"', "{country:String}", "%", "äö 🙂", "[]", "a,b"):
        assert story.listed("countries", f"period=month&city={hostile}") == {}
    story.event("2026-11-02 10:00", city="L'Aquila \\ {x:String}")
    assert story.listed("countries", "period=month&city=L'Aquila \\ {x:String}") == {"": 1}


def test_pending_visitors_are_in_no_panel(story: Story) -> None:
    for visitor in (1, 2):
        story.event("2026-11-20 14:50", visitor=visitor, session=visitor, path=f"/{visitor}", country="FI")
        story.purchase("2026-11-20 14:51", f"A{visitor}", "10.00", visitor=visitor, session=visitor)
    hide = "INSERT INTO pending (machine, visitor) SELECT generateUUIDv4(), {visitor:UUID}"
    story.connection.command(hide, {"visitor": str(visitor_id(1))})
    assert story.figures()["visitors"] == 1
    assert story.figures()["orders"] == 1
    assert story.listed("pages") == {"/2": 1}
    assert story.listed("countries") == {"FI": 1}
    assert [row["sessions"] for row in story.rows("funnel")] == [0] * 6
    now = live(story.reader, "shop", NOW)
    assert (now.visitors, {row["path"] for row in now.events}) == (1, {"/2", ""})


def test_the_funnel_counts_steps_in_order(story: Story) -> None:
    for minute, step in enumerate(FUNNEL_STEPS):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=1, session=1)
    for minute, step in enumerate(["view_item", "add_to_cart", "purchase"]):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=2, session=2)
    for minute, step in enumerate(["add_to_cart", "view_item"]):
        story.event(f"2026-11-02 10:0{minute}", step, visitor=3, session=3)
    funnel = story.rows("funnel")
    assert [row["sessions"] for row in funnel] == [3, 2, 1, 1, 1, 1]
    assert (funnel[1]["of_first"], funnel[2]["of_previous"]) == (2 / 3, 0.5)


def test_the_time_between_steps_is_that_of_the_first_way_through_them(story: Story) -> None:
    told = [("10:00", "view_item"), ("10:01", "view_item"), ("10:05", "add_to_cart"), ("10:06", "begin_checkout")]
    for clock, name in told:
        story.event(f"2026-11-02 {clock}", name)
    story.event("2026-11-02 10:00", "view_item", visitor=2, session=2)
    story.event("2026-11-02 10:03", "add_to_cart", visitor=2, session=2)
    steps = {row["step"]: (row["count"], row["seconds"]) for row in story.rows("session_steps")}
    assert steps["view_item"] == (2, None)
    assert steps["add_to_cart"] == (2, 240)  # the median of five minutes and three
    assert steps["begin_checkout"] == (1, 60)
    assert steps["purchase"] == (0, None)


def test_a_visitors_way_goes_over_sessions_within_thirty_days(story: Story) -> None:
    story.event("2026-10-02 10:00", "view_item", session=1)  # too early for the order, and for the cart that led to it
    story.event("2026-11-10 10:00", "view_item", session=2)
    story.event("2026-11-12 10:00", "add_to_cart", session=3)
    story.event("2026-11-12 10:10", "begin_checkout", session=3)
    address = "period=custom&from=2026-10-01&to=2026-11-20"
    steps = {row["step"]: (row["count"], row["seconds"]) for row in story.rows("visitor_steps", address)}
    assert steps["add_to_cart"] == (1, 2 * 86_400)
    assert steps["begin_checkout"] == (1, 600)
    assert steps["add_shipping_info"] == (0, None)
    assert story.rows("session_steps", address)[1]["count"] == 0  # in no single session
    only = story.rows("visitor_steps", "period=custom&from=2026-11-12&to=2026-11-20")
    assert [row["count"] for row in only] == [0] * 6


def test_any_group_of_metrics_by_any_dimension_is_a_panel(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.00", payment_type="card", utm_campaign="autumn")
    assert story.rows("money_by_payment_type")[0]["value"] == "card"
    assert story.rows("visits_by_hour")[0]["value"] == "10"
    for name in ("money_by_nothing", "nothing_by_hour", "_by_hour", "visits_by_"):
        assert panel(name) is None


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


def test_cities_of_one_name_in_two_countries_are_two_rows(story: Story) -> None:
    story.event("2026-11-02 10:00", city="Naantali", country="FI", region="FI-19")
    story.event("2026-11-02 10:00", city="Naantali", country="EE", region="EE-37", visitor=2, session=2)
    assert sorted(row["country"] for row in story.rows("cities")) == ["EE", "FI"]
    assert story.listed("regions") == {"FI-19": 1, "EE-37": 1}


def test_a_product_is_called_as_most_events_call_it(story: Story) -> None:
    for day, name in ((1, "Lamp"), (2, "Desk lamp"), (3, "Desk lamp"), (4, "Anything"), (5, ""), (6, ""), (7, "")):
        story.event(f"2026-11-0{day} 12:00", "view_item", session=day, items=[("64", name, "", "", "1", 1)])
    story.event(
        "2026-11-04 12:00", "view_item", session=8, items=[("65", "", "", "", "1", 1), ("", "Cup", "", "", "1", 1)]
    )
    assert [(row["value"], row["called"], row["item_views"]) for row in story.rows("products")] == [
        ("64", "Desk lamp", 7),
        ("", "", 1),
        ("65", "", 1),
    ]
    shown = list_view(words_of("en"), story.select("period=month"), story.table("products"))
    assert [line.cells[0].text for line in shown.lines] == ["Desk lamp, 64", "(none)", "65"]
    assert "called" not in {column.name for column in shown.columns}
    assert as_csv(story.table("products")).splitlines()[1].startswith("64,Desk lamp,7,")


def test_sources_are_those_of_the_first_page_view(story: Story) -> None:
    story.event("2026-11-02 10:00", channel="email", utm_campaign="autumn", referrer_domain="mail.example")
    story.event("2026-11-02 10:05", channel="internal", referrer_domain="shop.example")
    assert story.listed("channels") == {"email": 1}
    assert story.listed("campaigns") == {"autumn": 1}
    assert story.listed("referrers") == {"mail.example": 1}


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


def test_consent_coverage_takes_the_newest_version_of_each_counter(story: Story) -> None:
    lines = [
        ("accepted", "fi/bar/n", 5, 1),
        ("accepted", "fi/bar/n", 6, 2),  # the same counter, later
        ("accepted", "sv/bar/n", 3, 1),
        ("partly", "fi/bar/n", 1, 1),
        ("refused", "fi/bar/n", 10, 7),
        ("dropped", "bot", 99, 1),
    ]
    story.connection.command("SYSTEM STOP MERGES daily_counts")  # a merge would drop the older versions itself
    for kind, detail, count, version in lines:
        story.connection.command(
            "INSERT INTO daily_counts SELECT toUUID('00000000-0000-0000-0000-000000000001'), "
            "'shop', '2026-11-03', {kind:String}, {detail:String}, {count:UInt64}, {version:UInt64}",
            {"kind": kind, "detail": detail, "count": count, "version": version},
        )
    answers = story.rows("coverage")
    assert [(row["answer"], row["answers"]) for row in answers] == [("accepted", 9), ("partly", 1), ("refused", 10)]
    assert story.figures()["coverage"] == 0.5
    shown = panel("coverage")
    assert shown
    told = coverage(words_of("en"), Table(shown, answers), 1240).sentence
    assert "Of 20 answers in this period, 45.0\u202f% accepted all purposes" in told
    assert told.startswith("These 1\u202f240 visitors are the ")
    assert story.figures("period=today")["coverage"] is None


def test_the_shops_books_count_all_orders_and_those_with_consent(story: Story) -> None:
    lines = [
        (1, "2026-11-02", "ordered", 2, 1),
        (1, "2026-11-02", "ordered", 3, 2),  # the same counter, later
        (2, "2026-11-03", "ordered", 1, 1),  # of another machine
        (1, "2026-11-02", "ordered_value", 1_234_500, 2),
        (2, "2026-11-03", "refunded_value", 50_000, 1),
        (1, "2026-11-02", "joined", 1, 1),
        (1, "2026-10-31", "ordered", 9, 1),  # before the period
    ]
    story.connection.command("SYSTEM STOP MERGES daily_counts")
    for machine, day, kind, count, version in lines:
        story.connection.command(
            "INSERT INTO daily_counts SELECT {machine:UUID}, "
            "'shop', {day:Date}, {kind:String}, 'EUR', {count:UInt64}, {version:UInt64}",
            {"machine": str(visitor_id(machine)), "day": day, "kind": kind, "count": count, "version": version},
        )
    assert story.rows("books") == [
        {
            "currency": "EUR",
            "booked_orders": 4,
            "booked_purchases": Decimal("123.45"),
            "booked_refunds": Decimal(5),
            "joined_orders": 1,
            "joined_share": 0.25,
        }
    ]
    assert story.rows("books", "period=today") == []


def test_live_shows_the_last_half_hour_without_ids_or_addresses(story: Story) -> None:
    story.event("2026-11-20 14:31", path="/a", country="FI", browser="Chrome", ip="192.0.2.1", customer="c-1")
    story.event("2026-11-20 14:29", visitor=2, session=2)
    now = live(story.reader, "shop", NOW)
    assert now.visitors == 1
    assert [set(row) for row in now.events] == [{"time", "name", "path", "country", "browser"}]


def test_random_visits_equal_an_independent_count(story: Story) -> None:
    chance = random.Random(20261120)
    told: list[tuple[datetime, int, int, str, str]] = []
    for session in range(60):
        moment = datetime(2026, 10, 28, tzinfo=HELSINKI) + timedelta(minutes=chance.randrange(12 * 24 * 60))
        visitor = chance.randrange(25)
        for _ in range(chance.randint(1, 6)):
            name = chance.choice(["page_view", "page_view", "view_item", "add_to_cart"])
            path = chance.choice(["/", "/a", "/b"]) if name == "page_view" else ""
            told.append((moment, visitor, session, name, path))
            story.event(moment.isoformat(), name, visitor=visitor + 1, session=session, path=path)
            moment += timedelta(seconds=chance.randrange(1, 1700))
    sessions: dict[int, list[tuple[datetime, int, int, str, str]]] = {}
    for event in told:
        sessions.setdefault(event[2], []).append(event)
    begin, end = datetime(2026, 11, 1, tzinfo=HELSINKI), datetime(2026, 11, 6, tzinfo=HELSINKI)
    for path in ("", "/a"):
        kept = [
            events
            for events in sessions.values()
            if begin <= min(event[0] for event in events) < end
            and (not path or any(event[3] == "page_view" and event[4] == path for event in events))
        ]
        expected = {
            "visitors": len({events[0][1] for events in kept}),
            "sessions": len(kept),
            "page_views": sum(event[3] == "page_view" for events in kept for event in events),
            "bounce_rate": sum(len(events) == 1 and events[0][3] == "page_view" for events in kept) / len(kept),
        }
        query = "period=custom&from=2026-11-01&to=2026-11-05" + (f"&page={path}" if path else "")
        figures = story.figures(query)
        assert {name: figures[name] for name in expected} == expected
        seen = {event[4] for events in kept for event in events if event[3] == "page_view"}
        assert story.listed("pages", query) == {
            page: len({events[0][1] for events in kept if any(event[4] == page for event in events)}) for page in seen
        }


def test_exports_hold_what_the_panel_holds(story: Story) -> None:
    story.event("2026-11-02 10:00", path='/a,"b"', utm_campaign="=1+1")
    story.purchase("2026-11-02 10:01", "A1", "50.10")
    for shown in PANELS:
        table = fill(Inquiry(story.reader, story.select()), [shown], 100)[shown.name]
        names = [column.name for column in shown.columns]
        as_objects = json.loads(as_json(table))
        lines = list(csv.DictReader(io.StringIO(as_csv(table), newline="")))
        assert [list(entry) for entry in as_objects] == [names] * len(table.rows)
        for line, entry in zip(lines, as_objects, strict=True):
            texts = {name: "" if value is None else str(value) for name, value in entry.items()}
            assert {name: text.removeprefix("'") for name, text in line.items()} == texts
    campaigns = fill(
        Inquiry(story.reader, story.select()), [shown for shown in PANELS if shown.name == "campaigns"], 10
    )
    assert "'=1+1" in as_csv(campaigns["campaigns"])  # no formula for a spreadsheet program


def test_the_document_prints_the_registry() -> None:
    assert DOCUMENT.read_text("utf-8").endswith(f"\n{document()}")


def test_every_query_says_its_columns_first_and_is_used() -> None:
    folder = files("suostumus.dashboards").joinpath("queries")
    assert all(entry.read_text("utf-8").startswith("-- ") for entry in folder.iterdir())
    assert {entry.query for entry in PANELS if entry.query} | OTHER_QUERIES == set(QUERIES)


def test_metrics_of_different_grains_are_no_question() -> None:
    for question in (
        Question((visits.VISITORS, sales.REVENUE)),
        Question((visits.VISITORS,), ((dimensions.PAGE,), (dimensions.COUNTRY,))),
        Question((visits.VISITORS,), ((dimensions.PAGE, dimensions.ITEM),)),
        Question(()),
    ):
        with pytest.raises(QuestionError):
            question.sql()
