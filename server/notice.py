"""The privacy notice: its version by content, and the hash of what the script shows."""

import hashlib
from dataclasses import dataclass

import msgspec

from suostumus.server.messages import Layout
from suostumus.server.settings import PurposeText, Settings, Site
from suostumus.server.texts import Texts, load_texts, purpose_texts

HASH_DIGITS = 16


@dataclass(frozen=True)
class Wording:
    """What one language of a site shows."""

    language: str
    texts: Texts
    purposes: dict[str, PurposeText]
    shown: dict[str, str]  # by layout: hash of texts, purposes, buttons and language


@dataclass(frozen=True)
class Notice:
    """One version of a site's privacy notice in all its languages."""

    version: str  # hash of the content: 16 hex digits
    site: Site
    wordings: dict[str, Wording]  # by language, in the site's order

    def wording(self, language: str) -> Wording:
        """The words of a language; the site's first language when it has not that one."""
        return self.wordings.get(language) or next(iter(self.wordings.values()))

    def knows_shown(self, language: str, layout: str, shown: str) -> bool:
        """Whether that is the hash of what this version shows there."""
        wording = self.wordings.get(language)
        return wording is not None and wording.shown.get(layout) == shown


def build_notice(settings: Settings, site: Site) -> Notice:
    """The site's present notice. Raises SettingsError when a language has no texts."""
    texts = {language: load_texts(language, settings.data_path / "languages") for language in site.languages}
    purposes = {language: purpose_texts(site, language, texts[language]) for language in site.languages}
    content = {
        "controller": settings.controller,
        "authority": settings.authority,
        "retention": settings.retention,
        "ip_storage": settings.ip_storage,
        "notice": settings.notice,
        "purposes": purposes,
        "page": {language: texts[language].page for language in site.languages},
    }
    return Notice(
        version=content_hash(content),
        site=site,
        wordings={
            language: Wording(
                language,
                texts[language],
                purposes[language],
                {layout.value: _shown(texts[language], purposes[language], language, layout) for layout in Layout},
            )
            for language in site.languages
        },
    )


def content_hash(content: object) -> str:
    """The first 16 hex digits of SHA-256 over canonical JSON."""
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:HASH_DIGITS]


def _shown(texts: Texts, purposes: dict[str, PurposeText], language: str, layout: Layout) -> str:
    return content_hash(
        {
            "language": language,
            "layout": layout.value,
            "texts": texts.banner,
            "purposes": list(purposes.items()),
        }
    )
