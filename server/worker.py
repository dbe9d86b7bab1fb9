"""One of several processes that answer on the public listener, on the ledger that they share."""

import asyncio
import logging
import socket
from contextlib import ExitStack
from functools import partial

import uvloop

from suostumus.server.app import public_app
from suostumus.server.clock import utc_now
from suostumus.server.jobs import Job, Jobs
from suostumus.server.ledger import LedgerError
from suostumus.server.owner import Owner
from suostumus.server.parts import PublicParts, open_public_parts
from suostumus.server.serve import Listener, serve
from suostumus.server.settings import Settings

log = logging.getLogger("suostumus.worker")

LOOK_SECONDS = 1.0


def collect(settings: Settings, listening: socket.socket) -> None:
    """Answer on a socket that is shared, until SIGTERM."""
    with ExitStack() as opened:
        owner = Owner(settings)
        opened.callback(owner.close)
        parts = open_public_parts(settings, utc_now, opened, (owner, owner, owner))
        opened.callback(_keep_counts, parts)
        jobs = Jobs(_jobs(parts, owner))
        jobs.start()
        opened.callback(jobs.stop)
        listener = Listener(public_app(parts), listening)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve([listener]))


def _jobs(parts: PublicParts, owner: Owner) -> list[Job]:
    return [
        Job("count", 1, parts.tally.flush),
        Job("take over state", LOOK_SECONDS, lambda: parts.ledger.read(parts.state.refresh)),
        Job("look", LOOK_SECONDS, partial(_look, parts, owner)),
        Job("read geo file", 60, parts.geo.refresh),
    ]


def _look(parts: PublicParts, owner: Owner) -> None:
    """How the installation is, and whether its disk has room for more."""
    owner.look()
    vitals = owner.condition.vitals
    parts.spool.room.has_disk = vitals.free_bytes >= vitals.free_limit


def _keep_counts(parts: PublicParts) -> None:
    """Put down what was counted since the last time."""
    try:
        parts.tally.flush()
    except LedgerError as error:
        log.warning("counters are lost: %s", type(error).__name__)
