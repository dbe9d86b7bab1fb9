"""The privacy notice: its present version, and what agreements to its earlier versions still cover."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from suostumus.server.amendments import covered_purposes
from suostumus.server.messages import Layout
from suostumus.server.settings import PurposeText, Settings, Site
from suostumus.server.texts import BannerTexts, Texts, purpose_texts, site_texts, trial_texts
from suostumus.server.versions import Content, LanguageContent, Versions

log = logging.getLogger("suostumus.notice")


@dataclass(frozen=True)
class Wording:
    """What one language of a site shows."""

    language: str
    texts: Texts
    purposes: dict[str, PurposeText]
    shown: dict[str, str]  # by layout: hash of texts, purposes, buttons and language
    trial: "Trial | None" = None  # the second arm of an experiment


@dataclass(frozen=True)
class Trial:
    """What the second arm of an experiment shows in one language."""

    layout: Layout
    banner: BannerTexts
    shown: str  # as in a wording


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

    def versions_for(self, purpose: str) -> list[str]:
        """The versions in which an agreement to the purpose is one to this notice."""
        return [version for version in (self.version, *self.covered) if purpose in self.standing(version)]

    def knows_shown(self, version: str, language: str, layout: str, shown: str) -> bool:
        """Whether that is the hash of what that version shows there."""
        content = self.content if version == self.version else self.earlier.get(version)
        if content is None or language not in content.languages:
            return False
        arms = (False, True) if content.languages[language].trial else (False,)
        return any(content.shown(language, Layout(layout), in_trial=arm) == shown for arm in arms)

    def arm(self, language: str, layout: str, shown: str) -> str:
        """Which arm of the site's experiment showed that: a or b; empty when none did."""
        wording = self.wordings.get(language)
        if wording is None or wording.trial is None:
            return ""
        if (layout, shown) == (wording.trial.layout.value, wording.trial.shown):
            return "b"
        return "a" if layout == self.site.layout and shown == wording.shown[layout] else ""


def build_notice(settings: Settings, site: Site) -> Notice:
    """The site's present notice. Raises SettingsError when a language has no texts."""
    place, own = f"sites[{settings.sites.index(site)}]", settings.data_path / "languages"
    texts = {language: site_texts(place, site, language, own) for language in site.languages}
    purposes = {language: purpose_texts(site, language, texts[language]) for language in site.languages}
    trials = {
        language: trial_texts(place, site.experiment, language, texts[language].banner)
        for language in site.languages
        if site.experiment
    }
    content = _content(settings, site, texts, purposes, trials)
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
                _trial(site, content, language, trials),
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


def _trial(site: Site, content: Content, language: str, trials: dict[str, BannerTexts]) -> Trial | None:
    if site.experiment is None:
        return None
    layout = Layout(site.experiment.layout or site.layout)
    return Trial(layout, trials[language], content.shown(language, layout, in_trial=True))


def _content(
    settings: Settings,
    site: Site,
    texts: dict[str, Texts],
    purposes: dict[str, dict[str, PurposeText]],
    trials: dict[str, BannerTexts],
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
                trial=msgspec.to_builtins(trials[language]) if language in trials else {},
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
