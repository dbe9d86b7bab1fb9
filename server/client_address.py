"""The visitor's address behind trusted proxies, and the forms in which it is stored and limited."""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Literal

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Policy = Literal["full", "truncated", "none"]

_MOST_HOPS = 64  # that are looked at, from the right: nobody has as many proxies of their own
_LONGEST = 64  # characters of one hop; the longest address with zone and port is shorter


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> Address | None:
    """The visitor's address: the right-most hop that is no trusted proxy, None when the peer has none.

    `forwarded_for` holds the X-Forwarded-For headers in the order in which they arrived. They are believed as
    far as trusted proxies wrote them; a hop that is no address ends the walk at the last one that was.
    """
    address = parse_address(peer)
    if address is None:
        return None
    if not forwarded_for:
        return address
    hops = (hop.strip() for hop in reversed(",".join(forwarded_for).rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]))
    for hop in filter(None, hops):
        if not _is_within(address, trusted):
            break
        previous = parse_address(hop)
        if previous is None:
            break
        address = previous
    return address


def parse_address(text: str) -> Address | None:
    """An address as proxies write it, with or without port and zone; None when it is none.

    IPv4 inside IPv6 (`::ffff:192.0.2.1`) becomes IPv4, so that one visitor has one address.
    """
    if len(text) > _LONGEST:
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_pton(socket.AF_INET, text))  # nearly all are of this form
    except (OSError, ValueError):
        pass
    host, _, _zone = _without_port(text.strip()).partition("%")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def store_form(address: Address, policy: Policy) -> str:
    """What the column `ip` holds: the address, its /24 or /48 network's first address, or nothing."""
    if policy == "none":
        return ""
    if policy == "full":
        return str(address)
    return str(_network(address, 24 if address.version == 4 else 48).network_address)


def network_of(address: Address) -> bytes:
    """Whom a rate limit counts: an IPv4 address itself, or the IPv6 /64 that one household has to itself."""
    return address.packed[:8]


def wide_network_of(address: Address) -> bytes:
    """Whom a rate limit counts together: the IPv6 /48 that one customer may have, an IPv4 address itself."""
    return address.packed[:6]


def _without_port(text: str) -> str:
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        return host if bracket and ":" in host and _is_port(port) else ""
    host, colon, port = text.partition(":")
    return host if colon and _is_port(f":{port}") else text


def _is_port(text: str) -> bool:
    digits = text.removeprefix(":")
    return not text or (text.startswith(":") and digits.isascii() and digits.isdigit() and len(digits) <= 5)


def _is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _network(address: Address, prefix: int) -> Network:
    return ipaddress.ip_network((address, prefix), strict=False)
