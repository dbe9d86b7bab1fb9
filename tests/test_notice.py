"""A notice that changes: what ends, what stays, and the archive in which every version can be read."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from conftest import MovingClock
from house import SETTINGS, House, Visitor

ALL = ["statistics", "marketing", "personalisation", "profiling"]
CLICK = "/?gclid=click"

OpenHouse = Callable[..., House]


def sites(**changes: object) -> dict[str, Any]:
    """The settings' sites, the first one changed."""
    shop, *others = msgspec.toml.decode(SETTINGS.encode())["sites"]
    return {"sites": [shop | changes, *others]}


def marketing_text(text: str) -> dict[str, Any]:
    """Settings in which marketing is explained in these words, in each language."""
    words = {"marketing": {"title": "Marketing", "text": text}}
    return sites(purpose_texts=dict.fromkeys(("fi", "sv", "en"), words))


def baked(house: House) -> dict[str, Any]:
    """The configuration in the script, less what it shows."""
    script = house.door.get("/s/shop.js").text
    start = script.index('{"site":"shop"')
    content: dict[str, Any] = json.loads(script[start : script.index(',"shown":()=>', start)] + "}")
    return content


def change(house: House, open_house: OpenHouse, **settings: object) -> House:
    """Restart with other settings."""
    house.close()
    return open_house(**settings)


def agreed(house: House, visitor: Visitor) -> House:
    """Let a visitor agree to everything."""
    assert visitor.decide("accept").json()["purposes"] == ALL
    return house


@pytest.mark.parametrize(
    "settings",
    [
        {"notice": {"text": {"en": "Now with a friendlier sentence."}}},
        {"notice": {"effective": "2026-12-01"}},
        {"controller": {"name": "Test shop", "email": "privacy@shop.example"}},
        {"retention": {"events_months": 12, "full_ip_days": 7}},
        {"ip_storage": "truncated"},
        sites(languages=["fi", "sv"]),
    ],
    ids=["free text", "effective", "contact", "kept shorter", "stored less", "language left out"],
)
def test_editorial_change_and_less_processing_keep_every_consent(
    open_house: OpenHouse, settings: dict[str, Any]
) -> None:
    house = open_house()
    visitor = Visitor(house)
    version = agreed(house, visitor).notice().version
    visitor.house = change(house, open_house, **settings)
    assert visitor.house.notice().version != version
    assert visitor.results(visitor.event(path=CLICK)) == ["stored"]
    assert visitor.house.rows("events")[0]["click_id"] == "click"
    assert baked(visitor.house)["earlier"] == {version: ALL}


@pytest.mark.parametrize(
    "settings",
    [
        {"controller": {"name": "Another shop"}},
        {"notice": {"recipients": ["A new processor"]}},
        {"retention": {"events_months": 26}},
        {"retention": {"visitor_months": 13, "events_months": 120}},
    ],
    ids=["controller", "recipient of everything", "kept longer", "kept much longer"],
)
def test_material_change_of_everything_ends_every_consent(open_house: OpenHouse, settings: dict[str, Any]) -> None:
    house = open_house()
    visitor = Visitor(house)
    agreed(house, visitor)
    visitor.house = change(house, open_house, **settings)
    assert visitor.results(visitor.event()) == ["old_notice"]
    assert "earlier" not in baked(visitor.house)


@pytest.mark.parametrize(
    "settings",
    [
        marketing_text("Now also for other companies."),
        {"notice": {"purpose_recipients": {"marketing": ["An advertising network"]}}},
    ],
    ids=["text", "recipient"],
)
def test_change_of_one_purpose_ends_only_that_one(open_house: OpenHouse, settings: dict[str, Any]) -> None:
    house = open_house()
    visitor = Visitor(house)
    version = agreed(house, visitor).notice().version
    visitor.house = change(house, open_house, **settings)
    assert visitor.results(visitor.event(path=CLICK, customer="c-7")) == ["stored"]
    (row,) = visitor.house.rows("events")
    assert (row["click_id"], row["customer"]) == ("", "c-7")
    assert baked(visitor.house)["earlier"] == {version: ["statistics", "personalisation", "profiling"]}
    assert visitor.house.installation.verify().is_clean


def test_answer_to_what_changed_continues_the_same_visitor(open_house: OpenHouse) -> None:
    house = open_house()
    visitor = Visitor(house)
    agreed(house, visitor)
    visitor.results(visitor.event())
    visitor.house = change(house, open_house, **marketing_text("Now also for other companies."))
    visitor.decide("save", ALL)
    visitor.results(visitor.event(path=CLICK))
    rows = visitor.house.rows("events")
    assert len({row["visitor"] for row in rows}) == 1
    assert sorted(row["click_id"] for row in rows) == ["", "click"]


def test_refusing_what_changed_erases_what_it_had_collected_and_keeps_the_rest(open_house: OpenHouse) -> None:
    house = open_house()
    visitor = Visitor(house)
    agreed(house, visitor)
    visitor.results(visitor.event(path=CLICK))
    visitor.house = change(house, open_house, **marketing_text("Now also for other companies."))
    assert visitor.decide("save", ["statistics", "personalisation", "profiling"]).json()["status"]
    visitor.house.erase()
    (row,) = visitor.house.rows("events")
    assert row["click_id"] == ""


def test_change_of_statistics_stores_nothing_until_they_are_agreed_to_again(open_house: OpenHouse) -> None:
    house = open_house()
    visitor = Visitor(house)
    agreed(house, visitor)
    words = {"statistics": {"title": "Statistics", "text": "Something else."}}
    visitor.house = change(house, open_house, **sites(purpose_texts=dict.fromkeys(("fi", "sv", "en"), words)))
    assert visitor.results(visitor.event()) == ["no_purpose"]
    assert visitor.house.rows("events") == []


def test_spelling_is_no_change_of_meaning(open_house: OpenHouse) -> None:
    house = open_house(**marketing_text("Which advertisement, brought you here."))
    visitor = Visitor(house)
    version = agreed(house, visitor).notice().version
    house = change(house, open_house, **marketing_text("Which Advertisement brought you here!"))
    assert baked(house)["earlier"] == {version: ALL}


def test_owner_declares_that_other_words_mean_the_same(open_house: OpenHouse) -> None:
    house = open_house(**marketing_text("Wich advertisment brougt you here."))
    version = house.notice().version
    corrected = marketing_text("Which advertisement brought you here.")
    house = change(house, open_house, **corrected)
    assert "marketing" not in baked(house)["earlier"][version]
    house = change(house, open_house, **corrected, notice={"reworded": {version: ["marketing"]}})
    assert baked(house)["earlier"][version] == ALL
    with_recipient = {"reworded": {version: ["marketing"]}, "purpose_recipients": {"marketing": ["A network"]}}
    house = change(house, open_house, **corrected, notice=with_recipient)
    assert "marketing" not in baked(house)["earlier"][version]


def test_new_purpose_is_asked_for_alone(open_house: OpenHouse) -> None:
    house = open_house(**sites(purposes=["statistics"]))
    version = house.notice().version
    house = change(house, open_house, **sites(purposes=["statistics", "marketing"]))
    assert baked(house)["earlier"] == {version: ["statistics"]}


def test_decision_on_a_page_opened_before_the_change_counts_for_what_it_left(open_house: OpenHouse) -> None:
    house = open_house()
    visitor = Visitor(house)
    decision = visitor.decision("accept")
    visitor.house = change(house, open_house, **marketing_text("Now also for other companies."))
    answer = visitor.post_decision(decision)
    assert answer.status_code == 200
    assert f"suostumus_shop_choice={decision['notice']}:" in answer.headers.get_list("set-cookie")[1]
    visitor.results(visitor.event(path=CLICK))
    (row,) = visitor.house.rows("events")
    assert row["click_id"] == ""
    assert visitor.house.rows("consents")[0]["privacy_notice"] == decision["notice"]


def test_words_that_were_never_shown_are_refused_for_an_earlier_version_too(open_house: OpenHouse) -> None:
    house = open_house()
    visitor = Visitor(house)
    decision = visitor.decision("accept") | {"shown": "0123456789abcdef"}
    visitor.house = change(house, open_house, notice={"effective": "2026-12-01"})
    assert visitor.post_decision(decision).json()["error"].startswith("shown: ")


def test_version_that_comes_back_revives_its_consents(open_house: OpenHouse, clock: MovingClock) -> None:
    house = open_house()
    visitor = Visitor(house)
    version = agreed(house, visitor).notice().version
    house = change(house, open_house, notice={"recipients": ["A processor"]})
    visitor.house = change(house, open_house)
    assert visitor.house.notice().version == version
    assert visitor.results(visitor.event()) == ["stored"]


def test_changed_file_of_a_version_covers_nothing(open_house: OpenHouse) -> None:
    house = open_house()
    visitor = Visitor(house)
    version = agreed(house, visitor).notice().version
    path = house.data / "notices" / "shop" / f"{version}.json"
    assert path.stat().st_mode & 0o222 == 0
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"Test shop", b"Best shop"))
    visitor.house = change(house, open_house, notice={"effective": "2026-12-01"})
    assert visitor.results(visitor.event()) == ["old_notice"]
    assert visitor.house.door.get(f"/privacy/shop/versions/{version}").status_code == 404


# The archive


def test_archive_shows_every_version_when_it_was_in_force_and_what_it_changed(
    open_house: OpenHouse, clock: MovingClock
) -> None:
    house = open_house()
    first = house.notice().version
    clock.move(days=30)
    changed = marketing_text("Now also for <other> companies.") | {"notice": {"recipients": []}}
    house = change(house, open_house, **changed)
    second = house.notice().version
    page = house.door.get("/privacy/shop/versions?language=en").text
    assert page.index(second) < page.index(first)
    assert "2026-11-02" in page
    assert "2026-12-02" in page
    assert "in force now" in page
    version = house.door.get(f"/privacy/shop/versions/{second}?language=en").text
    assert "Consents to the version before ended for: Marketing" in version
    assert "<del>Marketing: Which advertisement" in version
    assert "<ins>Marketing: Now also for &lt;other&gt; companies.</ins>" in version
    assert "This is the first version" in house.door.get(f"/privacy/shop/versions/{first}?language=en").text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_archive_speaks_every_language_of_the_site(house: House, language: str) -> None:
    page = house.door.get(f"/privacy/shop/versions/{house.notice().version}?language={language}").text
    assert f'<html lang="{language}"' in page
    for text in house.notice().wordings[language].purposes.values():
        assert text.title in page
    assert house.door.get("/privacy/shop/versions").headers["content-security-policy"].startswith("default-src 'none'")


def test_notice_links_to_its_archive(house: House) -> None:
    assert 'href="/privacy/shop/versions?language=en"' in house.door.get("/privacy/shop?language=en").text


@pytest.mark.parametrize("path", ["/privacy/shop/versions/0123456789abcdef", "/privacy/nowhere/versions"])
def test_unknown_versions_are_not_found(house: House, path: str) -> None:
    assert house.door.get(path).status_code == 404


def test_restart_publishes_nothing_new(open_house: OpenHouse) -> None:
    house = open_house()
    house = change(house, open_house)
    files = sorted(path.name for path in (house.data / "notices" / "shop").iterdir())
    assert files == sorted([f"{house.notice().version}.json", "history.json"])
