"""Statistics of consent without identity, and experiments that are fair."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from baked import SITE
from browser import settle
from conftest import MovingClock
from house import SETTINGS, House, Visitor
from shop import HOST, Answer, Shop, Visit, press
from starlette.testclient import TestClient

from suostumus.server.accounts import Accounts
from suostumus.server.app import internal_app
from suostumus.server.command import main
from suostumus.server.reception import Answers, Dimension, Reception, as_table, read_reception
from suostumus.server.tables import SettingsError

PASSWORD = "several plain words"
TITLE = "May we learn from your visit?"
EXPERIMENT = {"layout": "card", "texts": {"en": {"title": TITLE}}}

OpenHouse = Callable[..., House]


def sites(**changes: object) -> list[dict[str, Any]]:
    """The sites of the test's settings, the first one changed."""
    shop, *others = msgspec.toml.decode(SETTINGS.encode())["sites"]
    return [shop | changes, *others]


def reception(house: House, days: int = 30) -> Reception:
    """What is known of the shop's last days."""
    parts = house.installation.parts
    parts.tally.flush()
    today = parts.clock().date()
    return parts.ledger.read(lambda connection: read_reception(connection, "shop", today, days))


def answer_all_ways(house: House) -> None:
    """One visitor each who accepts, agrees partly, refuses, changes, withdraws."""
    Visitor(house).decide("accept")
    Visitor(house).decide("save", ["marketing"])
    Visitor(house).decide("reject")
    changing = Visitor(house)
    changing.decide("accept")
    changing.decide("save", ["statistics"])
    ending = Visitor(house)
    ending.decide("accept")
    ending.decide("withdraw")


def test_answers_are_counted_from_the_decisions_alone(house: House) -> None:
    answer_all_ways(house)
    assert reception(house).total == Answers(accepted=3, partly=1, refused=1, changed=1, withdrawn=1)


def test_answers_are_told_apart_by_day_language_layout_and_notice(house: House, clock: MovingClock) -> None:
    shown = house.notice().wordings["sv"].shown["card"]
    Visitor(house).decide("reject")
    clock.move(days=1)
    Visitor(house).decide("accept", language="sv", layout="card", shown=shown)
    found = reception(house).answers
    assert {value: one.total for value, one in found[Dimension.DAY].items()} == {"2026-11-03": 1, "2026-11-02": 1}
    assert found[Dimension.LANGUAGE]["sv"] == Answers(accepted=1)
    assert found[Dimension.LAYOUT]["bar"] == Answers(refused=1)
    assert found[Dimension.NOTICE][house.notice().version].total == 2
    clock.move(days=40)
    assert reception(house).total == Answers()


def test_ignored_is_an_estimate_from_whole_scripts_fetched(house: House) -> None:
    for _ in range(5):
        etag = house.door.get("/s/shop.js").headers["etag"]
    house.door.get("/s/shop.js", headers={"if-none-match": etag})
    digest = etag.strip('"')
    assert house.door.get(f"/s/shop.{digest}.js").status_code == 200  # not counted: browsers never ask for it again
    Visitor(house).decide("reject")
    Visitor(house).decide("accept")
    assert reception(house).ignored == 3
    assert house.counts("fetched") == {"whole": 5, "unchanged": 1}


def test_interval_of_a_share_is_wilsons() -> None:
    share = Answers(accepted=8, refused=2).share_accepted
    assert share == pytest.approx((0.8, 0.4902, 0.9433), abs=0.0001)
    assert Answers(withdrawn=1).share_accepted is None


@pytest.mark.parametrize(("accepted", "is_chance"), [(50, True), (56, True), (65, False)])
def test_arms_differ_by_more_than_chance_or_not(accepted: int, is_chance: bool) -> None:
    arms = {"a": Answers(accepted=50, refused=50), "b": Answers(accepted=accepted, refused=100 - accepted)}
    empty: dict[str, Answers] = {}
    found = Reception(dict.fromkeys(Dimension, empty) | {Dimension.ARM: arms}, 0)
    assert found.is_arms_difference_chance is is_chance
    assert ("by no more than chance" in as_table(found, Dimension.ARM)) is is_chance


def test_command_prints_the_table(house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    answer_all_ways(house)
    house.door.get("/s/shop.js")
    house.installation.parts.tally.flush()
    file = tmp_path / "suostumus.toml"
    file.write_text(f'data_dir = "{house.data}"\n{SETTINGS}')
    assert main(["--config", str(file), "consents", "--site", "shop", "--days", "3650", "--by", "language"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "shop: Test shop"
    assert lines[2].split()[:6] == ["fi", "3", "1", "1", "1", "1"]
    assert "an estimate" in lines[-1]


def test_page_shows_the_answers_to_those_who_signed_in(house: House) -> None:
    answer_all_ways(house)
    accounts = Accounts(house.data)
    link = accounts.setup_link("http://127.0.0.1:8001")
    app = internal_app(house.installation, accounts)
    door = TestClient(app, base_url="http://127.0.0.1:8001", client=("127.0.0.1", 50000))
    assert door.get("/sites/shop/consents", follow_redirects=False).status_code == 303
    own = {"origin": "http://127.0.0.1:8001"}
    form = {"name": "analyst", "password": PASSWORD, "repeated": PASSWORD}
    door.post(str(link), data=form, headers=own)
    door.post("/signin", data={"name": "analyst", "password": PASSWORD}, headers=own)
    page = door.get("/sites/shop/consents").text
    assert "An estimate" in page
    assert '<th scope="row">fi</th><td>3</td><td>1</td><td>1</td><td>1</td><td>1</td>' in page
    assert door.get("/sites/nowhere/consents").status_code == 404
    door.close()


# Experiments


def test_both_arms_are_baked_in_and_decisions_are_counted_by_arm(open_house: OpenHouse) -> None:
    house = open_house(sites=sites(experiment=EXPERIMENT))
    wording = house.notice().wordings["en"]
    assert wording.trial
    script = house.door.get("/s/shop.js").text
    assert f'"title":"{TITLE}"' in script
    assert f'"title":"{wording.texts.banner.title}"' in script
    shown = {"language": "en", "layout": "bar", "shown": wording.shown["bar"]}
    Visitor(house).decide("reject", **shown)
    Visitor(house).decide("accept", **shown | {"layout": "card", "shown": wording.trial.shown})
    Visitor(house).decide("reject", **shown | {"layout": "card"})  # what neither arm showed
    assert reception(house).answers[Dimension.ARM] == {
        "a": Answers(refused=1),
        "b": Answers(accepted=1),
        "": Answers(refused=1),
    }


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"reject": "No, I would rather go on without it"}, "sites[0].experiment.texts.en.reject: expected 1 to 32"),
        ({"accept": "Yes"}, "sites[0].experiment.texts.en.reject: more than twice as long"),
        ({"body": "It is good for you."}, "sites[0].experiment.texts.en.body: expected {controller}"),
    ],
)
def test_arm_that_is_less_fair_stops_the_start(open_house: OpenHouse, texts: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_house(sites=sites(experiment={"texts": {"en": texts}}))
    assert str(caught.value).startswith(message)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("drawn", "arm", "title"), [(0.4, "a", "May we collect data about your visit?"), (0.6, "b", TITLE)]
)
def test_page_draws_an_arm_keeps_it_nowhere_and_tells_it_with_the_answer(
    open_house: OpenHouse, shop: Shop, visit: Visit, monkeypatch: pytest.MonkeyPatch, drawn: float, arm: str, title: str
) -> None:
    site = {"key": SITE, "name": "Demo shop", "origins": [shop.url], "experiment": EXPERIMENT}
    house = open_house(public_url=shop.url, sites=[site])
    script = house.door.get(f"/s/{SITE}.js").text
    monkeypatch.setattr(shop, "script", lambda: script)
    headers = {"origin": shop.url, "sec-fetch-site": "same-origin"}
    shop.answer_consent = lambda message: Answer(
        house.door.post("/api/consent", content=msgspec.json.encode(message), headers=headers).json()
    )
    page = visit(script=f"Math.random = () => {drawn};")
    assert page.inner_text(f"{HOST} h2") == title
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    press(page, "reject")
    settle(page)
    assert shop.decisions[0]["layout"] == {"a": "bar", "b": "card"}[arm]
    (detail,) = house.counts("refused")
    assert detail.endswith(f"/{arm}")
