"""What a page measures of itself, where the site switched it on: only with statistics, small, and without free text."""

from collections.abc import Iterator

import pytest
from baked import Json, shop_page
from browser import USER_AGENT, settle
from playwright.sync_api import Browser, Page
from shop import Shop, Visit, press

pytestmark = pytest.mark.browser

EVERYTHING = ["navigation", "downloads", "not_found", "site_search", "scroll", "engagement", "vitals", "errors"]
SEARCH = {"search": ["q", "keyword"]}
LEAVE = "dispatchEvent(new PageTransitionEvent('pagehide'))"


@pytest.fixture
def measuring(shop: Shop) -> Shop:
    """A shop that measures everything."""
    shop.features = EVERYTHING
    shop.config = SEARCH
    return shop


@pytest.fixture
def visit_broken(shop: Shop, chromium: Browser) -> Iterator[Visit]:
    """Opens a page of the shop that may throw errors of its own."""
    contexts = []

    def visit_one(path: str = "/") -> Page:
        contexts.append(chromium.new_context(user_agent=USER_AGENT))
        page = contexts[-1].new_page()
        page.goto(shop.url + path)
        return page

    yield visit_one
    for context in contexts:
        context.close()


def only(shop: Shop, name: str) -> list[Json]:
    """The events of one name."""
    return [event for event in shop.events if event["name"] == name]


def use(page: Page) -> None:
    """Do everything that is measured."""
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.evaluate("setTimeout(() => { throw new TypeError('anna@example.com did it'); })")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<a id=guide href=/guide.pdf>G</a>')"
    )
    page.evaluate("document.querySelector('#guide').addEventListener('click', (event) => event.preventDefault())")
    page.click("#guide")
    settle(page)


def test_nothing_is_measured_without_statistics(measuring: Shop, visit_broken: Visit) -> None:
    measuring.page = shop_page(head='<meta name="suostumus-page" content="not_found">')
    for purposes in ([], ["marketing"]):
        page = visit_broken("/results?q=boots")
        press(page, "preferences")
        for purpose in purposes:
            page.check(f'[data-suostumus-purpose="{purpose}"]')
        press(page, "save")
        use(page)
        page.evaluate(LEAVE)
        settle(page)
    assert measuring.sent("/api/events") == []


def test_what_is_not_switched_on_is_not_measured(shop: Shop, visit_broken: Visit) -> None:
    page = visit_broken("/results?q=boots")
    press(page, "accept")
    settle(page)
    use(page)
    page.evaluate(LEAVE)
    settle(page)
    assert shop.event_names == ["page_view"]


def test_a_download_is_told_without_its_query(measuring: Shop, visit: Visit) -> None:
    links = """<a href="/guide.PDF?for=anna">One</a><a href="/picture" download>Two</a><a href="/page.html">Three</a>
    <script>document.addEventListener("click", (event) => event.preventDefault())</script>"""
    measuring.page = shop_page(links)
    page = visit()
    press(page, "accept")
    settle(page)
    for name in ("One", "Two", "Three"):
        page.click(f"text={name}")
    settle(page)
    found = [event["link_url"].removeprefix(measuring.url) for event in only(measuring, "file_download")]
    assert found == ["/guide.PDF", "/picture"]


@pytest.mark.parametrize("how", ["attribute", "meta", "status"])
def test_a_page_that_was_not_found_is_told(measuring: Shop, visit: Visit, how: str) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    assert only(measuring, "page_not_found") == []
    measuring.pages["/lost"] = {
        "attribute": shop_page('<div data-page="not_found"></div>'),
        "meta": shop_page(head='<meta name="suostumus-page" content="not_found">'),
        "status": shop_page(),
    }[how]
    measuring.status = 404 if how == "status" else 200
    page.goto(measuring.url + "/lost")
    settle(page)
    page.evaluate("document.querySelector('[data-page], meta[name=suostumus-page]')?.remove()")
    page.evaluate("history.pushState({}, '', '/found')")
    settle(page)
    assert [event["url"] for event in only(measuring, "page_not_found")] == [measuring.url + "/lost"]


def test_a_page_of_search_results_is_told_by_its_parameter(measuring: Shop, visit: Visit) -> None:
    page = visit("/results?page=2&keyword=red+boots")
    press(page, "accept")
    settle(page)
    page.evaluate("history.pushState({}, '', '/results?q=lamps')")
    settle(page)
    page.evaluate("history.pushState({}, '', '/other?search=x')")
    settle(page)
    assert [event["search_term"] for event in only(measuring, "view_search_results")] == ["red boots", "lamps"]


def test_the_depth_of_each_page_is_told_once_as_it_is_left(measuring: Shop, visit: Visit) -> None:
    page = visit("/one")
    press(page, "accept")
    settle(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("scrollY > 0")
    settle(page)
    page.evaluate("history.pushState({}, '', '/two')")
    settle(page)
    page.evaluate(LEAVE)
    settle(page)
    depths = [
        (event["url"].removeprefix(measuring.url), event["percent_scrolled"]) for event in only(measuring, "scroll")
    ]
    assert depths == [("/one", 100)]


def test_time_counts_while_a_page_is_visible_and_has_the_focus(measuring: Shop, visit: Visit) -> None:
    page = visit("/one")
    press(page, "accept")
    settle(page)
    page.clock.install()
    page.goto(measuring.url + "/two")
    page.clock.run_for(3000)
    page.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))")
    page.clock.run_for(60_000)
    page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")
    page.clock.run_for(2000)
    page.evaluate("history.pushState({}, '', '/three')")
    page.clock.run_for(500)
    page.evaluate(LEAVE)
    page.clock.run_for(2000)
    settle(page)
    told = {event["url"].removeprefix(measuring.url): event["engagement_time_msec"] for event in engaged(measuring)}
    assert 4000 <= told["/two"] <= 6000
    assert "/three" not in told  # less than a second


def engaged(shop: Shop) -> list[Json]:
    """The events of engaged time on pages with a clock that the test moves."""
    return [event for event in only(shop, "user_engagement") if not event["url"].endswith("/one")]


def test_web_vitals_are_told_as_the_page_is_hidden(measuring: Shop, visit: Visit) -> None:
    page = visit()
    press(page, "accept")
    settle(page)
    page.goto(measuring.url + "/next")
    settle(page)
    page.click("h1")  # what is painted later is no longer the largest paint of the load
    page.evaluate(
        """() => {
        Object.defineProperty(Document.prototype, "hidden", { get: () => true });
        Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
        }"""
    )
    settle(page)
    told = {event["metric_name"]: event["metric_value"] for event in only(measuring, "web_vitals")}
    assert {"TTFB", "LCP", "CLS"} <= set(told) <= {"TTFB", "LCP", "CLS", "INP"}
    assert told["CLS"] == 0
    assert told["LCP"] > 0


def test_an_error_is_told_without_its_message(measuring: Shop, visit_broken: Visit) -> None:
    measuring.pages["/broken.js"] = "\n\nconst anna = 'anna@example.com';\nnull[anna];"
    page = visit_broken()
    press(page, "accept")
    settle(page)
    page.evaluate(
        """() => {
        const script = Object.assign(document.createElement("script"), { src: "/broken.js" });
        document.body.append(script);
        Promise.reject(new (class Anna1 extends Error { get name() { return "anna@example.com"; } })());
        }"""
    )
    settle(page)
    page.evaluate("for (let count = 0; count < 30; count++) setTimeout(() => { throw new RangeError('x'); })")
    settle(page, 300)
    told = [(event["error_kind"], event["error_line"]) for event in only(measuring, "exception")]
    assert ("TypeError", 4) in told
    assert ("", 0) in told
    assert len(told) == 10
    hosts = {event["error_host"] for event in only(measuring, "exception")}
    assert hosts <= {f"127.0.0.1:{measuring.port}", ""}
    assert "anna" not in "".join(request.body for request in measuring.requests)
