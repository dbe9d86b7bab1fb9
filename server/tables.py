"""What the tables of suostumus.toml have in common."""

from typing import Annotated

import msgspec

Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}\Z")]  # ISO 639
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]


class SettingsError(Exception):
    """A setting that is missing or wrong. The message begins with the setting's key."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of suostumus.toml: unknown keys are errors."""
