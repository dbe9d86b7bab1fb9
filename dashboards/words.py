"""The words of the dashboards in each language: languages/LANGUAGE.toml, English where a word is missing there."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from suostumus.dashboards.metric import Metric

LANGUAGES = {"en": "English", "fi": "Suomi", "sv": "Svenska"}
"""What each language calls itself; the first one is the last resort."""

_FIRST = next(iter(LANGUAGES))


@dataclass(frozen=True)
class Words:
    """All words of one language, by dotted keys such as `toolbar.compare`."""

    language: str
    texts: Mapping[str, str]

    @property
    def locale(self) -> str:
        """Whose way of writing dates and names of countries goes with the words."""
        return "en_GB" if self.language == "en" else self.language

    def text(self, key: str, **values: object) -> str:
        """The words under a key, with what they name in braces filled in. Raises KeyError for an unknown key."""
        found = self.texts[key]
        return found.format(**values) if values else found

    def get(self, key: str, otherwise: str) -> str:
        """The words under a key, or others where there are none."""
        return self.texts.get(key, otherwise)

    def first(self, keys: Sequence[str], otherwise: str) -> str:
        """The words under the first of several keys that has some, or others where none has."""
        return next((self.texts[key] for key in keys if key in self.texts), otherwise)

    def title(self, metric: Metric) -> str:
        """The name of a metric."""
        return self.get(f"metrics.{metric.name}.title", metric.title)

    def definition(self, metric: Metric) -> str:
        """How a metric is counted."""
        return self.get(f"metrics.{metric.name}.definition", metric.definition)


@cache
def words_of(language: str) -> Words:
    """The words of a language that ships."""
    return Words(language, (own_texts(_FIRST) if language != _FIRST else {}) | own_texts(language))


def own_texts(language: str) -> dict[str, str]:
    """What a language's own file says, by dotted keys."""
    text = files("suostumus.dashboards").joinpath("languages", f"{language}.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(text)))


def words_for(chosen: str, preferred: str) -> Words:
    """The words of the language that was chosen, else of the first one that an Accept-Language header names."""
    if chosen in LANGUAGES:
        return words_of(chosen)
    wanted = [entry.partition(";")[0].strip().partition("-")[0].lower() for entry in preferred[:1000].split(",")]
    return words_of(next((language for language in wanted if language in LANGUAGES), _FIRST))


def _flat(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", str(value))]
    return pairs
