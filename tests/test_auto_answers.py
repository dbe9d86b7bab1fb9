"""Programs that answer the question for people: autoconsent with our rule and without, and Consent-O-Matic."""

import json
from pathlib import Path
from typing import Any

import pytest
from baked import NOTICE, PURPOSES, Json
from browser import REPOSITORY, settle
from playwright.sync_api import Page
from shop import HOST, Shop, Visit, choice, press
from surroundings import Surroundings, VisitIn, in_each_language

pytestmark = pytest.mark.browser

RULES = REPOSITORY / "banner_js" / "auto-answer"
MODULES = REPOSITORY / "node_modules"
AUTOCONSENT = MODULES / "@duckduckgo" / "autoconsent" / "dist" / "autoconsent.playwright.js"
# The last small version that understood Consent-O-Matic's rules, which are published in no package of their own.
WITH_CONSENT_O_MATIC = MODULES / "autoconsent-with-consent-o-matic" / "dist" / "autoconsent.playwright.js"
ACTIONS = {"optOut": "reject", "optIn": "accept"}


def answer(page: Page, program: Path, action: str, rules: Json, *, heuristic: bool = False) -> list[Json]:
    """Let a program answer, as its browser extension would; what it tells."""
    told: list[Json] = []
    settings = {
        "enabled": True,
        "autoAction": action,
        "disabledCmps": [],
        "enablePrehide": False,
        "enableCosmeticRules": False,
        "enableGeneratedRules": False,
        "enableHeuristicDetection": heuristic,
        "heuristicMode": "reject" if heuristic else "off",
        "detectRetries": 20,
        "isMainWorld": True,
        "prehideTimeout": 2000,
        "logs": {},
    }
    page.expose_function("autoconsentSendMessage", lambda message: told.append(message))  # noqa: PLW0108 -- not a built-in
    page.evaluate(program.read_text("utf-8"))
    page.evaluate(
        "(message) => autoconsentReceiveMessage(message)",
        {"type": "initResp", "rules": {"autoconsent": [], **rules}, "config": settings},
    )
    page.wait_for_selector(HOST, state="detached")
    settle(page)
    return told


def rule(name: str) -> Any:
    """One of the rules that ship."""
    return json.loads((RULES / name).read_text("utf-8"))


@pytest.mark.parametrize("action", ["optOut", "optIn"])
@in_each_language
def test_autoconsent_answers_in_each_language_by_our_rule(
    shop: Shop, visit_in: VisitIn, around: Surroundings, action: str
) -> None:
    page = visit_in(around)
    told = answer(page, AUTOCONSENT, action, {"autoconsent": [rule("autoconsent.json")]})
    assert [(one["cmp"], one["result"]) for one in told if one["type"] == f"{action}Result"] == [("suostumus", True)]
    assert [(one["action"], one["method"]) for one in shop.decisions] == [(ACTIONS[action], "automated")]
    page.reload()
    settle(page)
    assert page.query_selector(HOST) is None


def test_autoconsent_finds_and_refuses_the_english_question_without_a_rule(shop: Shop, visit: Visit) -> None:
    page = visit()
    told = answer(page, AUTOCONSENT, "optOut", {}, heuristic=True)
    assert [one["result"] for one in told if one["type"] == "optOutResult"] == [True]
    assert [(one["action"], one["method"]) for one in shop.decisions] == [("reject", "automated")]


@pytest.mark.parametrize(("action", "purposes"), [("optOut", []), ("optIn", PURPOSES)])
@in_each_language
def test_consent_o_matic_sets_each_purpose_by_our_rule(
    shop: Shop, visit_in: VisitIn, around: Surroundings, action: str, purposes: list[str]
) -> None:
    page = visit_in(around)
    rules = {name: one for name, one in rule("consent-o-matic.json").items() if not name.startswith("$")}
    answer(page, WITH_CONSENT_O_MATIC, action, {"consentomatic": rules})
    [decision] = shop.decisions
    assert (decision["action"], decision["purposes"], decision["method"]) == ("save", purposes, "automated")
    assert choice(page) == f"{NOTICE}:{'.'.join(purposes) or 'none'}"


def test_a_person_who_opens_the_choices_afterwards_is_recorded_as_a_person(shop: Shop, visit: Visit) -> None:
    page = visit()
    answer(page, AUTOCONSENT, "optOut", {"autoconsent": [rule("autoconsent.json")]})
    press(page, "open")
    press(page, "accept")
    settle(page)
    assert [one["method"] for one in shop.decisions] == ["automated", "click"]
