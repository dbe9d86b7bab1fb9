"""What a site says it keeps in browsers beside the product's own: shown to visitors, and cleared on withdrawal."""

from enum import StrEnum
from typing import Annotated

import msgspec


class StorageKind(StrEnum):
    """Where in the browser it is kept."""

    COOKIE = "cookie"
    LOCAL = "local"  # localStorage
    SESSION = "session"  # sessionStorage


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cookie or storage key of a purpose."""

    # `*` stands for anything, after two characters at least: a pattern for everything would clear the shop's basket.
    name: Annotated[str, msgspec.Meta(pattern=r"^(?!suostumus_)[^\s*;=]{2}[^\s;=]{0,98}\Z")]
    purpose: str
    provider: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]  # who sets it
    kind: StorageKind = StorageKind.COOKIE
    lifetime_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0  # 0: until the browser is closed
    path: Annotated[str, msgspec.Meta(pattern=r"^(/[^\s;]*)?\Z")] = ""  # of a cookie; empty: the pages' own paths
    text: dict[str, str] = {}  # by language: what it is for


def clearing(declared: tuple[Declared, ...]) -> dict[str, list[list[str]]]:
    """What the script clears while a purpose is not granted: by purpose; name, kind, and the path if there is one."""
    found: dict[str, list[list[str]]] = {}
    for one in declared:
        found.setdefault(one.purpose, []).append([one.name, one.kind.value, *([one.path] if one.path else [])])
    return found
