"""The privacy notice: its present version, and what agreements to its earlier versions still cover."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from suostumus.server.amendments import covered_purposes
from suostumus.server.messages import Layout
from suostumus.server.settings import PurposeText, Settings, Site
from suostumus.server.texts import Texts, purpose_texts, site_texts
from suostumus.server.versions import Content, LanguageContent, Versions

log = logging.getLogger("suostumus.notice")


@dataclass(frozen=True)
class Wording:
    """What one language of a site shows."""

    language: str
    texts: Texts
    purposes: dict[str, PurposeText]
    shown: dict[str, str]  # by layout: hash of texts, purposes, buttons and language


@dataclass(frozen=True)
class Notice:
    """A site's privacy notice in all its languages."""

    version: str  # hash of the content: 16 hex digits
    site: Site
    wordings: dict[str, Wording]  # by language, in the site's order
    content: Content
    earlier: dict[str, Content] = field(default_factory=dict)  # by version, the oldest first
    covered: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by earlier version: purposes that still stand

    def wording(self, language: str) -> Wording:
        """The words of a language; the site's first language when it has not that one."""
        return self.wordings.get(language) or next(iter(self.wordings.values()))

    def standing(self, version: str) -> tuple[str, ...]:
        """The purposes for which an agreement to that version is one to this notice; none for an unknown one."""
        return self.site.purposes if version == self.version else self.covered.get(version, ())

    def knows_shown(self, version: str, language: str, layout: str, shown: str) -> bool:
        """Whether that is the hash of what that version shows there."""
        content = self.content if version == self.version else self.earlier.get(version)
        return (
            content is not None and language in content.languages and content.shown(language, Layout(layout)) == shown
        )


def build_notice(settings: Settings, site: Site) -> Notice:
    """The site's present notice. Raises SettingsError when a language has no texts."""
    place, own = f"sites[{settings.sites.index(site)}]", settings.data_path / "languages"
    texts = {language: site_texts(place, site, language, own) for language in site.languages}
    purposes = {language: purpose_texts(site, language, texts[language]) for language in site.languages}
    content = _content(settings, site, texts, purposes)
    earlier = _earlier(Versions(settings.data_path, site.key), content.version)
    return Notice(
        version=content.version,
        site=site,
        wordings={
            language: Wording(
                language,
                texts[language],
                purposes[language],
                {layout.value: content.shown(language, layout) for layout in Layout},
            )
            for language in site.languages
        },
        content=content,
        earlier=earlier,
        covered={version: covered_purposes(before, content) for version, before in earlier.items()},
    )


def publish_notice(settings: Settings, notice: Notice, now: datetime) -> None:
    """Keep the version for good, as the one in force from now on."""
    Versions(settings.data_path, notice.site.key).keep(notice.content, now)


def _content(
    settings: Settings, site: Site, texts: dict[str, Texts], purposes: dict[str, dict[str, PurposeText]]
) -> Content:
    return Content(
        site=site.name,
        effective=settings.notice.effective,
        controller=msgspec.to_builtins(settings.controller),
        authority=msgspec.to_builtins(settings.authority),
        retention=msgspec.to_builtins(settings.retention),
        ip_storage=settings.ip_storage,
        recipients=settings.notice.recipients,
        purpose_recipients=settings.notice.purpose_recipients,
        purposes=site.purposes,
        languages={
            language: LanguageContent(
                text=settings.notice.text.get(language, ""),
                page=msgspec.to_builtins(texts[language].page),
                banner=msgspec.to_builtins(texts[language].banner),
                purposes=purposes[language],
            )
            for language in site.languages
        },
        declared={
            purpose: tuple(sorted({one.provider for one in site.declared if one.purpose == purpose}))
            for purpose in sorted({one.purpose for one in site.declared})
        },
        reworded=settings.notice.reworded,
    )


def _earlier(versions: Versions, present: str) -> dict[str, Content]:
    """Every version that was in force before. One that cannot be read covers nothing."""
    found: dict[str, Content] = {}
    for version in dict.fromkeys(published.version for published in versions.history()):
        content = versions.read(version)
        if content is None:
            log.warning("version %s of a notice cannot be read: consents to it have ended", version)
        elif version != present:
            found[version] = content
    return found
