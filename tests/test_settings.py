"""The configuration: every key documented, every mistake named before anything starts; what is accepted works."""

import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from house import House, Visitor

from suostumus.server.declared import Declared
from suostumus.server.settings import ENVIRONMENT_KEYS, Settings, Site, load_settings, parse_settings
from suostumus.server.tables import SettingsError

EXAMPLE = Path(__file__).parent.parent / "suostumus.example.toml"
DECLARED = '[[sites.declared]]\nname = "{name}"\npurpose = "{purpose}"\nprovider = "Someone"\n'
SITE = '[[sites]]\nkey = "shop"\nname = "Shop"\norigins = ["https://shop.example"]\n'


def test_example_documents_every_key_with_its_default() -> None:
    example = tomllib.loads(EXAMPLE.read_text())
    _assert_same(Settings, example, "")
    (site,) = example["sites"]
    _assert_same(Site, site, "sites.")
    (declared,) = site["declared"]
    _assert_same(Declared, declared, "sites.declared.")


def test_own_texts_with_an_unknown_place_stop_the_start(open_house: Callable[..., House], tmp_path: Path) -> None:
    """A brace in the operator's own words breaks the visitor's page, and with it the withdrawal."""
    own = tmp_path / "data" / "languages"
    own.mkdir(parents=True)
    shipped = (files("suostumus.server") / "languages" / "fi.toml").read_text("utf-8")
    title = next(line for line in shipped.splitlines() if "{site}" in line)
    (own / "fi.toml").write_text(shipped.replace(title, title.replace("{site}", "{shop}")), "utf-8")
    try:
        house = open_house()
    except SettingsError:
        return
    assert house.door.get("/privacy/shop?language=fi").status_code == 200


def test_site_with_many_purposes_can_store_and_withdraw(open_house: Callable[..., House]) -> None:
    """A token longer than the reader's limit is refused by the server that signed it."""
    own = [f"purpose_{number:02}_of_a_large_shop" for number in range(60)]
    texts = {purpose: {"title": "x", "text": "x"} for purpose in own}
    site = {
        "key": "shop",
        "name": "Test shop",
        "origins": ["https://shop.example"],
        "cookie_domain": "shop.example",
        "languages": ["fi"],
        "purposes": ["statistics", *own],
        "purpose_texts": {"fi": texts},
    }
    try:
        house = open_house(sites=[site])
    except SettingsError:
        return
    visitor = Visitor(house)
    visitor.decide("accept")
    assert visitor.results(visitor.event()) == ["stored"]


def test_collector_below_a_path_links_to_itself(open_house: Callable[..., House]) -> None:
    """With `public_url` on a path of the shop, the page's own forms stay below that path."""
    house = open_house(public_url="https://shop.example/stats")
    page = house.door.get("/privacy/shop", headers={"host": "shop.example"})
    if page.status_code == 404:
        page = house.door.get("https://shop.example/privacy/shop")
    assert 'action="/stats/privacy/shop' in page.text


def test_click_id_is_kept_in_no_url_without_marketing(open_house: Callable[..., House]) -> None:
    """`query_parameters` may not name what needs another purpose than statistics."""
    site = {
        "key": "shop",
        "name": "Test shop",
        "origins": ["https://shop.example"],
        "cookie_domain": "shop.example",
        "query_parameters": ["gclid"],
    }
    try:
        house = open_house(sites=[site])
    except SettingsError:
        return
    visitor = Visitor(house)
    visitor.decide("save", ["statistics"])
    visitor.results(visitor.event(path="/?gclid=click"))
    assert "click" not in house.rows("events")[0]["url"]


def _assert_same(table: type[msgspec.Struct], documented: dict[str, object], place: str) -> None:
    text = EXAMPLE.read_text()
    for field in msgspec.structs.fields(table):
        assert field.name in documented or f"{field.name}." in text, f"{place}{field.name} is not documented"
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            nested = documented[field.name]
            assert isinstance(nested, dict)
            _assert_same(field.type, nested, f"{place}{field.name}.")
    unknown = documented.keys() - {field.name for field in msgspec.structs.fields(table)}
    assert not unknown


def test_example_has_the_defaults_it_claims() -> None:
    example = tomllib.loads(EXAMPLE.read_text())
    for name in (
        "data_dir",
        "database",
        "public_listen",
        "internal_listen",
        "public_url",
        "ip_storage",
        "flush_seconds",
    ):
        assert example[name] == getattr(parse_settings(SITE.encode(), {}), name)
    defaults = parse_settings(SITE.encode(), {})
    for name in ("retention", "limits"):
        assert msgspec.to_builtins(getattr(defaults, name)) == example[name]
    assert msgspec.to_builtins(defaults.sites[0].features) == example["sites"][0]["features"]


def test_example_explains_every_key_in_a_comment() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[a-z_]+ = ", line):
            above = next(text for text in reversed(lines[:number]) if not re.match(r"[a-z_]+ = ", text))
            assert above.startswith("#"), line


def test_example_starts() -> None:
    assert load_settings(EXAMPLE, {}).site("demo") is not None


@pytest.mark.parametrize(("variable", "key"), ENVIRONMENT_KEYS.items())
def test_variable_overrides_its_key(variable: str, key: str) -> None:
    values = {
        "public_url": "https://stats.example",
        "database": "https://u:p@db.example:8443/d",
        "order_secrets": f"shop:{'s' * 32}",
    }
    value = values.get(key, "127.0.0.1:9")
    assert getattr(parse_settings(SITE.encode(), {variable: value}), key) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1\n" + SITE, "colour: unknown field"),
        ("flush_seconds = 'soon'\n" + SITE, "flush_seconds: expected `float`, got `str`"),
        ("flush_seconds = 0\n" + SITE, "flush_seconds: expected `float` >= 0.01"),
        ("public_listen = '8000'\n" + SITE, "public_listen: "),
        ("public_url = 'stats.example'\n" + SITE, "public_url: "),
        ("public_url = 'https://stats.example/'\n" + SITE, "public_url: ends with a slash"),
        ("database = 'postgres://x/y'\n" + SITE, "database: "),
        ("trusted_proxies = ['10.0.0.1/8']\n" + SITE, "trusted_proxies[0]: "),
        ("internal_networks = ['everyone']\n" + SITE, "internal_networks[0]: "),
        ("ip_storage = 'some'\n" + SITE, "ip_storage: not one of the allowed values"),
        ("[retention]\nvisitor_months = 14\n" + SITE, "retention.visitor_months: "),
        ("[limits]\nbodies = 1\n" + SITE, "limits.bodies: unknown field"),
        ("", "sites: at least one"),
        (SITE + SITE, "sites[1].key: used twice"),
        (SITE.replace('key = "shop"\n', ""), "sites[0].key: missing"),
        (SITE.replace("shop.example", "Shop.example"), "sites[0].origins[0]: "),
        (SITE.replace("shop.example", "shop.example/path"), "sites[0].origins[0]: "),
        (SITE.replace("shop.example", "shop.example:443"), "sites[0].origins[0]: "),
        (SITE + "time_zone = 'Europe/Nowhere'\n", "sites[0].time_zone: "),
        (SITE + "currency = 'euro'\n", "sites[0].currency: "),
        (SITE + "purposes = ['marketing']\n", "sites[0].purposes: statistics is missing"),
        (SITE + "purposes = ['statistics', 'surveys']\n", "sites[0].purpose_texts.fi.surveys: missing"),
        (SITE + "features = { confetti = true }\n", "sites[0].features.confetti: unknown field"),
        (SITE + DECLARED.format(name="*", purpose="marketing"), "sites[0].declared[0].name: "),
        (SITE + DECLARED.format(name="suostumus_shop", purpose="marketing"), "sites[0].declared[0].name: "),
        (SITE + DECLARED.format(name="_fbp", purpose="fun"), "sites[0].declared[0].purpose: not one of the site's"),
        (SITE + "cookie_domain = 'other.example'\n", "sites[0].cookie_domain: "),
        ("flush_seconds = [", "suostumus.toml: "),
        ("[notice.purpose_recipients]\nmarkting = ['x']\n" + SITE, "notice.purpose_recipients: markting is no site's"),
        ("[notice.reworded]\n0123456789abcdef = ['x']\n" + SITE, "notice.reworded.0123456789abcdef: x is no site's"),
        ("[notice.reworded]\nlatest = ['marketing']\n" + SITE, "notice.reworded"),
        (SITE + "texts.de.title = 'x'\n", "sites[0].texts.de: not one of the site's languages"),
        (SITE + "experiment.texts.de.title = 'x'\n", "sites[0].experiment.texts.de: not one of the site's"),
    ],
)
def test_wrong_setting_stops_the_start_and_names_the_key(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text.encode(), {})
    assert str(caught.value).startswith(message)


def test_missing_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings(Path("nowhere.toml"), {})
