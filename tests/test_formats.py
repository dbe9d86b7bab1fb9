"""Figures and changes are written for people."""

from decimal import Decimal

import pytest

from suostumus.dashboards.formats import change, written
from suostumus.dashboards.metric import Format


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1234567, Format.COUNT, "1 234 567"),
        (0.4567, Format.RATE, "45.7 %"),
        (4.4378869, Format.RATIO, "4.44"),
        (59.6, Format.DURATION, "1 min 00 s"),
        (3725, Format.DURATION, "1 h 02 min"),
        (Decimal("-1234.5"), Format.MONEY, "−1 234.50"),
        (None, Format.RATE, "–"),
    ],
)
def test_values_are_written_for_people(value: object, form: Format, text: str) -> None:
    assert written(value, form).replace("\u202f", " ") == text


@pytest.mark.parametrize("form", [form for form in Format if form not in {Format.TEXT, Format.TIME}])
def test_no_number_is_written_with_all_its_digits(form: Format) -> None:
    assert len(written(13.3333333333333333, form)) <= len("1 333.3 %")


@pytest.mark.parametrize(
    ("current", "previous", "form", "text"),
    [
        (150, 100, Format.COUNT, "+50 %"),
        (98, 100, Format.COUNT, "−2.0 %"),
        (100, 100, Format.COUNT, "±0 %"),
        (100, 0, Format.COUNT, ""),
        (0.5, 0.45, Format.RATE, "+5.0 pp"),
        (None, 0.45, Format.RATE, ""),
    ],
)
def test_changes_are_written_for_people(current: float | None, previous: float | None, form: Format, text: str) -> None:
    assert change(current, previous, form).replace("\u202f", " ") == text
