"""The words a visitor reads, by language: shipped in languages/LANGUAGE.toml, or the owner's file of that name."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from suostumus.server.appearance import Experiment
from suostumus.server.decoding import describe
from suostumus.server.settings import PurposeText, Site
from suostumus.server.tables import SettingsError

FILLED_IN: dict[str, dict[str, str | int]] = {
    "title": {"site": ""},
    "events_stored": {"count": 0},
    "months": {"count": 0},
    "days": {"count": 0},
    "minutes_idle": {"count": 0},
    "retention_text": {"consent_months": 0, "visitor_months": 0, "events_months": 0, "full_ip_days": 0},
}
"""What the page's sentences may name in braces."""


BUTTONS = {"accept", "reject", "preferences", "save", "withdraw", "close", "once", "always"}
LONGEST_BUTTON = 32  # characters, so that two stand side by side at 320 pixels
LONGEST_TITLE = 90
LONGEST = dict.fromkeys(BUTTONS, LONGEST_BUTTON) | dict.fromkeys(("title", "again", "open", "link"), LONGEST_TITLE)
LONGEST_SENTENCE = 400
FILLED_IN_BY_SCRIPT = {"body": ["{controller}"], "given": ["{purposes}"], "embed": ["{host}", "{purpose}"]}


class BannerTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The script's words. What stands in braces is filled in by the script."""

    title: str
    body: str
    again: str  # the title when only what changed is asked for
    accept: str
    reject: str
    preferences: str
    save: str
    withdraw: str
    open: str
    close: str
    receipt: str
    link: str
    given: str
    refused: str
    withdrawn: str
    failed: str
    reload: str
    embed: str
    once: str
    always: str


class PageTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of the visitor's page, the receipt's page and the notice."""

    title: str
    lead: str
    your_choice: str
    no_choice: str
    since: str
    until: str
    receipt: str
    collected: str
    events_stored: str
    nothing_stored: str
    download: str
    withdraw_lead: str
    change: str
    notice: str
    version: str
    effective: str
    controller: str
    officer: str
    authority: str
    authority_lead: str
    recipients: str
    no_recipients: str
    rights: str
    rights_text: str
    retention: str
    retention_text: str
    erasure_title: str
    requested: str
    hidden: str
    erased: str
    waiting: str
    unknown_receipt: str
    back: str
    saved: str
    cookies: str
    kept_name: str
    kept_purpose: str
    kept_provider: str
    kept_lifetime: str
    keeps_choice: str
    keeps_consent: str
    keeps_receipt: str
    keeps_session: str
    months: str
    days: str
    minutes_idle: str
    until_closed: str
    versions: str
    in_force: str
    changes: str
    no_changes: str
    first_version: str
    asked_again: str
    ip_storage: str
    wording: str
    change_at_shop: str
    language_label: str


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All words of one language."""

    banner: BannerTexts
    page: PageTexts
    purposes: dict[str, PurposeText]
    direction: Literal["ltr", "rtl"] = "ltr"


def load_texts(language: str, own: Path | None = None) -> Texts:
    """The words of a language: those of the owner's file, and for what it leaves out those that ship.

    Raises SettingsError, which names the file and the key.
    """
    place = f"languages/{language}.toml"
    shipped = files("suostumus.server").joinpath("languages", f"{language}.toml")
    found = [path for path in (shipped, own and own / f"{language}.toml") if path and path.is_file()]
    if not found:
        raise SettingsError(f"sites.languages: there are no texts for {language}")
    try:
        tables: dict[str, Any] = {}
        for path in found:
            for name, table in msgspec.toml.decode(path.read_bytes(), type=dict[str, Any]).items():
                tables[name] = {**tables.get(name, {}), **table} if isinstance(table, dict) else table
        texts = msgspec.convert(tables, Texts)
    except msgspec.MsgspecError as error:
        raise SettingsError(describe(error, place)) from error
    for name, example in FILLED_IN.items():
        try:
            getattr(texts.page, name).format(**example)
        except (KeyError, ValueError, IndexError) as error:
            raise SettingsError(f"{place}: page.{name}: braces other than {', '.join(example)}") from error
    _check_banner(f"{place}: banner", texts.banner)
    return texts


def site_texts(place: str, site: Site, language: str, own: Path) -> Texts:
    """The words of a language, where the site sets none of its own. Raises SettingsError, which names the key."""
    texts = load_texts(language, own)
    banner = _with(f"{place}.texts.{language}", texts.banner, site.texts.get(language, {}))
    return msgspec.structs.replace(texts, banner=banner)


def trial_texts(place: str, experiment: Experiment, language: str, first: BannerTexts) -> BannerTexts:
    """The script's words in the second arm of an experiment: as fair as those of the first. Raises SettingsError."""
    return _with(f"{place}.experiment.texts.{language}", first, experiment.texts.get(language, {}))


def _with(place: str, banner: BannerTexts, changed: dict[str, str]) -> BannerTexts:
    unknown = changed.keys() - set(BannerTexts.__struct_fields__)
    if unknown:
        raise SettingsError(f"{place}.{min(unknown)}: unknown")
    banner = msgspec.structs.replace(banner, **changed)
    _check_banner(place, banner)
    return banner


def _check_banner(place: str, banner: BannerTexts) -> None:
    """Raise SettingsError, which names the key, when words are missing, too long, or not as fair as ours."""
    for key, text in msgspec.structs.asdict(banner).items():
        longest = LONGEST.get(key, LONGEST_SENTENCE)
        if not text.strip() or len(text) > longest:
            raise SettingsError(f"{place}.{key}: expected 1 to {longest} characters")
        expected = FILLED_IN_BY_SCRIPT.get(key, [])
        if sorted(re.findall(r"\{.*?\}", text)) != expected:
            raise SettingsError(f"{place}.{key}: expected {' and '.join(expected) or 'nothing'} in braces, once")
    short, long = sorted((len(banner.accept), len(banner.reject)))
    if long > 2 * short:
        raise SettingsError(f"{place}.reject: more than twice as long as accept, or the other way round")
    if banner.accept.casefold() == banner.reject.casefold():
        raise SettingsError(f"{place}.reject: the same words as accept")


def purpose_texts(site: Site, language: str, texts: Texts) -> dict[str, PurposeText]:
    """The site's purposes in the order shown, in its own words where it has some."""
    own = site.purpose_texts.get(language, {})
    missing = [purpose for purpose in site.purposes if purpose not in own and purpose not in texts.purposes]
    if missing:
        raise SettingsError(f"languages/{language}.toml: purposes.{missing[0]}: missing")
    return {purpose: own.get(purpose) or texts.purposes[purpose] for purpose in site.purposes}
