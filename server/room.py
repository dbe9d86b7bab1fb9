"""How much the queue may hold: its own limits, and whether the disk has room."""

from dataclasses import dataclass

from suostumus.server.bundles import Depth
from suostumus.server.settings import Limits


@dataclass
class Room:
    """Tells, before anything is written, what the queue has run out of."""

    limits: Limits
    has_disk: bool = True  # false while the disk is nearly full: erasures need what is left

    def lacks(self, depth: Depth, now: int, rows: int = 0) -> str:
        """What ran out, for so many more rows: `rows`, `bytes`, `age` or `disk`; "" when nothing did.

        `now` is in seconds since 1970.
        """
        if not self.has_disk:
            return "disk"
        if depth.rows + rows > self.limits.spool_rows:
            return "rows"
        if depth.bytes > self.limits.spool_bytes:
            return "bytes"
        waited = now - depth.oldest if depth.oldest is not None else 0
        return "age" if waited > self.limits.spool_hours * 3600 else ""
