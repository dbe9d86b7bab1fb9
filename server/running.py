"""Runs the product until SIGTERM: in one process, or in several that share a data folder."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import closing
from typing import Any

import msgspec
import uvloop

from suostumus.demo.driver import Driver
from suostumus.server.accounts import Accounts
from suostumus.server.app import internal_app, public_app
from suostumus.server.control import ControlSocket
from suostumus.server.doctor import examine_running
from suostumus.server.installation import Installation
from suostumus.server.owner import owner_socket
from suostumus.server.serve import Listener, prepare_process, serve
from suostumus.server.settings import Settings
from suostumus.server.staff import manage
from suostumus.server.standby import open_or_stand_by
from suostumus.server.supervisor import Supervisor
from suostumus.server.worker import collect

log = logging.getLogger("suostumus")

Others = Callable[[], dict[str, Listener]]
"""Makes the listeners beside the product's own, in the process that is to answer on them."""

Told = Callable[[Callable[[], None]], int]
"""Does something, says what went wrong, and returns the exit status."""


def run(settings: Settings, workers: int, others: Others, told: Told, *, new_state: bool = False) -> int:
    """Serve until SIGTERM, in one process, or with so many that collect; the exit status.

    Raises what the installation raises when it must not start.
    """
    prepare_process(settings)
    if workers:
        supervisor = Supervisor(
            settings,
            workers,
            own=lambda ready: told(lambda: _own(settings, others, new_state=new_state, ready=ready)),
            collect=lambda listening: told(lambda: collect(settings, listening)),
            opened=lambda: print(f"public    http://{settings.public_listen}\nready", flush=True),
        )
        return supervisor.run()
    opened = open_or_stand_by(settings, lambda: Installation(settings, new_state=new_state))
    if opened is None:
        return 0
    with closing(opened) as installation:
        public = Listener(public_app(installation.parts), settings.public_listen)
        _loop(_serve(installation, {"public": public, **others()}, lambda: print("ready", flush=True)))
    return 0


def _own(settings: Settings, others: Others, *, new_state: bool, ready: Callable[[], None]) -> None:
    """Have ClickHouse, for the processes that collect."""
    opened = open_or_stand_by(settings, lambda: Installation(settings, new_state=new_state, is_locked=True))
    if opened is None:
        return
    with closing(opened) as installation:
        _loop(_serve(installation, others(), ready, owner_socket(installation.parts)))


def _loop(serving: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serving)


async def _serve(
    installation: Installation,
    others: dict[str, Listener],
    ready: Callable[[], None],
    owning: ControlSocket | None = None,
) -> None:
    settings = installation.parts.settings
    accounts = Accounts(settings.data_path)
    internal = Listener(internal_app(installation, accounts), settings.internal_listen)
    listeners = {**others, "internal": internal}
    driver = Driver(installation)
    actions = _actions(installation, driver, asyncio.get_running_loop())
    actions["user"] = lambda arguments: manage(accounts, f"http://{internal.address}", arguments)
    control = ControlSocket(settings.data_path, actions)
    sockets = [control, owning] if owning else [control]
    installation.start()
    for one in sockets:
        await one.open()
    for name, listener in listeners.items():
        print(f"{name:<9} http://{listener.address}", flush=True)
    if link := accounts.setup_link(f"http://{internal.address}"):
        print(f"set-up    {link}  (once: makes the first account)", flush=True)
    ready()
    try:
        await serve(list(listeners.values()))
    finally:
        for one in sockets:
            await one.close()
        driver.close()


def findings_of(installation: Installation) -> dict[str, Any]:
    """What `verify` finds, as JSON has it."""
    findings = installation.verify()
    return {**msgspec.to_builtins(findings), "clean": findings.is_clean}


def handle_poison(installation: Installation, do: str) -> list[dict[str, Any]]:
    """Send rows that were kept aside again, or drop them, or neither; what is kept aside afterwards, as JSON has it."""
    spool = installation.parts.spool
    if do == "retry":
        log.info("%d rows that were kept aside are sent again", spool.retry_aside())
        installation.parts.writer.flush()
    elif do == "drop":
        log.info("%d rows that were kept aside are dropped", spool.drop_aside())
    return [msgspec.to_builtins(kept) for kept in spool.aside()]


def _actions(
    installation: Installation, driver: Driver, loop: asyncio.AbstractEventLoop
) -> dict[str, Callable[[dict[str, Any]], Any]]:
    return {
        "verify": lambda _: findings_of(installation),
        "doctor": lambda _: msgspec.to_builtins(examine_running(installation.parts)),
        "poison": lambda arguments: handle_poison(installation, **arguments),
        "traffic": lambda arguments: asyncio.run_coroutine_threadsafe(driver.go_on(**arguments), loop).result(),
    }
