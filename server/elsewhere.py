"""What the public routes need of ClickHouse, done in this process or in the one that has it."""

from concurrent.futures import Future
from typing import Protocol

from suostumus.server.condition import Condition
from suostumus.server.erasures import Erasure
from suostumus.server.notice import Notice
from suostumus.server.token import Token


class Hider(Protocol):
    """Takes withdrawn visitors out of every query."""

    def hide_soon(self, erasure: Erasure) -> "Future[None]":
        """Hide a visitor; the future is done, or holds a StoreError, when ClickHouse answered."""


class SubjectReader(Protocol):
    """Reads what is stored about one browser."""

    def count(self, token: Token) -> int:
        """How many events are stored. Raises StoreError."""

    def receipt(self, token: Token) -> str:
        """The record of the decision that the token stands for. Raises StoreError."""

    def copy(self, token: Token, notice: Notice) -> bytes:
        """The access copy as JSON. Raises StoreError."""


class Watcher(Protocol):
    """Knows how the installation is."""

    @property
    def condition(self) -> Condition:
        """As it was at the last look, a few seconds ago at most."""
