"""The address behind trusted proxies."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suostumus.server.client_address import (
    Address,
    Network,
    client_address,
    network_of,
    parse_address,
    store_form,
)

TRUSTED: list[Network] = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "2001:db8:1::/48")]
PROXY = "192.0.2.7"

addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))
outside = addresses.map(lambda address: parse_address(str(address))).filter(
    lambda address: address is not None and not any(address in network for network in TRUSTED)
)
inside = st.sampled_from(["192.0.2.1", "192.0.2.200", "2001:db8:1::5", "::ffff:192.0.2.9"])


def test_untrusted_peer_is_the_visitor_whatever_it_claims() -> None:
    assert client_address("203.0.113.9", ["198.51.100.1"], TRUSTED) == IPv4Address("203.0.113.9")


def test_trusted_peer_hands_on_the_hop_it_wrote() -> None:
    assert client_address(PROXY, ["198.51.100.1"], TRUSTED) == IPv4Address("198.51.100.1")


def test_what_the_visitor_wrote_before_the_proxy_is_not_believed() -> None:
    assert client_address(PROXY, ["203.0.113.66, 198.51.100.1"], TRUSTED) == IPv4Address("198.51.100.1")


def test_two_proxies_in_a_row_are_both_passed() -> None:
    assert client_address(PROXY, ["198.51.100.1, 2001:db8:1::1"], TRUSTED) == IPv4Address("198.51.100.1")


def test_several_headers_are_one_list() -> None:
    assert client_address(PROXY, ["203.0.113.66", "198.51.100.1"], TRUSTED) == IPv4Address("198.51.100.1")


def test_garbage_ends_the_walk_at_the_last_good_hop() -> None:
    assert client_address(PROXY, ["203.0.113.66, unknown, 192.0.2.8"], TRUSTED) == IPv4Address("192.0.2.8")
    assert client_address(PROXY, ["unknown"], TRUSTED) == IPv4Address(PROXY)


def test_a_peer_without_address_has_none() -> None:
    assert client_address("", ["198.51.100.1"], TRUSTED) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1:443", "192.0.2.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:8443", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        (" 192.0.2.1\t", "192.0.2.1"),
    ],
)
def test_address_is_read_as_proxies_write_it(text: str, address: str) -> None:
    assert parse_address(text) == ip_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "_hidden",
        "192.0.2.1:",
        "192.0.2.1:x",
        "192.0.2.256",
        "[192.0.2.1]:80",
        "[::1",
        "١.١.١.١",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None


@given(peer=st.text(), headers=st.lists(st.text()))
def test_no_header_raises(peer: str, headers: list[str]) -> None:
    client_address(peer, headers, TRUSTED)
    client_address(PROXY, headers, TRUSTED)


@given(forged=st.lists(st.text()), visitor=outside, proxies=st.lists(inside, max_size=60))
def test_nothing_left_of_the_visitor_matters(forged: list[str], visitor: Address, proxies: list[str]) -> None:
    headers = [*forged, ", ".join([str(visitor), *proxies])]
    assert client_address(PROXY, headers, TRUSTED) == visitor


@given(address=addresses, port=st.integers(0, 65_535))
def test_port_does_not_change_the_address(address: Address, port: int) -> None:
    text = f"{address}:{port}" if address.version == 4 else f"[{address}]:{port}"
    assert parse_address(text) == parse_address(str(address))


def test_truncated_form_keeps_the_network_only() -> None:
    assert store_form(IPv4Address("203.0.113.77"), "truncated") == "203.0.113.0"
    assert store_form(IPv6Address("2001:db8:1:2::3"), "truncated") == "2001:db8:1::"


def test_full_form_is_the_address_and_none_is_empty() -> None:
    assert store_form(IPv4Address("203.0.113.77"), "full") == "203.0.113.77"
    assert store_form(IPv4Address("203.0.113.77"), "none") == ""


def test_limits_count_an_ipv4_address_and_an_ipv6_household() -> None:
    assert network_of(IPv4Address("203.0.113.77")) == bytes([203, 0, 113, 77])
    assert network_of(IPv6Address("2001:db8::1")) == network_of(IPv6Address("2001:db8::ffff"))


def test_hops_beyond_what_anybody_needs_are_not_looked_at() -> None:
    assert client_address(PROXY, [", ".join(["198.51.100.7", *["192.0.2.9"] * 5000])], TRUSTED) == IPv4Address(
        "192.0.2.9"
    )
