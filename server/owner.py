"""What processes that collect ask of the one that has ClickHouse, over a socket in the data folder (mode 0600)."""

from concurrent.futures import Future, ThreadPoolExecutor
from shutil import disk_usage
from typing import Any

import msgspec

from suostumus.server.condition import Condition, Vitals, judge
from suostumus.server.control import Action, Arguments, ControlError, ControlSocket, ask
from suostumus.server.erasures import Erasure, find_by_receipt
from suostumus.server.notice import Notice
from suostumus.server.parts import Parts
from suostumus.server.settings import Settings
from suostumus.server.store import StoreError
from suostumus.server.token import Token

OWNER_FILE = "owner.sock"
HIDE_SECONDS = 1.0  # nobody waits longer for it
ANSWER_SECONDS = 10.0
ASKING_THREADS = 4


def owner_socket(parts: Parts) -> ControlSocket:
    """The owner's end."""
    actions: dict[str, Action] = {
        "hide": lambda arguments: _hide(parts, **arguments),
        "count": lambda arguments: parts.subject.count(_token(arguments)),
        "receipt": lambda arguments: parts.subject.receipt(_token(arguments)),
        "copy": lambda arguments: _copy(parts, _token(arguments)),
        "condition": lambda _: msgspec.to_builtins(parts.watch.condition),
    }
    return ControlSocket(parts.settings.data_path, actions, OWNER_FILE)


class Owner:
    """The other end. Raises StoreError where the owner does not answer: ClickHouse is out of reach then."""

    def __init__(self, settings: Settings) -> None:
        """The owner may be away: whoever collects needs it for withdrawals and pages only."""
        self._data_path = settings.data_path
        self._asking = ThreadPoolExecutor(ASKING_THREADS, thread_name_prefix="ask owner")
        limits, free_bytes = settings.limits, disk_usage(settings.data_path).free
        self.condition = judge(
            Vitals(spool_limit=limits.spool_rows, free_bytes=free_bytes, free_limit=limits.free_bytes)
        )
        self.look()

    def close(self) -> None:
        """Wait for no answer any more."""
        self._asking.shutdown(cancel_futures=True)

    def look(self) -> None:
        """Learn how the installation is; where nobody answers, it is as it was."""
        try:
            self.condition = msgspec.convert(self._ask("condition", {}), Condition)
        except StoreError:
            return

    def hide_soon(self, erasure: Erasure) -> "Future[None]":
        """Have the visitor hidden; the future is done, or holds a StoreError, within a second or so."""
        return self._asking.submit(self._hide, erasure.receipt)

    def count(self, token: Token) -> int:
        """How many events are stored. Raises StoreError."""
        return int(self._ask("count", msgspec.to_builtins(token)))

    def receipt(self, token: Token) -> str:
        """The record of the decision that the token stands for. Raises StoreError."""
        return str(self._ask("receipt", msgspec.to_builtins(token)))

    def copy(self, token: Token, notice: Notice) -> bytes:  # noqa: ARG002 -- the owner has the notices too
        """The access copy as JSON. Raises StoreError."""
        return str(self._ask("copy", msgspec.to_builtins(token))).encode()

    def _hide(self, receipt: str) -> None:
        self._ask("hide", {"receipt": receipt})

    def _ask(self, action: str, arguments: Arguments) -> Any:
        try:
            return ask(self._data_path, action, arguments, OWNER_FILE, ANSWER_SECONDS)
        except ControlError as error:
            raise StoreError("the process that has ClickHouse could not do it") from error


def _hide(parts: Parts, receipt: str) -> None:
    erasure = parts.ledger.read(lambda connection: find_by_receipt(connection, receipt))
    if erasure:
        parts.eraser.hide_soon(erasure).result(HIDE_SECONDS)


def _copy(parts: Parts, token: Token) -> str:
    return parts.subject.copy(token, parts.notices[token.site]).decode()


def _token(arguments: Arguments) -> Token:
    return msgspec.convert(arguments, Token)
