"""What a banner costs the page: bytes, requests, processor time, long tasks and layout shift."""

from dataclasses import dataclass
from statistics import median

from bench.banners.contestants import Contestant
from bench.banners.looks import OpenPage, arrive
from bench.banners.stage import Stage

SLOWDOWN = 6
SETTLED = 2000  # milliseconds after the page's load
PAINTS = """
window.shift = 0;
window.longTasks = 0;
const each = (type, work) => new PerformanceObserver((list) => list.getEntries().forEach(work))
  .observe({ type, buffered: true });
each("layout-shift", ({ value }) => { shift += value; });
each("longtask", () => { longTasks++; });
"""


@dataclass(frozen=True)
class Weights:
    """Everything that a first visit loads for the banner, until a choice is made and events go out."""

    requests_to_ask: int
    requests: int
    raw: int
    gzip: int
    brotli: int
    shift: float


@dataclass(frozen=True)
class Run:
    """One load on a slow processor."""

    script: float  # milliseconds: compiling and running
    long_tasks: int


def weigh(stage: Stage, open_page: OpenPage, contestant: Contestant) -> Weights:
    """Load, accept, and count what came."""
    stage.show(contestant)
    page = open_page(script=PAINTS)
    arrive(page, stage, contestant)
    asked = len(stage.loaded)
    page.click(contestant.accept)
    page.wait_for_timeout(1500)
    return Weights(asked, len(stage.loaded), *stage.weights, shift=round(float(page.evaluate("shift")), 4))


def run_slowly(stage: Stage, open_page: OpenPage, contestant: Contestant) -> Run:
    """Load the page once."""
    stage.show(contestant)
    page = open_page(script=PAINTS)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(stage.url + "/")
    page.wait_for_timeout(SETTLED)  # nothing that looks into the page may run in it and be counted
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    script = 1000 * (found["ScriptDuration"] + found["V8CompileDuration"])
    if contestant.reject and not page.query_selector(contestant.reject):
        raise TimeoutError(f"{contestant.name}: no question after {SETTLED} ms")
    return Run(script, page.evaluate("longTasks"))


def middle(runs: list[Run]) -> Run:
    """The median of each figure."""
    return Run(
        round(median(run.script for run in runs), 1),
        round(median(run.long_tasks for run in runs)),
    )
