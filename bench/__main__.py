"""`python -m bench [PART …] [--quick]`: measure, print tables, and write build/bench.json."""

import argparse
import multiprocessing
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from bench.parts import PARTS, measure
from bench.scratch import FULL, QUICK
from bench.tables import as_text, save

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
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            measured = alone.submit(measure, name, sizes).result()
        tables += measured
        sys.stdout.write("".join(f"\n{as_text(table)}\n" for table in measured))
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
