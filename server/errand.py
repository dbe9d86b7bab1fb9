"""Something to be done on an installation, whether it runs, is starting or stands still."""

import time
from collections.abc import Callable
from typing import Any

from suostumus.server.control import Arguments, ask, is_running
from suostumus.server.installation import FolderTakenError, Installation
from suostumus.server.settings import Settings

STARTING_SECONDS = 30  # for which one that is starting is waited for


def on_installation(
    settings: Settings, action: str, work: Callable[[Installation], Any], arguments: Arguments | None = None
) -> Any:
    """Have a running installation do `action` through its control socket, or do `work` on one that stands still.

    One that is starting keeps the data folder and does not listen yet: that is waited for. Raises what `ask` and
    Installation raise.
    """
    deadline = time.monotonic() + STARTING_SECONDS
    while not is_running(settings.data_path):
        try:
            installation = Installation(settings)
        except FolderTakenError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
            continue
        try:
            return work(installation)
        finally:
            installation.close()
    return ask(settings.data_path, action, arguments)
