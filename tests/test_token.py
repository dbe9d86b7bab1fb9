"""Signing and checking: nothing but our own bytes is a token."""

import base64
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suostumus.server.events import DropReason
from suostumus.server.token import KEY_FILE, KeyRing, SigningKeyError, Token, TokenError, open_key_ring, rotate_keys

KEY = bytes(range(32))
RING = KeyRing({"k1": KEY})
TOKEN = Token(
    site="shop",
    epoch="e",
    visitor="6f1c1c1e-0000-4000-8000-000000000001",
    generation=1,
    purposes=["statistics"],
    notice="0123456789abcdef",
    born=1,
    issued=1,
    expires=2,
)


def reason_of(text: str, ring: KeyRing = RING) -> DropReason:
    """Why a text is no token."""
    with pytest.raises(TokenError) as caught:
        ring.read(text)
    return caught.value.reason


def test_signed_token_reads_as_it_was() -> None:
    assert RING.read(RING.sign(TOKEN)) == TOKEN


@given(st.data())
def test_token_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    text = RING.sign(TOKEN)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda character: character != text[place]))
    assert reason_of(text[:place] + other + text[place + 1 :]) in {DropReason.FORGED_TOKEN, DropReason.MALFORMED_TOKEN}


@given(st.text(max_size=3000))
def test_garbage_is_refused_and_never_raises_anything_else(text: str) -> None:
    assert reason_of(text) in {DropReason.FORGED_TOKEN, DropReason.MALFORMED_TOKEN}


def test_other_spelling_of_the_same_bytes_is_refused() -> None:
    text = RING.sign(TOKEN)
    assert reason_of(text + "=") is DropReason.MALFORMED_TOKEN
    assert reason_of(text.replace("v1.", "v1.k1.", 1)) is DropReason.MALFORMED_TOKEN


def test_token_of_another_key_is_forged() -> None:
    assert reason_of(KeyRing({"k1": secrets.token_bytes(32)}).sign(TOKEN)) is DropReason.FORGED_TOKEN
    assert reason_of(KeyRing({"k9": KEY}).sign(TOKEN)) is DropReason.FORGED_TOKEN


def test_rotated_key_signs_and_the_earlier_one_still_verifies(tmp_path: Path) -> None:
    before = open_key_ring("", tmp_path).sign(TOKEN)
    assert rotate_keys(tmp_path) == "k2"
    after = open_key_ring("", tmp_path)
    assert after.read(before) == TOKEN
    assert after.sign(TOKEN).startswith("v1.k2.")


def test_key_file_is_private(tmp_path: Path) -> None:
    open_key_ring("", tmp_path)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_keys_of_the_environment_sign_in_their_order() -> None:
    first, second = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    assert open_key_ring(f"a1:{first},b2:{second}", Path("/nowhere")).sign(TOKEN).startswith("v1.a1.")


@pytest.mark.parametrize("text", ["k1:short", "k1:c2hvcnQ=", "K1:" + base64.b64encode(KEY).decode(), ":"])
def test_wrong_key_names_the_setting(text: str) -> None:
    with pytest.raises(SigningKeyError, match=r"^signing_keys: "):
        open_key_ring(text, Path("/nowhere"))
