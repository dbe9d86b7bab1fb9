"""What a new version of a notice changes: which purposes it touches, and which it leaves as they were agreed to."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from suostumus.server.events import Purpose
from suostumus.server.versions import Content

IP_DETAIL = ("none", "truncated", "full")  # the less first


@dataclass(frozen=True)
class Difference:
    """One thing that another version says otherwise. A side is empty where a version does not have it."""

    subject: str  # key of the page's word for it, or a purpose
    before: str
    after: str


def covered_purposes(earlier: Content, present: Content) -> tuple[str, ...]:
    """The present purposes that an agreement to the earlier version covers, in the order shown.

    A purpose is covered if nothing material about it became other or more: ARCHITECTURE.md, "A notice that changes".
    """
    if earlier.controller.get("name") != present.controller.get("name"):
        return ()
    return tuple(purpose for purpose in present.purposes if _covers(earlier, present, purpose))


def _covers(earlier: Content, present: Content, purpose: str) -> bool:
    return (
        purpose in earlier.purposes
        and _recipients(present, purpose) <= _recipients(earlier, purpose)
        and present.retention["visitor_months"] <= earlier.retention["visitor_months"]
        and present.retention["events_months"] <= earlier.retention["events_months"]
        and (purpose != Purpose.STATISTICS or _stores_no_more_of_addresses(earlier, present))
        and (purpose in present.reworded.get(earlier.version, ()) or _says_the_same(earlier, present, purpose))
    )


def _recipients(content: Content, purpose: str) -> set[str]:
    return {
        *content.recipients,
        *content.purpose_recipients.get(purpose, ()),
        *content.declared.get(purpose, ()),
    }


def _stores_no_more_of_addresses(earlier: Content, present: Content) -> bool:
    return IP_DETAIL.index(present.ip_storage) <= IP_DETAIL.index(earlier.ip_storage) and (
        present.ip_storage != "full" or present.retention["full_ip_days"] <= earlier.retention["full_ip_days"]
    )


def _says_the_same(earlier: Content, present: Content, purpose: str) -> bool:
    """Whether the words are the same in every language that both versions have; one of them at least."""
    shared = earlier.languages.keys() & present.languages.keys()
    return bool(shared) and all(
        _words(earlier, language, purpose) == _words(present, language, purpose) for language in shared
    )


def _words(content: Content, language: str, purpose: str) -> list[str]:
    """The words of a purpose without capitals, punctuation and spacing, which carry no meaning."""
    spoken = content.languages[language].purposes[purpose]
    plain = unicodedata.normalize("NFKC", f"{spoken.title} : {spoken.text}").casefold()
    return re.findall(r"\w+", plain)


def differences(earlier: Content, present: Content, language: str) -> list[Difference]:
    """What a reader of a language finds changed, in the order of the page."""
    before, after = _statements(earlier, language), _statements(present, language)
    return [
        Difference(subject, before.get(subject, ""), after.get(subject, ""))
        for subject in {**after, **before}
        if before.get(subject, "") != after.get(subject, "")
    ]


def _statements(content: Content, language: str) -> dict[str, str]:
    """What a version says, by subject. What the words of the page say is under their own keys."""
    spoken = content.languages.get(language)
    if spoken is None:
        return {}
    return {
        **{purpose: f"{text.title}: {text.text}" for purpose, text in spoken.purposes.items()},
        "notice": spoken.text,
        "controller": _listed(content.controller.values()),
        "recipients": _listed(content.recipients),
        **{
            f"recipients {purpose}": _listed(
                (*content.purpose_recipients.get(purpose, ()), *content.declared.get(purpose, ()))
            )
            for purpose in content.purposes
        },
        "retention": spoken.page["retention_text"].format(**content.retention),
        "ip_storage": content.ip_storage,
        "authority": _listed(content.authority.values()),
        "effective": content.effective,
        **{f"page {key}": text for key, text in spoken.page.items() if key != "retention_text"},
        **{f"banner {key}": text for key, text in spoken.banner.items()},
    }


def _listed(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part)
