"""Looks and words that a site sets: what is taken over, and what is refused, with the key that is to blame."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from browser import REPOSITORY
from house import SETTINGS, House

from suostumus.server.appearance import DEFAULTS, Theme, check_theme, contrast, theme_style
from suostumus.server.command import main
from suostumus.server.logo import read_logo
from suostumus.server.settings import parse_settings
from suostumus.server.tables import SettingsError

SITE = '[[sites]]\nkey = "shop"\nname = "Shop"\norigins = ["https://shop.example"]\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{}</svg>'

OpenHouse = Callable[..., House]


def sites(**changes: object) -> list[dict[str, Any]]:
    """The sites of the test's settings, the first one changed."""
    shop, *others = msgspec.toml.decode(SETTINGS.encode())["sites"]
    return [shop | changes, *others]


def shown(house: House) -> dict[str, Any]:
    """What the script shows, as it was baked in."""
    script = house.door.get("/s/shop.js").text
    start = script.index('"shown":()=>(') + len('"shown":()=>(')
    content: dict[str, Any] = json.JSONDecoder().raw_decode(script[start:])[0]
    return content


# Colours


@pytest.mark.parametrize(
    ("theme", "message"),
    [
        ("light.text = '#777777'", "sites[0].theme.light.text: a contrast of 4.48:1 on background, 4.5:1"),
        ("light.accent = '#ffd400'", "sites[0].theme.light.on_accent: a contrast of 1.43:1 on accent, 4.5:1"),
        ("dark.background = '#777777'", "sites[0].theme.dark.text: a contrast of "),
        ("light.accent = '#cccccc'\nlight.on_accent = '#000000'", "sites[0].theme.light.accent: a contrast of 1.61:1"),
        ("light.muted = 'grey'", "sites[0].theme.light.muted: "),
        ("light.reject = '#dcdce1'", "sites[0].theme.light.reject: makes reject less readable than accept"),
        ("dark.on_reject = '#888888'", "sites[0].theme.dark.on_reject: makes reject less readable than accept"),
        ("light.accept = '#000000'", "sites[0].theme.light.accept: makes reject less readable than accept"),
        ("light.reject = '#000000'", "sites[0].theme.light.reject: not the colour of both buttons"),
        ("radius = 99", "sites[0].theme.radius: "),
        ("font = 'x; } body { display: none'", "sites[0].theme.font: "),
        ("colour = 1", "sites[0].theme.colour: unknown field"),
    ],
)
def test_unfair_or_unreadable_theme_stops_the_start_and_names_the_key(theme: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(f"{SITE}[sites.theme]\n{theme}\n".encode(), {})
    assert str(caught.value).startswith(message)


def test_both_buttons_may_be_named_if_they_are_named_alike() -> None:
    parse_settings(f"{SITE}[sites.theme]\nlight.accept = '#1d1d1f'\nlight.reject = '#1d1d1f'\n".encode(), {})


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_defaults_are_those_of_the_style_sheet() -> None:
    css = (REPOSITORY / "banner_js" / "src" / "banner.css").read_text("utf-8")
    light, dark = re.findall(r":where\(:root\) \{(.*?)\}", css, re.DOTALL)
    for scheme, rule in (("light", light), ("dark", dark)):
        found = {name.replace("-", "_"): value for name, value in re.findall(r"--suostumus-([\w-]+): (.+);", rule)}
        written = {
            name: found[name].replace("#fff", "#ffffff") if found[name] == "#fff" else found[name]
            for name in DEFAULTS[scheme]
        }
        assert written == DEFAULTS[scheme]
    assert theme_style(Theme()) == ""
    check_theme("theme", Theme())


def test_theme_sets_only_what_it_changes_in_both_schemes() -> None:
    theme = msgspec.convert({"radius": 4, "light": {"accent": "#1f5f8b"}}, Theme)
    assert theme_style(theme) == (
        ":where(:root){--suostumus-radius:4px;--suostumus-accent:#1f5f8b}"
        "@media(prefers-color-scheme:dark){:where(:root){--suostumus-accent:#f2f2f4}}"
    )


def test_shop_without_a_dark_scheme_keeps_the_question_light() -> None:
    style = theme_style(Theme(scheme="light"))
    assert "--suostumus-background:#ffffff" in style
    assert "@media" not in style


# Layouts


@pytest.mark.parametrize("layout", ["bar", "card", "dialog"])
def test_layout_is_baked_in_with_its_own_hash(open_house: OpenHouse, layout: str) -> None:
    house = open_house(sites=sites(layout=layout))
    baked = shown(house)
    assert baked["layout"] == layout
    assert bool(baked["style"]) == (layout != "bar")
    assert baked["languages"]["fi"]["shown"] == house.notice().wordings["fi"].shown[layout]


def test_unknown_layout_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"sites\[0\].layout: "):
        parse_settings((SITE + "layout = 'wall'\n").encode(), {})


# Words


def test_own_words_are_shown_and_make_another_hash(open_house: OpenHouse) -> None:
    house = open_house(sites=sites(texts={"en": {"title": "May we count your visit?"}}))
    baked = shown(house)["languages"]
    assert baked["en"]["texts"]["title"] == "May we count your visit?"
    assert baked["en"]["texts"]["accept"] == "Accept all"
    assert baked["fi"]["texts"]["title"] != "May we count your visit?"
    house.close()
    assert shown(open_house("other"))["languages"]["en"]["shown"] != baked["en"]["shown"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"titel": "x"}, "sites[0].texts.en.titel: unknown"),
        ({"reject": ""}, "sites[0].texts.en.reject: expected 1 to 32 characters"),
        ({"title": "x" * 91}, "sites[0].texts.en.title: expected 1 to 90 characters"),
        ({"body": "We like data."}, "sites[0].texts.en.body: expected {controller} in braces"),
        ({"accept": "Yes {name}"}, "sites[0].texts.en.accept: expected nothing in braces"),
        ({"accept": "OK", "reject": "Continue without agreeing"}, "sites[0].texts.en.reject: more than twice as long"),
        ({"reject": "accept all"}, "sites[0].texts.en.reject: the same words"),
    ],
)
def test_unfair_or_incomplete_words_stop_the_start(open_house: OpenHouse, texts: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_house(sites=sites(texts={"en": texts}))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_shipped_words_of_all_languages_have_the_same_keys(language: str) -> None:
    shipped = [
        tomllib.loads((REPOSITORY / "server" / "languages" / f"{name}.toml").read_text("utf-8"))
        for name in (language, "en")
    ]
    assert [sorted(one[table]) for one in shipped[:1] for table in ("banner", "page", "purposes")] == [
        sorted(shipped[1][table]) for table in ("banner", "page", "purposes")
    ]


# The logo


def with_logo(open_house: OpenHouse, folder: Path, content: str) -> House:
    """A house whose shop has this logo."""
    file = folder / "logo.svg"
    file.write_text(content)
    return open_house(sites=sites(logo=str(file)))


def test_logo_becomes_plain_shapes(open_house: OpenHouse, tmp_path: Path) -> None:
    shapes = '<title>Shop</title><g id="a" fill="none"><path d="M0 0h24v24z" stroke="#123456" class="b"/></g>'
    house = with_logo(open_house, tmp_path, "<!-- drawn by hand -->" + SVG.format(shapes))
    assert shown(house)["logo"] == [
        "svg",
        {"viewBox": "0 0 24 24"},
        [["g", {"fill": "none"}, [["path", {"d": "M0 0h24v24z", "stroke": "#123456"}, []]]]],
    ]
    assert "createElementNS" in house.door.get("/s/shop.js").text
    assert "createElementNS" not in house.door.get("/s/other.js").text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not a picture", "not XML"),
        ("<svg></svg>", "not an SVG file"),
        (SVG.format("").replace(' viewBox="0 0 24 24"', ""), "no viewBox"),
        (SVG.format("<script>alert(1)</script>"), "an element other than"),
        (SVG.format('<image href="https://ads.example/"/>'), "an element other than"),
        (SVG.format('<path style="fill:red"/>'), "a style"),
        (SVG.format('<path fill="url(https://ads.example/#a)"/>'), "fill is no plain value"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"), "declares a document type"),
        (SVG.format("<!--" + "x" * 5000 + "-->"), "larger than 4096 bytes"),
    ],
)
def test_logo_that_is_more_than_shapes_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "logo.svg"
    file.write_text(content)
    with pytest.raises(SettingsError, match=re.escape(f"sites[0].logo: {message}")):
        read_logo("sites[0].logo", file)


def test_missing_logo_stops_the_start_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = tmp_path / "suostumus.toml"
    configuration.write_text(SITE + 'logo = "nowhere.svg"\n')
    assert main(["--config", str(configuration), "tag"]) == 2
    assert "sites[0].logo: No such file" in capsys.readouterr().err
