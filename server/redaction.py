"""What must never be stored, taken out of URLs and texts: e-mail addresses, telephone and card numbers."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from suostumus.server.urls import decode, encode, read_url

CAMPAIGN_PARAMETERS: Final = frozenset({"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"})
CLICK_IDS: Final = (
    "gclid",
    "wbraid",
    "gbraid",
    "dclid",
    "msclkid",
    "ttclid",
    "li_fat_id",
    "twclid",
    "fbclid",
)
"""Parameters by which advertisers know one click, purpose `marketing`. The first one present counts."""

_DOMAIN: Final = re.compile(r"""(?:@[^\s@,;:<>()\[\]"\\/=?&#.]++(?:\.[^\s@,;:<>()\[\]"\\/=?&#.]++)++)++""")
_LOCAL_PART_BACKWARDS: Final = re.compile(r"""[/=?&#]{0,8}[^\s@,;:<>()\[\]"\\/=?&#]{0,64}""")
"""What stands before an e-mail address's @, read from there: forwards, each character might be its beginning."""

_LONGEST_LOCAL_PART: Final = 72
_CARD: Final = re.compile(
    r"""[2-6] (?<![^\W_].) \d{3} (?:
        \d{10,15} | (?:[ -]\d{4}){3}(?:[ -]\d{1,3})? | (?<=3\d{3})[ -]\d{6}[ -]\d{4,5}
    )(?![^\W_])""",
    re.VERBOSE | re.ASCII,
)
_PHONE: Final = re.compile(
    r"""[+(0] (?<![^\W_].) (?:
        (?P<signed> (?<=\+) \(?\d(?:[ .\-()/]{0,2}\d){6,14} )
      | (?P<spaced> (?<=0) 0[1-9]\d{0,2}(?:[ ]\d{2,8}){2,4} )
      | (?P<national> (?:(?<=0)|(?<=\()0) [1-9]\d{0,3}\)?(?:[ -]\d{2,8}){1,4} )
      | (?P<solid> (?<=0) (?:0(?:1\d{10}|[2-9]\d{8,12}) | (?:4\d|50|7[02369])\d{7}) )  # 04, 050 Finland; 07 Sweden
    )(?![^\W_])""",
    re.VERBOSE | re.ASCII,
)
_IDENTIFIER: Final = re.compile(
    r"""([0-9A-Fa-f] (?<![^\W_].) (?:
        [0-9A-Fa-f]{7}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}                     # UUID
      | (?<=\d)\d{3}-\d\d-\d\d | (?<=\d)\d?[./-]\d\d?[./-]\d{4}                # dates
    )(?![^\W_]))""",
    re.VERBOSE | re.ASCII,
)
"""Digits that might read as a telephone number and are none. As in the two above, what it may begin with stands
first and what must not precede it second: so most of a text is passed over fast."""

_JOINT: Final = re.compile(r"[-./]")  # every identifier has one

_NUMBER: Final = re.compile(r"\d\d", re.ASCII)  # a repeat such as \d{2} would be tried at each character
_LONG_NUMBER: Final = re.compile(r"\d" * 7, re.ASCII)
_BETWEEN_DIGITS: Final = str.maketrans("", "", " .-()/")
"""Every telephone and card number has seven digits together, once what people put between them is left out."""

_THREE_DIGITS: Final = re.compile(r"[ -]\d{3}", re.ASCII)
_EFFORT: Final = 1000  # characters
"""How much of a text may be read for numbers and addresses before the text as a whole is replaced."""

_CANDIDATE: Final = 100  # characters that take as long as looking closely at what might be one of them

_UNREAD: Final = "(redacted)"
_REMEMBERED: Final = 512  # paths, in memory only: a page's is read for several columns, and is the next page's referrer
_DECODINGS: Final = 5  # a text that is percent-encoded more often, or badly, is not looked at, but replaced


@dataclass(frozen=True, slots=True)
class CleanUrl:
    """A URL that may be stored; every field is empty when the text was no http or https URL."""

    url: str = ""  # without credentials and fragment; only allowed parameters, in their order
    host: str = ""  # lower case, without port
    path: str = ""
    parameters: dict[str, str] = field(default_factory=dict)  # allowed and decoded; of several the first
    redacted: int = 0  # addresses and numbers replaced


def clean_url(text: str, allowed_parameters: frozenset[str]) -> CleanUrl:
    """Take out of a URL what may not be stored; never raises."""
    parts = read_url(text)
    if parts is None:
        return CleanUrl()
    path, redacted = redact_path(parts.path)
    pairs: list[str] = []
    parameters: dict[str, str] = {}
    for name, raw in _parameters(parts.query, allowed_parameters):
        value, hidden = _redact_value(raw)
        redacted += hidden
        pairs.append(f"{name}={encode(value, safe='') if hidden else raw}")
        parameters.setdefault(name, value)
    query = f"?{'&'.join(pairs)}" if pairs else ""
    return CleanUrl(f"{parts.origin}{path}{query}", parts.host, path, parameters, redacted)


def redact(text: str) -> tuple[str, int]:
    """The text with e-mail addresses, card and telephone numbers replaced by words; and their count."""
    try:
        return _redact(text, _Budget(_EFFORT))
    except _TooManyError:
        return _UNREAD, 1


def redact_all(texts: Sequence[str]) -> list[str]:
    """Each of these texts, redacted; when they are full of numbers, those that have any are replaced as a whole."""
    budget = _Budget(_EFFORT + len(texts) * _CANDIDATE // 2)
    try:
        return [_redact(text, budget)[0] for text in texts]
    except _TooManyError:
        return [_UNREAD if _may_hold_any(text) else text for text in texts]


@lru_cache(maxsize=_REMEMBERED)
def redact_path(path: str) -> tuple[str, int]:
    """The path of a URL, redacted; percent-encoding is seen through, and kept where nothing was found."""
    segments = []
    total = 0
    budget = _Budget(_EFFORT)
    try:
        for segment in path.split("/"):
            clean, hidden = _redact_encoded(segment, budget)
            segments.append(encode(clean, safe="@:!$&'()*+,;=") if hidden else segment)
            total += hidden
    except _TooManyError:
        return f"/{_UNREAD}", 1
    return "/".join(segments), total


class _TooManyError(Exception):
    """A text with more that looks like numbers and addresses than anybody writes."""


class _Budget:
    """How many more characters are read: without an end, a stranger's long text would cost many visits."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, characters: int) -> None:
        """Raises _TooManyError when so many are not left."""
        self._left -= characters
        if self._left < 0:
            raise _TooManyError


def _redact(text: str, budget: _Budget) -> tuple[str, int]:
    total = 0
    while _may_hold_any(text):
        text, hidden = _redact_once(text, budget)
        if not hidden:  # what is left when one number is gone can be another one
            break
        total += hidden
    return text, total


def _may_hold_any(text: str) -> bool:
    return "@" in text or _NUMBER.search(text) is not None


def _redact_value(raw: str) -> tuple[str, int]:
    """A query parameter, decoded and redacted: `+` is read as the sign of a number first, then as a space."""
    budget = _Budget(_EFFORT)
    try:
        signed, hidden = _redact_encoded(raw, budget)
        return (signed, hidden) if hidden else _redact_encoded(raw.replace("+", " "), budget)
    except _TooManyError:
        return _UNREAD, 1


def _redact_encoded(text: str, budget: _Budget) -> tuple[str, int]:
    for _ in range(_DECODINGS):
        try:
            decoded = decode(text)
        except ValueError:
            break
        if decoded == text:
            return _redact(text, budget)
        text = decoded
        budget.take(_CANDIDATE)
    return "(encoded)", 1


def _parameters(query: str, allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Allowed names with their values as they stand in the query."""
    for pair in query.split("&"):
        name, _, raw = pair.partition("=")
        if name in allowed:
            yield name, raw


def _redact_once(text: str, budget: _Budget) -> tuple[str, int]:
    emails = phones = 0
    if "@" in text:
        text, emails = _replace_emails(text, budget)
    if not _has_long_number(text):
        return text, emails
    budget.take(len(text))
    text, cards = _replace(text, _CARD, "(card)", _is_card, budget)
    if not _PHONE.search(text):
        return text, emails + cards
    # every second piece is an identifier; looking for them costs as much as all the rest
    pieces = _IDENTIFIER.split(text) if _JOINT.search(text) else [text]
    for index in range(0, len(pieces), 2):
        pieces[index], hidden = _replace(pieces[index], _PHONE, "(phone)", _is_phone, budget)
        phones += hidden
    return "".join(pieces), emails + cards + phones


def _replace_emails(text: str, budget: _Budget) -> tuple[str, int]:
    """From one @ to the next: looking for the whole expression would try every place of a text against each other."""
    pieces = []
    done = hidden = 0
    at = text.find("@")
    while at >= 0:
        budget.take(_CANDIDATE)
        domain = _DOMAIN.match(text, at)
        if domain and _has_letter(domain[0]):
            before = text[max(done, at - _LONGEST_LOCAL_PART) : at]
            local = _LOCAL_PART_BACKWARDS.match(before[::-1])
            if local and local.end():
                pieces += [text[done : at - local.end()], "(email)"]
                done = domain.end()
                hidden += 1
        at = text.find("@", max(done, at + 1))
    return "".join([*pieces, text[done:]]), hidden


def _has_long_number(text: str) -> bool:
    """Whether there may be a telephone or card number: mostly not, and that is soon seen."""
    return _LONG_NUMBER.search(text.translate(_BETWEEN_DIGITS)) is not None


def _replace(
    text: str, pattern: re.Pattern[str], word: str, accepts: Callable[[re.Match[str]], bool], budget: _Budget
) -> tuple[str, int]:
    """Replace the matches that are accepted; a refused one may still hold another that begins later."""
    pieces = []
    done = position = hidden = 0
    while match := pattern.search(text, position):
        budget.take(_CANDIDATE)
        position = match.start() + 1
        if accepts(match):
            pieces += [text[done : match.start()], word]
            done = position = match.end()
            hidden += 1
    return "".join([*pieces, text[done:]]), hidden


def _has_letter(domain: str) -> bool:
    """Whether it may be a domain: `3@1.50` is a price."""
    return any(map(str.isalpha, domain))


def _is_card(match: re.Match[str]) -> bool:
    """Whether the number has the issuer's length and check digit (ISO/IEC 7812-1, annex B: Luhn)."""
    digits = _digits(match[0])
    issued = re.fullmatch(
        r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6\d{15,18}|5[06-9]\d{14}",
        digits,
    )
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return bool(issued) and (doubled + sum(map(int, digits[::-2]))) % 10 == 0


def _is_phone(match: re.Match[str]) -> bool:
    """Whether the number is as long as telephone numbers are (ITU-T E.164) and is not something else."""
    digits = _digits(match[0])
    if match["solid"]:
        return not _is_article_number(digits)
    if match["signed"]:
        return 8 <= len(digits) <= 15
    # three digits in a row: opening hours have only two
    return 9 <= len(digits) <= 17 and _THREE_DIGITS.search(match[0]) is not None


def _is_article_number(digits: str) -> bool:
    """Whether the digits are a GTIN (EAN, UPC): GS1 General Specifications, section 7.9."""
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(digits[-2::-1]))
    return len(digits) in {8, 12, 13, 14} and (weighted + int(digits[-1])) % 10 == 0


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
