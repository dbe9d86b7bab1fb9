"""Dimensions, their values and codes in words."""

import re
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton

from suostumus.dashboards.dimensions import Dimension
from suostumus.dashboards.formats import change, written
from suostumus.dashboards.metric import Format
from suostumus.dashboards.periods import Extent
from suostumus.dashboards.words import Words

_UNKNOWN_WHEN_EMPTY = {"country", "region", "city", "code", "browser", "system", "device"}
_COUNTRIES = {"country", "code"}
_HOUR = re.compile(r"\d\d:\d\d.*$")
_MONTH = re.compile(r"(\d{4})-(\d\d)(?!-)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WEEK = re.compile(r"\d{4}-W\d\d")


def label(words: Words, kind: str, value: str) -> str:
    """A value of a dimension or a column as people read it; one without a word of its own stays as it is."""
    if not value:
        empty = words.text("values.unknown" if kind in _UNKNOWN_WHEN_EMPTY else "values.none")
        return words.get(f"values.{kind}.none", empty)
    if kind in _COUNTRIES:
        return _territories(words.language).get(value, value)
    return words.get(f"values.{kind}.{value}", value)


def named(words: Words, kind: str, value: str, called: str) -> str:
    """The same, after its name if it is a number that has one."""
    return ", ".join(filter(None, [called, label(words, kind, value)]))


def dimension_title(words: Words, shown: Dimension) -> str:
    """What a dimension is called."""
    return words.get(f"dimensions.{shown.name}.title", shown.title)


def written_in(words: Words, value: object, form: Format) -> str:
    """A value in the words of its format, with the language's decimal sign."""
    text = written(value, form)
    return text if form in {Format.TEXT, Format.TIME} else text.replace(".", words.text("numbers.decimal"))


def change_in(words: Words, current: float | Decimal | None, previous: float | Decimal | None, form: Format) -> str:
    """How a value differs from an earlier one, with the language's decimal sign."""
    text = change(current, previous, form).replace(".", words.text("numbers.decimal"))
    return text.replace("pp", words.text("numbers.points"))


def day_in(words: Words, day: date) -> str:
    """A day as the language writes it: 2 Nov 2026, 2.11.2026."""
    return format_date(day, "medium", locale=words.locale)


def extent_of(title: str) -> Extent:
    """How much of a bucket the period has, as its title says."""
    return next((known for known in Extent if known and title.endswith(f"({known})")), Extent.WHOLE)


def extent_in(words: Words, known: Extent) -> str:
    """The same in the language; "" for a whole one."""
    return words.text(f"chart.{known.name.lower()}") if known else ""


def bucket_in(words: Words, title: str, *, short: bool = False) -> str:
    """The title of a bucket of time in the language; `short` is what fits an axis."""
    known = "" if short else extent_in(words, extent_of(title))
    text = _moment_in(words, title.rpartition(" (")[0] if extent_of(title) else title, short=short)
    return f"{text} ({known})" if known else text


def _moment_in(words: Words, title: str, *, short: bool) -> str:
    if hour := _HOUR.search(title):
        return hour[0] if short else f"{day_in(words, date.fromisoformat(title[:10]))} {hour[0]}"
    if month := _MONTH.match(title):
        first = date(int(month[1]), int(month[2]), 1)
        return str(format_skeleton("yMMM", first, locale=words.locale))
    if not (day := _DAY.search(title)):
        return title
    found = date.fromisoformat(day[0])
    skeleton = "MMMd" if short else "yMMMEd"
    text = str(format_skeleton(skeleton, found, locale=words.locale))
    return text if short or not (week := _WEEK.match(title)) else f"{week[0]}, {text}"


@cache
def _territories(language: str) -> dict[str, str]:
    """Names of countries and territories by ISO 3166-1 alpha-2 code."""
    return dict(Locale(language).territories)
