"""Who visits the demonstration shop: countries, browsers and sources, drawn by weight."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Protocol, TypeVar

import msgspec

from suostumus.demo.catalogue import Cart

Address = IPv4Address | IPv6Address


class Country(msgspec.Struct, frozen=True):
    """A country of visitors."""

    code: str  # ISO 3166-1 alpha-2
    weight: float
    languages: dict[str, float]  # of the shop, by weight


class Browser(msgspec.Struct, frozen=True):
    """A browser of visitors."""

    user_agent: str
    weight: float
    eagerness: float  # how readily visits end in an order, 1 is the average


class Source(msgspec.Struct, frozen=True):
    """Where visits come from."""

    landing: str  # front, category or product
    weight: float
    eagerness: float
    referrer: str = ""
    parameters: dict[str, str] = {}  # utm_…
    click_id: str = ""  # the parameter's name
    weekday: int = -1  # 0 is Monday: the day on which the weight is boosted
    boost: float = 1.0


class Audience(msgspec.Struct, frozen=True):
    """All who visit."""

    countries: list[Country]
    browsers: list[Browser]
    sources: list[Source]

    def source(self, random: Random, weekday: int) -> Source:
        """Where a visit on this weekday comes from."""
        weights = [source.weight * (source.boost if source.weekday == weekday else 1.0) for source in self.sources]
        return random.choices(self.sources, weights)[0]


@dataclass(slots=True)
class Person:
    """A visitor who comes back: what the browser remembers, and what the person wants."""

    number: int
    language: str
    browser: Browser
    address: Address
    gpc: bool  # sends Global Privacy Control
    customer: str  # the shop's pseudonym, "" for those without an account
    last_seen: datetime  # UTC
    purposes: tuple[str, ...] | None = None  # granted; None before the decision
    cart: Cart = field(default_factory=Cart)
    orders: list[tuple[str, Cart, str]] = field(default_factory=list)  # number, cart, shipping tier


class Weighted(Protocol):
    """Something that is drawn by weight."""

    @property
    def weight(self) -> float:
        """Relative to the others."""


Choice = TypeVar("Choice", bound=Weighted)


def load_audience() -> Audience:
    """The audience that ships with the demonstration."""
    return msgspec.toml.decode(files("suostumus.demo").joinpath("audience.toml").read_bytes(), type=Audience)


def draw(random: Random, choices: Sequence[Choice]) -> Choice:
    """One of the choices, by weight."""
    return random.choices(choices, [choice.weight for choice in choices])[0]
