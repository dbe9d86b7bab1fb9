"""How far the demonstration's traffic has come, and how that is shown."""

import time
from collections.abc import Callable
from typing import TextIO

import msgspec

SLICES = 4  # of a day: what is sent between two looks at the bar
_BAR_WIDTH = 40


class Progress(msgspec.Struct, frozen=True):
    """How far the traffic has come."""

    done: int  # slices
    total: int  # up to the end of yesterday
    events: int  # stored by the last slice

    @property
    def is_complete(self) -> bool:
        """Whether there is traffic up to the end of yesterday."""
        return self.done >= self.total


def follow(go_on: Callable[[], Progress], stream: TextIO) -> None:
    """Call until the traffic is complete, and show how far it is: a bar on a terminal, else a line a day."""
    began = time.monotonic()
    progress = go_on()
    first, events = progress.done, progress.events
    while not progress.is_complete:
        rate = (progress.done - first) / (time.monotonic() - began)
        _show(progress, events, rate, stream)
        progress = go_on()
        events += progress.events
    _show(progress, events, 0, stream)
    end = "\n" if stream.isatty() else ""
    stream.write(f"{end}complete up to yesterday: {events} events were added\n")


def _show(progress: Progress, events: int, rate: float, stream: TextIO) -> None:
    """`rate` is in slices a second, 0 when it is not known."""
    days, whole = progress.done / SLICES, progress.total // SLICES
    if stream.isatty():
        filled = _BAR_WIDTH * progress.done // max(progress.total, 1)
        left = f"{(progress.total - progress.done) / rate:.0f} s left" if rate else ""
        bar = "#" * filled + "." * (_BAR_WIDTH - filled)
        stream.write(f"\r[{bar}] day {days:.2f} of {whole}, {events} events {left:<12}")
    elif progress.done % SLICES == 0:
        stream.write(f"day {days:.0f} of {whole}: {events} events\n")
    stream.flush()
