"""Visitors whose browser runs no script, and shops that read the choice on their server."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from browser import REPOSITORY, OpenPage
from house import SETTINGS, House, Visitor
from playwright.sync_api import expect
from product import Product
from proxy import Proxy

from suostumus.server.command import main
from suostumus.server.events import EventRow

DOCUMENT = (REPOSITORY / "docs" / "no-javascript.md").read_text("utf-8")
SHOP = "https://shop.example"
DECLARED = {"name": "_fbp", "purpose": "marketing", "provider": "Meta", "lifetime_days": 90, "text": {"en": "An ad."}}

OpenHouse = Callable[..., House]


def press(house: House, visitor: Visitor, *, origin: str = SHOP, **form: Any) -> Any:
    """Send a form of the shop's own page."""
    house.door.cookies.clear()
    cookie = {"cookie": f"suostumus_shop={visitor.token}"} if visitor.token else {}
    headers = {"origin": origin, "content-type": "application/x-www-form-urlencoded"} | cookie
    body = urlencode(form, doseq=True)
    answer = house.door.post("/privacy/shop", content=body, headers=headers, follow_redirects=False)
    visitor.token = answer.cookies.get("suostumus_shop")
    return answer


def declaration(house: House) -> dict[str, Any]:
    """What the site declares, for programs."""
    content: dict[str, Any] = house.door.get("/privacy/shop/declaration.json").json()
    return content


@pytest.fixture
def declaring(open_house: OpenHouse) -> House:
    """An installation whose shop declares the cookie of an advertiser."""
    shop, *others = msgspec.toml.decode(SETTINGS.encode())["sites"]
    return open_house(sites=[shop | {"declared": [DECLARED]}, *others])


@pytest.mark.browser
def test_visitor_without_javascript_refuses_gives_changes_and_withdraws(
    tmp_path: Path, geo_file: Path, open_page: OpenPage
) -> None:
    product = Product(tmp_path / "product", geo_file)
    product.start()
    proxy = Proxy(product.ports["front"], product.ports["public"], "192.0.2.45")
    try:
        page = open_page(java_script_enabled=False, locale="sv-SE")
        page.goto(product.shop())
        page.locator("noscript a").click()
        choice = page.locator("input[type=checkbox]")
        page.get_by_role("button", name="Avvisa alla").click()
        assert [cookie["name"] for cookie in page.context.cookies() if "demo" in cookie.get("name", "")] == [
            "suostumus_demo_choice"
        ]
        page.locator('[data-suostumus-purpose="statistics"]').check()
        page.get_by_role("button", name="Spara val").click()
        expect(choice.first).to_be_checked()
        page.locator('[data-suostumus-purpose="marketing"]').check()
        page.get_by_role("button", name="Spara val").click()
        expect(page.locator("input[type=checkbox]:checked")).to_have_count(2)
        page.get_by_role("button", name="Återkalla och radera").click()
        expect(page.get_by_role("status")).to_contain_text("Återkallat")
        expect(choice.first).not_to_be_checked()
    finally:
        proxy.close()
        product.stop()


def test_tag_command_prints_the_way_without_javascript(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "suostumus.toml"
    file.write_text(SETTINGS.split('[[sites]]\nkey = "other"')[0])
    assert main(["--config", str(file), "tag"]) == 0
    link = '<noscript><a href="https://stats.shop.example/privacy/shop">Tietosuojavalinnat</a></noscript>'
    assert link in capsys.readouterr().out


def test_form_of_the_shops_own_decides_and_goes_back(house: House) -> None:
    visitor = Visitor(house)
    answer = press(house, visitor, action="save", purposes=["statistics"], **{"return": f"{SHOP}/cart"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SHOP}/cart")
    assert visitor.results(visitor.event()) == ["stored"]
    (row,) = house.rows("consents")
    assert (row["purposes"], row["surface"], row["shown"]) == (["statistics"], "page", "")


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", f"{SHOP}.evil/"])
def test_way_back_leads_to_the_shop_only(house: House, address: str) -> None:
    answer = press(house, Visitor(house), action="reject", **{"return": address})
    assert answer.headers["location"].startswith("/privacy/shop?")


def test_own_pages_decision_keeps_the_hash_of_what_it_showed(house: House) -> None:
    press(house, Visitor(house), origin="https://stats.shop.example", action="accept")
    assert house.rows("consents")[0]["shown"] in {one.shown["page"] for one in house.notice().wordings.values()}


# What is declared


def test_declaration_names_everything_that_is_kept(declaring: House) -> None:
    content = declaration(declaring)
    assert {one["name"] for one in content["browser"]} == {
        "suostumus_shop",
        "suostumus_shop_choice",
        "suostumus_shop_receipt",
        "suostumus_shop_session",
        "_fbp",
    }
    assert content["browser"][-1] == {
        "name": "_fbp",
        "kind": "cookie",
        "purpose": "marketing",
        "provider": "Meta",
        "lifetime": "90 days",
        "text": "An ad.",
    }
    assert set(content["columns"]) == {field.encode_name for field in msgspec.structs.fields(EventRow)}
    assert (content["columns"]["click_id"], content["columns"]["ip"]) == ("marketing", "statistics")


def test_page_shows_what_is_declared(declaring: House) -> None:
    page = declaring.door.get("/privacy/shop?language=en").text
    assert re.search(r"<code>_fbp</code>.*Marketing\..*An ad\..*Meta.*90 days", page)
    assert "30 minutes without activity" in page


def test_new_provider_of_a_purposes_cookies_asks_again_for_that_purpose(
    open_house: OpenHouse, declaring: House
) -> None:
    version = declaring.notice().version
    declaring.close()
    shop, *others = msgspec.toml.decode(SETTINGS.encode())["sites"]
    another = DECLARED | {"name": "_gcl_*", "provider": "Google"}
    house = open_house(sites=[shop | {"declared": [DECLARED, another]}, *others])
    assert declaration(house)["earlier"] == {version: ["statistics", "personalisation", "profiling"]}


# The helpers of the documentation

COOKIES = [
    ("{notice}:statistics.marketing", {"statistics", "marketing"}),
    ("{notice}:statistics~decision=1&action=save", {"statistics"}),
    ("{notice}:none", set()),
    ("0d11e2b7a43f2a9c:statistics.marketing", {"statistics"}),
    ("ffffffffffffffff:statistics", set()),
    ("", set()),
]
SAMPLE = {
    "notice": "3f2a9c0d11e2b7a4",
    "purposes": ["statistics", "marketing"],
    "earlier": {"0d11e2b7a43f2a9c": ["statistics"]},
}


def snippet(language: str) -> str:
    """The first piece of code in this language."""
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize(("cookie", "purposes"), COOKIES)
def test_python_helper_reads_the_choice(cookie: str, purposes: set[str]) -> None:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)
    assert names["granted"](cookie.format(**SAMPLE), SAMPLE) == purposes


def test_node_helper_reads_the_choice(tmp_path: Path) -> None:
    cookies = [cookie.format(**SAMPLE) for cookie, _ in COOKIES]
    show = f"console.log(JSON.stringify({json.dumps(cookies)}.map((one) => [...granted(one, {json.dumps(SAMPLE)})])));"
    (tmp_path / "helper.mjs").write_text(snippet("js") + show)
    done = subprocess.run(["node", tmp_path / "helper.mjs"], check=True, capture_output=True, text=True)
    assert [set(found) for found in json.loads(done.stdout)] == [purposes for _, purposes in COOKIES]


# Languages by file


def test_language_by_file_is_read_from_right_to_left(tmp_path: Path, open_house: OpenHouse) -> None:
    folder = tmp_path / "data" / "languages"
    folder.mkdir(parents=True)
    english = (REPOSITORY / "server" / "languages" / "en.toml").read_text("utf-8")
    (folder / "ar.toml").write_text('direction = "rtl"\n' + english.replace("Privacy choices", "خيارات الخصوصية"))
    shop, *others = msgspec.toml.decode(SETTINGS.encode())["sites"]
    house = open_house(sites=[shop | {"languages": ["en", "ar"]}, *others])
    assert '<html lang="ar" dir="rtl">' in house.door.get("/privacy/shop?language=ar").text
    assert "خيارات الخصوصية" in house.door.get("/s/shop.js").text


def test_owners_file_may_leave_out_what_ships(tmp_path: Path, open_house: OpenHouse) -> None:
    folder = tmp_path / "data" / "languages"
    folder.mkdir(parents=True)
    (folder / "en.toml").write_text('[banner]\ntitle = "May we?"\n')
    texts = open_house().notice().wordings["en"].texts
    assert (texts.banner.title, texts.banner.accept) == ("May we?", "Accept all")
