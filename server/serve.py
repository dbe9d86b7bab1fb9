"""Both listeners in one process, with signals of our own: what was acknowledged is written before the end."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from suostumus.server.guard import GuardedProtocol, allow_many_files
from suostumus.server.logs import log_to_stderr
from suostumus.server.settings import Settings

log = logging.getLogger("suostumus")

KEEP_ALIVE_SECONDS = 20
SHUTDOWN_SECONDS = 10
YOUNG_OBJECTS = 20_000  # between two collections; a request under way holds some hundred


class _Server(uvicorn.Server):
    """A server that leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the first of two servers to leave would end the process."""
        yield


class Listener:
    """One application on one address."""

    def __init__(self, app: ASGIApp, listen: str | socket.socket) -> None:
        """Take the port, or share a socket that listens. Raises OSError when the port is in use."""
        config = uvicorn.Config(
            app,
            http=GuardedProtocol,
            lifespan="off",
            proxy_headers=False,
            access_log=False,
            server_header=False,
            log_config=None,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        self._socket = bind(listen) if isinstance(listen, str) else listen
        self._server = _Server(config)
        host, port = self._socket.getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def serve(self) -> None:
        """Answer until told to stop."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Finish the requests under way, then leave `serve`."""
        self._server.should_exit = True


async def serve(listeners: list[Listener]) -> None:
    """Answer on every listener until SIGINT or SIGTERM."""
    gc.collect()
    gc.freeze()  # what the start made stays: no collection needs to look at it again
    gc.set_threshold(YOUNG_OBJECTS)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, listeners)
    await asyncio.gather(*(listener.serve() for listener in listeners))


def prepare_process(settings: Settings) -> None:
    """Log to standard error from now on, the end of a thread included, and allow many connections."""
    log_to_stderr(settings.log_format)
    allow_many_files()
    threading.excepthook = _end_with_thread
    log.info("data folder %s", settings.data_path)


def _end_with_thread(failed: threading.ExceptHookArgs) -> None:
    """A thread that died would leave its work undone in silence: end, so that whoever supervises starts again."""
    name = failed.thread.name if failed.thread else "?"
    log.critical("thread %s ended by %s", name, failed.exc_type.__name__)
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(listeners: list[Listener]) -> None:
    log.info("stopping")
    for listener in listeners:
        listener.stop()


def bind(listen: str) -> socket.socket:
    """Listen on ADDRESS:PORT. Raises OSError when it is in use."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches off Nagle's algorithm, and so 40 ms of waiting, only where the protocol is named.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, int(port)))
    listening.listen()
    return listening
