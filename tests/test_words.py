"""The words of the dashboards: every language says the same, and the browser's wish is heard."""

import re
from datetime import date
from string import Formatter

import pytest

from suostumus.dashboards.dimensions import DIMENSIONS
from suostumus.dashboards.labels import bucket_in, change_in, day_in, label, written_in
from suostumus.dashboards.metric import Format
from suostumus.dashboards.metrics import METRICS
from suostumus.dashboards.panels import PANELS
from suostumus.dashboards.words import LANGUAGES, own_texts, words_for, words_of

OTHERS = [language for language in LANGUAGES if language != "en"]
REGISTRIES = ("metrics.", "dimensions.", "columns.", "panels.")  # English stands in the registries themselves


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_word_and_the_same_blanks(language: str) -> None:
    english, own = (
        {key: text for key, text in own_texts(name).items() if not key.startswith(REGISTRIES)}
        for name in ("en", language)
    )
    assert set(own) == set(english)
    for key, text in english.items():
        assert fields(own[key]) == fields(text), key


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_names_and_defines_what_the_registries_hold(language: str) -> None:
    own = own_texts(language)
    needed = {f"panels.{panel.name}" for panel in PANELS}
    for registry, names in (
        ("metrics", [one.name for one in METRICS]),
        ("dimensions", [one.name for one in DIMENSIONS]),
    ):
        needed |= {f"{registry}.{name}.{word}" for name in names for word in ("title", "definition")}
    assert needed - set(own) == set()


@pytest.mark.parametrize(
    ("chosen", "preferred", "language"),
    [
        ("", "", "en"),
        ("", "fi", "fi"),
        ("", "de-DE, sv-FI;q=0.8, en;q=0.5", "sv"),
        ("fi", "sv", "fi"),
        ("../en", "sv", "sv"),
        ("", "x" * 5000, "en"),
    ],
)
def test_the_chosen_language_comes_first_then_the_browsers(chosen: str, preferred: str, language: str) -> None:
    assert words_for(chosen, preferred).language == language


def test_numbers_dates_and_countries_are_the_languages_own() -> None:
    finnish, swedish, english = (words_of(language) for language in ("fi", "sv", "en"))
    assert written_in(finnish, 1234.5, Format.MONEY) == "1\u202f234,50"
    assert written_in(english, 1234.5, Format.MONEY) == "1\u202f234.50"
    assert change_in(finnish, 0.105, 0.1, Format.RATE) == "+0,5\u202f%-yks."
    assert day_in(finnish, date(2026, 11, 2)) == "2.11.2026"
    assert day_in(english, date(2026, 11, 2)) == "2 Nov 2026"
    assert label(finnish, "country", "SE") == "Ruotsi"
    assert label(swedish, "country", "FI") == "Finland"
    assert label(english, "country", "") == "(unknown)"
    assert label(english, "country", "ZZZ") == "ZZZ"


def test_titles_of_buckets_are_read_in_every_language() -> None:
    english, finnish = words_of("en"), words_of("fi")
    assert bucket_in(english, "Mon 2026-11-02") == "Mon, 2 Nov 2026"
    assert bucket_in(english, "Mon 2026-11-02 (so far)", short=True) == "2 Nov"
    assert bucket_in(english, "2026-11-02 14:00", short=True) == "14:00"
    assert bucket_in(finnish, "2026-11-02 14:00") == "2.11.2026 14:00"
    assert bucket_in(english, "2026-W45, from 2026-11-02") == "2026-W45, Mon, 2 Nov 2026"
    assert re.search("2026", bucket_in(finnish, "2026-11"))
    assert bucket_in(english, "2026-11 (part)") == "Nov 2026 (part)"
    assert bucket_in(finnish, "2026-11-02 14:00 (so far)") == "2.11.2026 14:00 (tähän asti)"
