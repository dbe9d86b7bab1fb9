"""One load of the page on a slow processor, as the browser's own trace tells it."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

SLOWDOWN = 6
SETTLED = 2500  # milliseconds after the page's load
LONG_TASK = 50_000  # microseconds: W3C Long Tasks
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
SCRIPT = {"EvaluateScript", "FunctionCall", "v8.compile", "v8.evaluateModule", "TimerFire", "EventDispatch"}

Event = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What the page's main thread did; processor time, so that a busy machine changes little."""

    script: float  # milliseconds: compiling and running, with what it makes the browser do at once
    long_tasks: int


def run_slowly(browser: Browser, page: Page, url: str) -> Run:
    """Load the page once, and let nothing look into it meanwhile: that would be counted."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    session = browser.new_browser_cdp_session()
    events: list[Event] = []
    ended: list[Event] = []
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda told: ended.append(told))  # noqa: PLW0108 -- not a built-in
    config = {"includedCategories": CATEGORIES}
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
    page.goto(url)
    page.wait_for_timeout(SETTLED)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)
    session.detach()
    return _summary([event for event in events if event.get("ph") == "X" and "tdur" in event])


def _summary(events: list[Event]) -> Run:
    place = next((event["pid"], event["tid"]) for event in events if event["name"] == "ParseHTML")
    own = [event for event in events if (event["pid"], event["tid"]) == place]
    script = sum(event["tdur"] for event in _outermost([event for event in own if event["name"] in SCRIPT]))
    long_tasks = [event for event in own if event["name"] == "RunTask" and event["tdur"] > LONG_TASK]
    return Run(script / 1000, len(long_tasks))


def _outermost(events: list[Event]) -> list[Event]:
    """Those that are inside no other of them."""
    found: list[Event] = []
    end = 0
    for event in sorted(events, key=lambda one: (one["ts"], -one["dur"])):
        if event["ts"] >= end:
            found.append(event)
            end = event["ts"] + event["dur"]
    return found
