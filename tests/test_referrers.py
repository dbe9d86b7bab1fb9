"""The referrer's three forms, and the channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suostumus.server.events import Channel
from suostumus.server.referrers import Referrer, channel_of, read_referrer, registrable_domain

OWN = frozenset({"shop.example", "www.shop.example"})


def channel(url: str = "", source: str = "", medium: str = "") -> Channel:
    return channel_of(read_referrer(url, OWN), source, medium)


def test_referrer_has_three_forms() -> None:
    assert read_referrer("https://shop.example.co.uk/p?q=1", OWN) == Referrer(
        "https://shop.example.co.uk/p", "shop.example.co.uk", "example.co.uk"
    )


def test_credentials_fragment_and_persons_are_taken_out() -> None:
    referrer = read_referrer("https://user:secret@Mail.Example.FI:8443/box/a%40b.fi?x=1#y", OWN)
    assert referrer.url == "https://mail.example.fi:8443/box/(email)"
    assert (referrer.host, referrer.domain, referrer.redacted) == ("mail.example.fi", "example.fi", 1)


def test_bare_origin_gets_a_path() -> None:
    assert read_referrer("https://www.google.com", OWN).url == "https://www.google.com/"


def test_application_is_known_by_its_name() -> None:
    assert read_referrer("android-app://com.google.android.gm/", OWN) == Referrer(
        "android-app://com.google.android.gm", "com.google.android.gm", "com.google.android.gm"
    )


@pytest.mark.parametrize("url", ["", "about:blank", "javascript:1", "file:///etc/passwd", "https://", "http://[", "x"])
def test_what_is_no_referrer_is_empty(url: str) -> None:
    assert read_referrer(url, OWN) == Referrer()


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("shop.example.co.uk", "example.co.uk"),
        ("kauppa.github.io", "kauppa.github.io"),
        ("a.b.kauppa.fi", "kauppa.fi"),
        ("xn--kyt-tlad.example.fi", "example.fi"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("co.uk", "co.uk"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", Channel.DIRECT),
        ("https://www.shop.example/p/1", Channel.INTERNAL),
        ("https://www.google.fi/", Channel.ORGANIC_SEARCH),
        ("https://www.google.co.uk/", Channel.ORGANIC_SEARCH),
        ("https://search.brave.com/", Channel.ORGANIC_SEARCH),
        ("https://duckduckgo.com/", Channel.ORGANIC_SEARCH),
        ("android-app://com.google.android.googlequicksearchbox/", Channel.ORGANIC_SEARCH),
        ("https://t.co/AbC", Channel.SOCIAL),
        ("https://l.facebook.com/", Channel.SOCIAL),
        ("https://out.reddit.com/", Channel.SOCIAL),
        ("android-app://com.linkedin.android", Channel.SOCIAL),
        ("https://mail.google.com/", Channel.EMAIL),
        ("https://outlook.live.com/", Channel.EMAIL),
        ("android-app://com.google.android.gm", Channel.EMAIL),
        ("https://blogi.example.fi/", Channel.REFERRAL),
        ("https://x.example/", Channel.REFERRAL),
        ("https://t.fi/", Channel.REFERRAL),
        ("http://192.0.2.1/", Channel.REFERRAL),
    ],
)
def test_channel_of_a_referrer(url: str, expected: Channel) -> None:
    assert channel(url) == expected


@pytest.mark.parametrize(
    ("source", "medium", "expected"),
    [
        ("google", "cpc", Channel.PAID_SEARCH),
        ("Google", " CPC ", Channel.PAID_SEARCH),
        ("facebook", "cpc", Channel.PAID_SOCIAL),
        ("fb", "paid", Channel.PAID_SOCIAL),
        ("meta", "paid_social", Channel.PAID_SOCIAL),
        ("m.facebook.com", "ppc", Channel.PAID_SOCIAL),
        ("kampanja", "paid-social", Channel.PAID_SOCIAL),
        ("uutiskirje", "email", Channel.EMAIL),
        ("newsletter", "", Channel.EMAIL),
        ("vertaa", "affiliate", Channel.AFFILIATE),
        ("lehti", "banner", Channel.DISPLAY),
        ("lehti", "cpm", Channel.DISPLAY),
        ("facebook", "cpm", Channel.PAID_SOCIAL),
        ("instagram", "social", Channel.SOCIAL),
        ("instagram", "story", Channel.SOCIAL),
        ("google", "organic", Channel.ORGANIC_SEARCH),
        ("bing", "", Channel.ORGANIC_SEARCH),
        ("blogi", "referral", Channel.REFERRAL),
        ("qr-koodi", "print", Channel.REFERRAL),
        ("", "print", Channel.REFERRAL),
    ],
)
def test_channel_of_a_campaign(source: str, medium: str, expected: Channel) -> None:
    assert channel("", source, medium) == expected


def test_campaign_is_stronger_than_the_referrer() -> None:
    assert channel("https://www.google.fi/", "uutiskirje", "email") == Channel.EMAIL
    assert channel("https://www.shop.example/", "google", "cpc") == Channel.PAID_SEARCH


def test_paid_medium_without_source_looks_at_the_referrer() -> None:
    assert channel("https://l.instagram.com/", "", "cpc") == Channel.PAID_SOCIAL
    assert channel("https://www.google.fi/", "", "cpc") == Channel.PAID_SEARCH


@given(st.text(), st.text(), st.text())
def test_nothing_raises(url: str, source: str, medium: str) -> None:
    channel(url, source, medium)
    channel(f"https://{url}", source, medium)
    channel(f"https://example.fi/{url}", f"{source}.{source}", medium)
    channel(f"android-app://{url}", source, medium)
