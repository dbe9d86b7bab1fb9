"""How much the queue may hold: its own limits, and whether the disk has room."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from suostumus.server.bundles import Depth
from suostumus.server.limits import Limits


@dataclass
class Room:
    """Tells, before anything is written, what the queue has run out of."""

    limits: Limits
    has_disk: bool = True  # false while the disk is nearly full: erasures need what is left
    timer: Callable[[], float] = time.monotonic  # seconds; a clock that is set would make rows look old
    _oldest: int | None = field(default=None, init=False)
    _oldest_since: float = field(default=0.0, init=False)

    def lacks(self, depth: Depth, rows: int) -> str:
        """What ran out, for so many more rows: `rows`, `bytes`, `age` or `disk`; "" when nothing did."""
        if not self.has_disk:
            return "disk"
        if depth.rows + rows > self.limits.spool_rows:
            return "rows"
        if depth.bytes > self.limits.spool_bytes:
            return "bytes"
        return "age" if self._waited(depth.oldest) > self.limits.spool_hours * 3600 else ""

    def _waited(self, oldest: int | None) -> float:
        """For how long the queue has had the same oldest row since this process began, in seconds."""
        if oldest != self._oldest:
            self._oldest, self._oldest_since = oldest, self.timer()
        return self.timer() - self._oldest_since if oldest is not None else 0.0
