"""What a banner costs the page: bytes, files and layout shift; and the middle of many slow loads."""

from dataclasses import dataclass
from statistics import median

from bench.banners.contestants import Contestant
from bench.banners.looks import OpenPage, arrive
from bench.banners.stage import Stage
from bench.banners.trace import Run

PAINTS = """
window.shift = 0;
const each = (type, work) => new PerformanceObserver((list) => list.getEntries().forEach(work))
  .observe({ type, buffered: true });
each("layout-shift", ({ value }) => { shift += value; });
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


def weigh(stage: Stage, open_page: OpenPage, contestant: Contestant) -> Weights:
    """Load, accept, and count what came."""
    stage.show(contestant)
    page = open_page(script=PAINTS)
    arrive(page, stage, contestant)
    asked = len(stage.loaded)
    page.click(contestant.accept)
    page.wait_for_timeout(1500)
    return Weights(asked, len(stage.loaded), *stage.weights, shift=round(float(page.evaluate("shift")), 4))


def middle(runs: list[Run]) -> Run:
    """The median of each figure."""
    return Run(median(run.script for run in runs), round(median(run.long_tasks for run in runs)))
