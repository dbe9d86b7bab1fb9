"""What msgspec finds wrong, in words that name the field and the rule, and never the value."""

import re

_UNKNOWN = re.compile(r"Object contains unknown field `([^`]{1,80})[^`]*`(?: - at `\$\.?(.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `([^`]+)`(?: - at `\$\.?(.*)`)?")
_ELSEWHERE = re.compile(r"(.*) - at `(?:key(?:` in `| in ))?\$\.?(.*)`", re.DOTALL)


def describe(error: Exception, place: str = "") -> str:
    """Turn "rule - at `$.a.b`" into "PLACE.a.b: rule"."""
    message = str(error)
    if unknown := _UNKNOWN.fullmatch(message):
        return f"{_join(place, unknown[2], unknown[1])}: unknown field"
    if missing := _MISSING.fullmatch(message):
        return f"{_join(place, missing[2], missing[1])}: missing"
    if elsewhere := _ELSEWHERE.fullmatch(message):
        return f"{_join(place, elsewhere[2])}: {_without_value(elsewhere[1])}"
    return f"{place}: {_without_value(message)}" if place else _without_value(message)


def _join(*parts: str | None) -> str:
    return ".".join(part for part in parts if part).replace(".[", "[").replace("[...]", "[]")


def _without_value(rule: str) -> str:
    rule = re.sub(r"Invalid enum value .*", "not one of the allowed values", rule, flags=re.DOTALL)
    return re.sub(r"^Expected", "expected", rule)
