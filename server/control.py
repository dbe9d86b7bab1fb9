"""The control socket in the data folder (mode 0600), through which commands reach a running installation."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

SOCKET_FILE = "control.sock"
REQUEST_BYTES = 65_536
ANSWER_SECONDS = 600
ACTION_THREADS = 16

Arguments = dict[str, Any]
Action = Callable[[Arguments], Any]


class ControlError(Exception):
    """The running installation could not do what was asked."""


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    """One line: what to do."""

    action: str
    arguments: Arguments = {}


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """One line: what came of it, or why nothing did."""

    result: Any = None
    error: str = ""


class ControlSocket:
    """Listens in the data folder; each connection asks for one action, which runs in a thread of the socket's own."""

    def __init__(self, data_path: Path, actions: dict[str, Action], file: str = SOCKET_FILE) -> None:
        self._path = data_path / file
        self._actions = actions
        self._threads = ThreadPoolExecutor(ACTION_THREADS, thread_name_prefix=file)
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen. The data folder's lock is held, so a socket that is left over is nobody's."""
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self._path))
        self._path.chmod(0o600)  # before anybody can connect: it does not listen yet
        self._server = await asyncio.start_unix_server(self._answer, sock=listening, limit=REQUEST_BYTES)

    async def close(self) -> None:
        """Stop listening and take the socket away."""
        if self._server:
            self._server.close()
        self._path.unlink(missing_ok=True)
        self._threads.shutdown(wait=False)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = msgspec.json.decode(await reader.readline(), type=_Request)
            action = self._actions[request.action]
        except (msgspec.MsgspecError, KeyError, ValueError):
            action, request = _unknown, _Request("")
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, action, request.arguments)
            answer = _Answer(result=await running)
        except Exception as error:  # noqa: BLE001 -- told to the operator, whose socket it is
            answer = _Answer(error=f"{type(error).__name__}: {error}")
        writer.write(msgspec.json.encode(answer) + b"\n")
        await writer.drain()
        writer.close()


def _unknown(_: Arguments) -> None:
    raise ControlError("unknown action")


def is_running(data_path: Path) -> bool:
    """Whether an installation listens in this data folder."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(data_path / SOCKET_FILE)) == 0


def ask(
    data_path: Path,
    action: str,
    arguments: Arguments | None = None,
    file: str = SOCKET_FILE,
    answer_seconds: float = ANSWER_SECONDS,
) -> Any:
    """Have the running installation do something; return its result. Raises ControlError."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(answer_seconds)
        try:
            client.connect(str(data_path / file))
            client.sendall(msgspec.json.encode(_Request(action, arguments or {})) + b"\n")
            line = client.makefile("rb").readline()
        except OSError as error:
            raise ControlError(f"{data_path}: no installation answers there") from error
    if not line:
        raise ControlError(f"{data_path}: the installation ended before it answered")
    answer = msgspec.json.decode(line, type=_Answer)
    if answer.error:
        raise ControlError(answer.error)
    return answer.result
