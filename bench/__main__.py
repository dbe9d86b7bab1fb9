"""`python -m bench [PART …] [--quick]`: measure, print tables, and write build/bench.json."""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench import dashboard, erasure, hostile, ingest, recovery, steps, storage
from bench.scratch import FULL, QUICK, Lab, open_lab
from bench.tables import Table, as_text, save

PARTS: dict[str, Callable[[Lab], list[Table]]] = {
    "ingest": ingest.measure,
    "steps": steps.measure,
    "storage": storage.measure,
    "recovery": recovery.measure,
    "dashboards": dashboard.measure,
    "erasure": erasure.measure,
    "hostile": hostile.measure,
}
RESULT = Path("build/bench.json")


def main() -> None:
    """Measure the parts that were named, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure against baselines of the same run.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast it is")
    parser.add_argument("--dashboard-events", type=int, help="in the table that dashboards look at")
    parser.add_argument("--erasure-events", type=int, help="among which visitors are erased")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    sizes = QUICK if options.quick else FULL
    if options.dashboard_events:
        sizes = replace(sizes, events=(options.dashboard_events,))
    if options.erasure_events:
        sizes = replace(sizes, erasure_events=options.erasure_events)
    began = time.monotonic()
    busy_before = os.getloadavg()[0]
    tables = []
    for name in options.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="suostumus-bench-") as folder:
            for table in PARTS[name](open_lab(Path(folder), sizes)):
                tables.append(table)
                sys.stdout.write(f"\n{as_text(table)}\n")
                sys.stdout.flush()
    seconds = round(time.monotonic() - began)
    circumstances: dict[str, str | int | float] = {
        "processors": os.cpu_count() or 0,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": busy_before,
        "quick": options.quick,
        "seconds": seconds,
    }
    save(tables, circumstances, RESULT)
    sys.stdout.write(f"\n{seconds} s; the machine's load before was {busy_before:.1f}; written to {RESULT}\n")


if __name__ == "__main__":
    main()
