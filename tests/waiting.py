"""Waiting for what happens in the background, with an end."""

import time
from typing import Any


def wait_for(condition: Any, seconds: float = 10) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
