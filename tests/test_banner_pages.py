"""The script among others on a page: foreign styles, gated scripts, and the interface for the page's own."""

import base64
import hashlib
import json

import pytest
from baked import BUILT, NOTICE, Json, configuration, shop_page
from browser import settle
from page_scripts import gated
from shop import HOST, SHOWN, Shop, Visit, choice, press

pytestmark = pytest.mark.browser


def test_a_shops_own_style_does_not_reach_the_question(shop: Shop, visit: Visit) -> None:
    hostile = "<style>body button.x, button, p, li { font-size: 40px; float: right; text-transform: uppercase }</style>"
    looks = []
    for head in ("", hostile):
        shop.page = shop_page(head=head)
        page = visit(reduced_motion="reduce")
        look = "(host) => [host.clientHeight, getComputedStyle(host.querySelector('button')).font]"
        looks.append(page.eval_on_selector(HOST, look))
    assert looks[0] == looks[1]


def test_a_page_goes_on_when_the_script_cannot(shop: Shop, visit: Visit) -> None:
    shop.config = {"languages": None}
    warnings: list[str] = []
    shop.pages["/plain"] = "<!doctype html><title>No script here</title>"
    page = visit("/plain")
    page.on("console", lambda message: warnings.append(message.text))
    page.goto(shop.url + "/")
    settle(page)
    page.evaluate("history.pushState({}, '', '/else')")
    settle(page)
    assert len(warnings) == 1
    assert warnings[0].startswith("suostumus stopped:")
    assert page.query_selector(HOST) is None


def test_the_script_on_a_page_twice_asks_once(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page('<script src="/s/demo.js" defer></script>')
    page = visit()
    press(page, "accept")
    settle(page)
    assert len(shop.decisions) == 1
    assert shop.event_names == ["page_view"]


# Gated scripts


def test_gated_scripts_run_in_order_once_and_only_for_granted_purposes(shop: Shop, visit: Visit) -> None:
    shop.pages["/slow.js"] = "ran.push('two')"
    shop.page = shop_page(
        "<script>window.ran = []</script>"
        + gated("marketing", "ran.push('one')")
        + gated("marketing", "", "/slow.js")
        + gated("profiling", "ran.push('never')")
        + gated("marketing", "ran.push('three')")
    )
    page = visit()
    settle(page)
    assert page.evaluate("ran") == []
    press(page, "preferences")
    page.check('[data-suostumus-purpose="marketing"]')
    press(page, "save")
    settle(page)
    assert page.evaluate("ran") == ["one", "two", "three"]
    page.evaluate(
        """() => {
        const script = document.createElement("script");
        Object.assign(script, { type: "text/plain", text: "ran.push('late')" });
        script.dataset.suostumus = "marketing";
        document.body.append(script);
        }"""
    )
    settle(page)
    press(page, "open")
    press(page, "save")
    settle(page)
    assert page.evaluate("ran") == ["one", "two", "three", "late"]
    page.reload()
    settle(page)
    assert page.evaluate("ran") == ["one", "two", "three"]


def test_gated_scripts_stay_stopped_after_refusal_and_withdrawal(shop: Shop, visit: Visit) -> None:
    shop.page = shop_page("<script>window.ran = []</script>" + gated("marketing", "ran.push('one')"))
    page = visit()
    press(page, "reject")
    page.reload()
    settle(page)
    assert page.evaluate("ran") == []
    press(page, "open")
    press(page, "accept")
    settle(page)
    assert page.evaluate("ran") == ["one"]
    press(page, "withdraw")
    page.reload()
    settle(page)
    assert page.evaluate("ran") == []


# The public interface


def test_the_interface_tells_changes_and_opens_and_withdraws(shop: Shop, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """() => {
        window.heard = [];
        window.silence = suostumus.on("change", (choice) => heard.push(["on", choice]));
        document.addEventListener("suostumus:change", ({ detail }) => heard.push(["event", detail]));
        }"""
    )
    assert page.evaluate("suostumus.choice()") is None
    page.evaluate("suostumus.open()")
    page.check('[data-suostumus-purpose="statistics"]')
    press(page, "save")
    settle(page)
    page.evaluate("silence()")
    page.evaluate("suostumus.withdraw()")
    settle(page)
    given: Json = {"purposes": ["statistics"]}
    refused: Json = {"purposes": []}
    assert sorted(page.evaluate("heard"), key=str) == sorted(
        [["event", given], ["on", given], ["event", refused]], key=str
    )
    assert page.evaluate("suostumus.choice()") == refused
    assert shop.decisions[1]["surface"] == "page"
    assert choice(page) == f"{NOTICE}:none"


def test_calls_made_before_the_script_has_loaded_are_made_in_their_order(shop: Shop, visit: Visit) -> None:
    early = """<script>
    window.heard = [];
    (window.suostumus ??= { q: [] }).q.push(["on", "change", (choice) => heard.push(choice)]);
    suostumus.q.push(["track", "search", { search_term: "boots" }], ["no such call"]);
    </script>"""
    shop.page = shop_page(head=early)
    page = visit()
    press(page, "accept")
    settle(page)
    assert [len(choice["purposes"]) for choice in page.evaluate("heard")] == [4]
    page.reload()
    settle(page)
    page.evaluate("suostumus.q.push(['track', 'view_cart'])")
    settle(page)
    assert [len(choice["purposes"]) for choice in page.evaluate("heard")] == [4]
    assert shop.event_names == ["page_view", "page_view", "search", "view_cart"]


def test_microsoft_and_meta_are_told_before_their_tags_run(shop: Shop, visit: Visit) -> None:
    shop.features = ["microsoft_consent", "meta_consent"]
    shop.page = shop_page(
        "<script>window.told = []; window.fbq = (...call) => told.push(call)</script>"
        + gated("marketing", "window.before = structuredClone({ told, uetq })")
    )
    page = visit()
    settle(page)
    assert page.evaluate("told") == [["consent", "revoke"]]
    assert page.evaluate("uetq") == ["consent", "default", {"ad_storage": "denied"}]
    press(page, "accept")
    settle(page)
    assert page.evaluate("before.told.at(-1)") == ["consent", "grant"]
    assert page.evaluate("before.uetq.slice(-3)") == ["consent", "update", {"ad_storage": "granted"}]
    press(page, "withdraw")
    assert page.evaluate("told.at(-1)") == ["consent", "revoke"]
    assert page.evaluate("uetq.at(-1)") == {"ad_storage": "denied"}
    assert {request.path.split("/")[1] for request in shop.requests} <= {"", "s", "api"}


def test_the_module_takes_its_configuration_and_its_features_from_the_page(shop: Shop, visit: Visit) -> None:
    baked = configuration(shop.url)
    shown = {key: baked.pop(key) for key in list(baked) if key in SHOWN}
    shop.pages["/suostumus.mjs"] = (BUILT / "suostumus.mjs").read_text("utf-8")
    shop.pages["/app.mjs"] = f"""
    import {{ start, site_search }} from "./suostumus.mjs";
    start({json.dumps({**baked, "search": ["q"], "shown": shown})}, [site_search], "c-17");
    """
    tag = '<script type="module" src="/app.mjs"></script>'
    shop.page = shop_page().replace('<script src="/s/demo.js" defer></script>', tag)
    page = visit("/results?q=boots")
    press(page, "accept")
    settle(page)
    assert [(event["name"], event["customer"]) for event in shop.events] == [
        ("page_view", "c-17"),
        ("view_search_results", "c-17"),
    ]


@pytest.mark.parametrize("recipe", ["nonce", "hash"])
def test_a_policy_that_allows_no_host_lets_the_script_run_and_what_waits(shop: Shop, visit: Visit, recipe: str) -> None:
    digest = base64.b64encode(hashlib.sha384(shop.script().encode()).digest()).decode()
    source = {"nonce": "'nonce-r4nd0m'", "hash": f"'sha384-{digest}'"}[recipe]
    shop.headers = {"Content-Security-Policy": f"default-src 'none'; script-src {source}; connect-src 'self'"}
    attribute = {"nonce": 'nonce="r4nd0m"', "hash": f'integrity="sha384-{digest}" crossorigin="anonymous"'}[recipe]
    waiting = gated("marketing", "document.title = 'inline ran'").replace("<script", '<script nonce="r4nd0m"')
    shop.page = shop_page(waiting if recipe == "nonce" else "").replace('demo.js" defer', f'demo.js" {attribute} defer')
    page = visit()
    press(page, "accept")
    settle(page)
    assert shop.event_names == ["page_view"]
    if recipe == "nonce":
        page.wait_for_function("document.title === 'inline ran'")
