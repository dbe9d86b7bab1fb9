"""What can be measured, each part by itself."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import dashboard, erasure, hostile, ingest, recovery, steps, storage
from bench.scratch import Lab, Sizes, open_lab
from bench.tables import Table

PARTS: dict[str, Callable[[Lab], list[Table]]] = {
    "ingest": ingest.measure,
    "steps": steps.measure,
    "storage": storage.measure,
    "recovery": recovery.measure,
    "dashboards": dashboard.measure,
    "erasure": erasure.measure,
    "hostile": hostile.measure,
}


def measure(name: str, sizes: Sizes) -> list[Table]:
    """Measure one part in a folder of its own.

    To be called in a process of its own: the engine took twice as long for queries where others had run before it.
    """
    with tempfile.TemporaryDirectory(prefix="suostumus-bench-") as folder:
        return PARTS[name](open_lab(Path(folder), sizes))
