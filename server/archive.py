"""The public archive: every version of a site's notice, in all its languages, with what it changed."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from suostumus.server.amendments import Difference, covered_purposes, differences
from suostumus.server.intake import Intake
from suostumus.server.notice import Notice, Wording
from suostumus.server.parts import PublicParts
from suostumus.server.settings import Site
from suostumus.server.versions import Content, Published, Versions
from suostumus.server.visitor import HEADERS, language_of, site_of, visitor_templates


@dataclass(frozen=True)
class _Change:
    """One difference, under the name that a reader knows it by."""

    name: str
    before: str
    after: str


class ArchivePages:
    """GET /privacy/SITE/versions, and below it each version."""

    def __init__(self, parts: PublicParts, intake: Intake) -> None:
        self._parts = parts
        self._intake = intake
        self._base = urlsplit(parts.settings.public_url).path
        self._templates = visitor_templates()

    async def list(self, request: Request) -> Response:
        """Every version, the newest first, and when it was in force."""
        site, notice, wording = self._asked(request)
        history = Versions(self._parts.settings.data_path, site.key).history()
        return self._page("versions.html", site, wording, notice, spans=_spans(history))

    async def show(self, request: Request) -> Response:
        """One version as it was published."""
        site, notice, wording = self._asked(request)
        versions = Versions(self._parts.settings.data_path, site.key)
        history = versions.history()
        version = request.path_params["version"]
        place = next((index for index, entry in enumerate(history) if entry.version == version), None)
        content = versions.read(version) if place is not None else None
        if place is None or content is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "version: unknown")
        language = wording.language if wording.language in content.languages else next(iter(content.languages))
        before = versions.read(history[place - 1].version) if place else None
        return self._page(
            "version.html",
            site,
            wording,
            notice,
            entry=history[place],
            content=content,
            spoken=content.languages[language],
            spoken_in=language,
            retention=content.languages[language].page["retention_text"].format(**content.retention),
            changes=_changes(before, content, language, wording) if before else [],
            asked_again=_asked_again(before, content, language) if before else [],
            is_first=place == 0,
        )

    def _asked(self, request: Request) -> tuple[Site, Notice, Wording]:
        self._intake.limit(request)
        site = site_of(request, self._parts.settings)
        notice = self._parts.notices[site.key]
        return site, notice, notice.wording(language_of(request, notice))

    def _page(self, template: str, site: Site, wording: Wording, notice: Notice, **more: object) -> Response:
        body = self._templates.get_template(template).render(
            base=self._base,
            site=site,
            language=wording.language,
            direction=wording.texts.direction,
            languages=list(notice.wordings),
            words=wording.texts.page,
            present=notice.version,
            **more,
        )
        return HTMLResponse(body, headers=HEADERS)


def _spans(history: list[Published]) -> list[tuple[Published, str]]:
    """Each version with the moment that ended it, empty for the present one; the newest first."""
    ends = [entry.since for entry in history[1:]] + [""]
    return list(reversed(list(zip(history, ends, strict=True))))


def _asked_again(before: Content, content: Content, language: str) -> list[str]:
    """The titles of the purposes for which consents to the version before ended."""
    covered = covered_purposes(before, content)
    titles = content.languages[language].purposes
    return [titles[purpose].title for purpose in content.purposes if purpose not in covered]


def _changes(before: Content, content: Content, language: str, wording: Wording) -> list[_Change]:
    return [
        _Change(_name(difference, before, content, language, wording), difference.before, difference.after)
        for difference in differences(before, content, language)
    ]


def _name(difference: Difference, before: Content, content: Content, language: str, wording: Wording) -> str:
    words = wording.texts.page
    subject, _, purpose = difference.subject.partition(" ")
    for version in (content, before):
        titles = version.languages[language].purposes if language in version.languages else {}
        if subject in titles:
            return titles[subject].title
        if subject == "recipients" and purpose in titles:
            return f"{words.recipients}: {titles[purpose].title}"
    name: str = words.wording if subject in {"page", "banner"} else getattr(words, subject)
    return name
