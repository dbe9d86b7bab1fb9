"""The fields of messages: their types, each with its limit."""

from typing import Annotated

import msgspec

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"

Uuid = Annotated[str, msgspec.Meta(pattern=UUID_PATTERN)]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
Short = Annotated[str, msgspec.Meta(max_length=100)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Url = Annotated[str, msgspec.Meta(max_length=2048)]
TokenText = Annotated[str, msgspec.Meta(max_length=2048)]
SiteKey = Annotated[str, msgspec.Meta(max_length=40)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]  # since 1970, client's clock
Pseudonym = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z0-9_-]*\Z")]

DAY_MILLISECONDS = 86_400_000  # no page is looked at for longer without a break
MOST_LINES = 10_000_000


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object: unknown fields are errors."""
