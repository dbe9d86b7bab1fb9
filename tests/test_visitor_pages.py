"""The visitor's pages as Chromium shows them: axe-core finds nothing, in any language, scheme and size."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from axe import findings
from browser import OpenPage
from house import SETTINGS, House, Visitor

pytestmark = pytest.mark.browser

DECLARED = {"name": "_fbp", "purpose": "marketing", "provider": "Meta", "lifetime_days": 90, "text": {"en": "An ad."}}
PHONE: Any = {"width": 320, "height": 568}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_visitors_pages(
    open_house: Callable[..., House], open_page: OpenPage, scheme: Any
) -> None:
    shop, *others = msgspec.toml.decode(SETTINGS.encode())["sites"]
    sites = [shop | {"declared": [DECLARED]}, *others]
    first = open_house(sites=sites)
    version = first.notice().version
    first.close()
    house = open_house(sites=sites, notice={"effective": "2026-12-01", "text": {"sv": "Hej.", "en": "Hello."}})
    visitor = Visitor(house)
    visitor.decide("accept")
    token = visitor.token
    receipt = Visitor(house, token=token).decide("save", ["statistics"]).json()["status"].rpartition("/")[2]
    paths = ["/privacy/shop", "/privacy/shop/versions", f"/privacy/shop/versions/{house.notice().version}"]
    paths += [f"/privacy/shop/versions/{version}", f"/receipt/{receipt}"]
    with house.served() as address:
        for consent in ("", token):
            page = open_page(color_scheme=scheme, viewport=PHONE)
            if consent:
                page.context.set_extra_http_headers({"cookie": f"suostumus_shop={consent}"})
            for path in paths:
                for language in ("fi", "sv", "en"):
                    page.goto(f"{address}{path}?language={language}")
                    assert findings(page) == [], (path, language)
                    assert page.evaluate("document.documentElement.scrollWidth") <= 320, (path, language)
