"""The signed consent that a browser carries: `v1.<key id>.<payload>.<HMAC-SHA-256>`, base64url without padding."""

import base64
import binascii
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import Annotated

import msgspec

from suostumus.server.events import DropReason

MAX_LENGTH = 2_048  # characters
KEY_FILE = "signing_keys.json"

_KEY_ID = re.compile(r"[a-z0-9]{1,16}")
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"


class SigningKeyError(Exception):
    """A signing key is missing or malformed."""


class TokenError(Exception):
    """A token that is none of ours. `reason` is malformed or forged."""

    def __init__(self, reason: DropReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token says. Authentic once read; in force only if the consent gate agrees."""

    site: str
    epoch: str
    visitor: Annotated[str, msgspec.Meta(pattern=_UUID)]
    generation: Annotated[int, msgspec.Meta(ge=1, le=4_294_967_295)]
    purposes: list[str]
    notice: str
    born: int  # seconds since 1970: when the visitor's id was made
    issued: int  # seconds since 1970
    expires: int  # seconds since 1970
    gpc_conflict: bool = False  # the visitor granted, explicitly, what Global Privacy Control takes away


class KeyRing:
    """Signing keys by id. The first one signs; all of them verify, so that a rotation ends no consent."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise SigningKeyError("signing_keys: empty")
        self._keys = keys
        self._current = next(iter(keys))

    def sign(self, token: Token) -> str:
        """The token as text."""
        head = f"v1.{self._current}.{_encode(msgspec.json.encode(token))}"
        return f"{head}.{_encode(self._mac(self._current, head))}"

    def read(self, text: str) -> Token:
        """Verify the signature, then decode. Raises TokenError."""
        parts = text.split(".")
        if len(text) > MAX_LENGTH or len(parts) != 4 or parts[0] != "v1" or not _KEY_ID.fullmatch(parts[1]):
            raise TokenError(DropReason.MALFORMED_TOKEN)
        _, key_id, payload, signature = parts
        given = _decode(signature)
        if key_id not in self._keys:
            raise TokenError(DropReason.FORGED_TOKEN)
        if not hmac.compare_digest(given, self._mac(key_id, f"v1.{key_id}.{payload}")):
            raise TokenError(DropReason.FORGED_TOKEN)
        try:
            return msgspec.json.decode(_decode(payload), type=Token)
        except msgspec.MsgspecError as error:
            raise TokenError(DropReason.MALFORMED_TOKEN) from error

    def _mac(self, key_id: str, head: str) -> bytes:
        return hmac.digest(self._keys[key_id], head.encode(), "sha256")


def open_key_ring(given: str, data_path: Path) -> KeyRing:
    """The ring from the setting `signing_keys`, or else from the data folder, where a first key is made.

    Raises SigningKeyError, which names the setting or the file.
    """
    if given:
        return KeyRing(_parse_keys(given))
    path = data_path / KEY_FILE
    if not path.exists():
        _write_private(path, msgspec.json.encode({"k1": base64.b64encode(secrets.token_bytes(32)).decode()}))
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise SigningKeyError(f"{KEY_FILE}: not a JSON object of base64 keys by id") from error
    return KeyRing({key_id: _key_bytes(KEY_FILE, key_id, text) for key_id, text in stored.items()})


def rotate_keys(data_path: Path) -> str:
    """Put a new signing key before the others in the key file; return its id."""
    path = data_path / KEY_FILE
    stored = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    key_id = f"k{max((int(name[1:]) for name in stored if name[1:].isdigit()), default=0) + 1}"
    fresh = {key_id: base64.b64encode(secrets.token_bytes(32)).decode(), **stored}
    _write_private(path, msgspec.json.encode(fresh))
    return key_id


def _parse_keys(text: str) -> dict[str, bytes]:
    pairs = [pair.partition(":") for pair in text.split(",")]
    return {key_id.strip(): _key_bytes("signing_keys", key_id.strip(), key) for key_id, _, key in pairs}


def _key_bytes(place: str, key_id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise SigningKeyError(f"{place}: a key is not base64") from error
    if not _KEY_ID.fullmatch(key_id):
        raise SigningKeyError(f"{place}: a key id is not 1 to 16 of a-z and 0-9")
    if len(key) < 32:
        raise SigningKeyError(f"{place}: a key is shorter than 32 bytes")
    return key


def _write_private(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """The bytes of canonical base64url; any other spelling of the same bytes is refused."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenError(DropReason.MALFORMED_TOKEN) from error
    if _encode(raw) != text:
        raise TokenError(DropReason.MALFORMED_TOKEN)
    return raw
