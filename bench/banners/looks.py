"""What a person or a program sees of a banner: focus, covered links, accessibility, policies, automatic answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from axe import findings
from browser import REPOSITORY
from playwright.sync_api import Error, Page
from playwright.sync_api import TimeoutError as Late

from bench.banners.contestants import Contestant
from bench.banners.stage import Stage

AUTOCONSENT = REPOSITORY / "node_modules" / "@duckduckgo" / "autoconsent"
OUR_RULE = REPOSITORY / "banner_js" / "auto-answer" / "autoconsent.json"
STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
TRUSTED_TYPES = "require-trusted-types-for 'script'"
SPIES = (REPOSITORY / "tests" / "spies.js").read_text("utf-8")
SMALL = {"width": 320, "height": 568}
PRESSES = 90
PATIENCE = 4000  # milliseconds for a banner to appear

OBJECTIONS = """
window.objections = [];
document.addEventListener("securitypolicyviolation", (event) => objections.push(event.violatedDirective));
"""
# Which link of the page has the focus, and whether something that is not the link is painted over its middle.
STOP = """() => {
  const link = document.activeElement?.closest?.("main a");
  if (!link) return null;
  const box = link.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return { link: link.textContent, hidden: !top || !(link.contains(top) || top.contains(link)) };
}"""
FOCUS = """() => {
  const { activeElement: focus } = document;
  if (focus === document.body || !focus.checkVisibility({ opacityProperty: true })) return "lost";
  return focus.closest("main a") ? "back on the link" : "on another button";
}"""
# Like SPIES, a note for each write; what a banner reads is not counted here.
WRITES = """spied.filter((what) => ["storage", "cookie", "open", "register"].includes(what)).length"""

OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Looks:
    """One contestant's results."""

    writes_before_choice: int
    other_hosts_before_choice: int
    axe_findings: int
    links_reached: int  # of the page's 30, by 90 presses of Tab while the question stands
    stops_hidden: str  # at 320x568: hidden of all stops on links
    focus_after_choice: str
    strict_policy: str
    trusted_types: str
    answers: str


def look(stage: Stage, open_page: OpenPage, contestant: Contestant) -> Looks:
    """Everything that is seen of one contestant."""
    stage.show(contestant)
    page = open_page(script=SPIES)
    abroad: list[str] = []
    page.on("request", lambda request: abroad.append(request.url) if stage.url not in request.url else None)
    arrive(page, stage, contestant)
    page.wait_for_timeout(1000)
    writes, hosts = page.evaluate(WRITES), len(abroad)
    found = len(findings(page))
    reached = {stop["link"] for stop in _walk(arrive(open_page(), stage, contestant)) if stop}
    stops = [stop for stop in _walk(arrive(open_page(viewport=SMALL), stage, contestant)) if stop]
    return Looks(
        writes_before_choice=writes,
        other_hosts_before_choice=hosts,
        axe_findings=found,
        links_reached=len(reached),
        stops_hidden=f"{sum(stop['hidden'] for stop in stops)} of {len(stops)}",
        focus_after_choice=_focus_after_choice(arrive(open_page(), stage, contestant), contestant),
        strict_policy=_under(stage, open_page, contestant, STRICT),
        trusted_types=_under(stage, open_page, contestant, TRUSTED_TYPES),
        answers=_answers(stage, open_page, contestant),
    )


def arrive(page: Page, stage: Stage, contestant: Contestant) -> Page:
    """Open the page and wait for the question."""
    page.goto(stage.url + "/")
    page.wait_for_selector(contestant.reject, timeout=PATIENCE)
    page.wait_for_timeout(500)
    return page


def _walk(page: Page) -> list[Any]:
    """Press Tab from where the page, or the banner, has put the focus."""
    stops = []
    for _ in range(PRESSES):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(STOP))
    return stops


def _focus_after_choice(page: Page, contestant: Contestant) -> str:
    """Somebody reads a link, comes to the question by keyboard, and refuses."""
    page.focus("text=Product 3")
    page.focus(contestant.reject)
    page.keyboard.press("Enter")
    page.wait_for_timeout(2000)  # some fade out slowly
    stays = page.query_selector(contestant.reject)
    return "the question stays" if stays and stays.is_visible() else str(page.evaluate(FOCUS))


def _under(stage: Stage, open_page: OpenPage, contestant: Contestant, policy: str) -> str:
    """How many objections a policy has, and whether the question can still be answered as it looks."""
    stage.show(contestant, policy)
    page = open_page(script=OBJECTIONS)
    try:
        arrive(page, stage, contestant)
        page.click(contestant.accept, timeout=PATIENCE)
        works = ""
    except (Late, Error):
        works = ", does not work"
    page.wait_for_timeout(500)
    stage.show(contestant)
    return f"{len(page.evaluate('objections'))}{works}"


def _answers(stage: Stage, open_page: OpenPage, contestant: Contestant) -> str:
    """What autoconsent makes of it, with every rule that it ships and ours."""
    rules = [*json.loads((AUTOCONSENT / "rules" / "rules.json").read_text("utf-8"))["autoconsent"]]
    rules.append(json.loads(OUR_RULE.read_text("utf-8")))
    told = [f"{name} {_answer(arrive(open_page(), stage, contestant), action, rules)}" for name, action in ACTIONS]
    return ", ".join(told)


ACTIONS = (("refuses", "optOut"), ("agrees", "optIn"))


def _answer(page: Page, action: str, rules: list[Any]) -> str:
    told: list[Any] = []
    page.expose_function("autoconsentSendMessage", lambda message: told.append(message))  # noqa: PLW0108 -- not a built-in
    page.evaluate((AUTOCONSENT / "dist" / "autoconsent.playwright.js").read_text("utf-8"))
    config = {"enabled": True, "autoAction": action, "detectRetries": 10, "heuristicMode": "reject", "logs": {}}
    message = {"type": "initResp", "rules": {"autoconsent": rules}, "config": config}
    page.evaluate("(message) => autoconsentReceiveMessage(message)", message)
    page.wait_for_timeout(6000)
    results = [one for one in told if one["type"] == f"{action}Result"]
    if not results:
        return "no"
    return f"by {results[-1]['cmp']}" if results[-1]["result"] else "fails"
