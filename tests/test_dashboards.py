"""The dashboards' figures equal hand counts, in the real engine."""

import csv
import io
import json
import random
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from stories import HELSINKI, NOW, Story, visitor_id

from suostumus.dashboards import dimensions, sales, visits
from suostumus.dashboards.dimensions import DIMENSIONS
from suostumus.dashboards.document import document
from suostumus.dashboards.export import as_csv, as_json
from suostumus.dashboards.headline import coverage
from suostumus.dashboards.inquiry import Inquiry
from suostumus.dashboards.panels import PANELS, panel
from suostumus.dashboards.question import Question, QuestionError
from suostumus.dashboards.report import Table, fill, live
from suostumus.dashboards.words import words_of

QUERIES = sorted(
    entry.name.removesuffix(".sql")
    for entry in files("suostumus.dashboards").joinpath("queries").iterdir()
    if not entry.name.startswith("_")
)
OTHER_QUERIES = {
    "called",
    "parquet",
    "question",
    "live",
    "live_events",
    "openness",
    "session_list",
    "session_events",
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
    "missing_page": ("/lost", {"name": "page_not_found", "path": "/lost"}),
    "obstacle": ("PaymentRefused", {"name": "exception", "error_kind": "PaymentRefused"}),
    "search_term": ("lamp", {"search_term": "lamp"}),
    "item": ("64", {"items": [("64", "Lamp", "", "", "1", 1)]}),
    "item_category": ("Lamps", {"items": [("", "", "Lamps", "", "1", 1)]}),
    "item_brand": ("Valo", {"items": [("", "", "", "Valo", "1", 1)]}),
    "coupon": ("HALF", {"coupon": "HALF"}),
    "payment_type": ("card", {"payment_type": "card"}),
    "shipping_tier": ("parcel", {"shipping_tier": "parcel"}),
    "cart_step": ("begin_checkout", {"name": "begin_checkout"}),
}


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


def test_any_group_of_metrics_by_any_dimension_is_a_panel(story: Story) -> None:
    story.purchase("2026-11-02 10:00", "A1", "50.00", payment_type="card", utm_campaign="autumn")
    assert story.rows("money_by_payment_type")[0]["value"] == "card"
    assert story.rows("visits_by_hour")[0]["value"] == "10"
    for name in ("money_by_nothing", "nothing_by_hour", "_by_hour", "visits_by_"):
        assert panel(name) is None


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
            "bounce_rate": sum(
                [event[3] for event in events if event[3] != "view_item"] == ["page_view"] for events in kept
            )
            / len(kept),
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
