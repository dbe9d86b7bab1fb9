"""`make bench-banners`: measure every banner in one run, and write the table into docs/banners.md."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import launch
from playwright.sync_api import Browser, Page, sync_playwright

from bench.banners.contestants import ALL, NOBODY, Contestant
from bench.banners.costs import Weights, middle, weigh
from bench.banners.looks import Looks, OpenPage, look
from bench.banners.stage import Stage, open_stage
from bench.banners.trace import Run, run_slowly

DOCUMENT = Path("docs/banners.md")
MARKS = ("<!-- measured -->\n", "<!-- end of measured -->\n")
RUNS = 20

Rows = list[tuple[str, list[str]]]


@contextmanager
def pages(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages, each in a profile of its own; requests to other hosts than the stage's end in nothing."""
    contexts = []

    def open_one(script: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options})
        context.route(lambda url: "//127.0.0.1" not in url, lambda route: route.abort())
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        return page

    yield open_one
    for context in contexts:
        context.close()


def slow_runs(stage: Stage, browser: Browser, runs: int) -> dict[str, Run]:
    """The median of many loads; all take turns, so that a busy machine is busy for everybody."""
    everybody = [NOBODY, *ALL]
    found: dict[str, list[Run]] = {contestant.name: [] for contestant in everybody}
    for _ in range(runs):
        for contestant in everybody:
            stage.show(contestant)
            with pages(browser) as open_page:
                found[contestant.name].append(run_slowly(browser, open_page(), stage.url + "/"))
    return {name: middle(taken) for name, taken in found.items()}


def measured(stage: Stage, browser: Browser, contestant: Contestant) -> tuple[Weights, Looks]:
    """Everything that one visit shows."""
    with pages(browser) as open_page:
        weights = weigh(stage, open_page, contestant)
    with pages(browser) as open_page:
        return weights, look(stage, open_page, contestant)


def rows(seen: list[tuple[Weights, Looks]], slow: list[Run], bare: Run) -> Rows:
    """The table, row by row."""
    weights, looks = [one for one, _ in seen], [two for _, two in seen]
    return [
        ("bytes, raw", [f"{one.raw:,}" for one in weights]),
        ("bytes, gzip -9", [f"{one.gzip:,}" for one in weights]),
        ("bytes, brotli -11", [f"{one.brotli:,}" for one in weights]),
        ("files until the question stands", [str(one.requests_to_ask) for one in weights]),
        ("files until events flow", [str(one.requests) for one in weights]),
        ("script at 6x slowdown, ms", [f"{one.script - bare.script:.0f}" for one in slow]),
        ("long tasks at 6x slowdown, above the bare page", [str(one.long_tasks - bare.long_tasks) for one in slow]),
        ("layout shift", [f"{one.shift:g}" for one in weights]),
        ("writes before a choice", [str(one.writes_before_choice) for one in looks]),
        ("requests to other hosts before a choice", [str(one.other_hosts_before_choice) for one in looks]),
        ("axe-core findings", [str(one.axe_findings) for one in looks]),
        ("of 30 page links reached by Tab", [str(one.links_reached) for one in looks]),
        ("focus stops hidden at 320x568", [one.stops_hidden for one in looks]),
        ("focus after the choice", [one.focus_after_choice for one in looks]),
        ("objections of the strict policy", [one.strict_policy for one in looks]),
        ("objections of Trusted Types", [one.trusted_types for one in looks]),
        ("autoconsent", [one.answers for one in looks]),
    ]


def table(found: Rows) -> str:
    """As Markdown."""
    lines = [["", *(contestant.name for contestant in ALL)], ["---"] * (len(ALL) + 1)]
    lines += [[name, *cells] for name, cells in found]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.banners", description="Measure every banner in one run.")
    parser.add_argument("--runs", type=int, default=RUNS, help="loads on a slow processor, for each; default: 20")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    with open_stage() as stage, sync_playwright() as playwright:
        browser = launch(playwright)
        seen = [measured(stage, browser, contestant) for contestant in ALL]
        slow = slow_runs(stage, browser, options.runs)
        version = browser.version
        browser.close()
    text = table(rows(seen, [slow[contestant.name] for contestant in ALL], slow[NOBODY.name]))
    text += f"\nChromium {version}; {options.runs} loads each; the machine's load before the run was {busy:.1f}.\n"
    sys.stdout.write(text)
    before, _, rest = DOCUMENT.read_text("utf-8").partition(MARKS[0])
    DOCUMENT.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")


if __name__ == "__main__":
    main()
