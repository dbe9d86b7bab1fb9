"""Addresses of the web are split and decoded as the standard library does it."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suostumus.server.urls import BROKEN_ESCAPES, Url, decode, read_url


@given(
    st.lists(
        st.sampled_from(["%", "%2", "%25", "%C3%A4", "%c3", "%0D%0A", "%00", "%3d", "=", "_", " ", "\n", "ä", "a4"])
    )
)
def test_percent_encoding_is_read_as_urllib_reads_it(parts: list[str]) -> None:
    text = "".join(parts)
    assert decode(text) == unquote(text)


def test_a_text_that_is_badly_encoded_throughout_is_refused() -> None:
    assert decode("%" * 1000) == "%" * 1000
    assert decode("%%25" * BROKEN_ESCAPES) == "%%" * BROKEN_ESCAPES
    with pytest.raises(ValueError, match="begin no escape"):
        decode("%%25" * (BROKEN_ESCAPES + 1))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://Shop.Example", Url("https://shop.example", "shop.example", "/", "")),
        (" http://shop.example:8080/a?b#c ", Url("http://shop.example:8080", "shop.example", "/a", "b")),
        ("https://somebody:secret@shop.example/ä", Url("https://shop.example", "shop.example", "/%C3%A4", "")),
        ("https://[2001:DB8::1]:443/", Url("https://[2001:db8::1]:443", "2001:db8::1", "/", "")),
        *((text, None) for text in ("", "/a", "ftp://shop.example/", "https://", "https://a:b/", "https://[::1/")),
    ],
)
def test_an_address_has_these_parts(text: str, parts: Url | None) -> None:
    assert read_url(text) == parts


@given(st.text("ab./-%?#=&:@ä []", max_size=30))
def test_any_text_after_an_origin_is_read_as_the_standard_library_reads_it(text: str) -> None:
    url = read_url(f"https://shop.example/{text}")
    assert url is not None
    parts = urlsplit(f"https://shop.example/{text}".strip())
    assert (decode(url.path), decode(url.query)) == (unquote(parts.path), unquote(parts.query))
