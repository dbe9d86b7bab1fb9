"""The shop's own server tells the collector of orders, as any shop's can: docs/orders.md."""

import logging
from http.client import HTTPException
from urllib.request import Request, urlopen

import msgspec

from suostumus.demo.layer import Ecommerce

PATIENCE_SECONDS = 5

log = logging.getLogger("suostumus.demo")


class Confirmation:
    """Confirms orders with a site's secret."""

    def __init__(self, collector_url: str, site: str, secret: str) -> None:
        self._address = f"{collector_url}/api/orders"
        self._site = site
        self._secret = secret

    def confirm(self, ordered: Ecommerce) -> None:
        """Tell of one order. A shop goes on without its statistics: a failure is logged."""
        body = msgspec.json.encode({"site": self._site, "orders": [{"name": "purchase", "ecommerce": ordered}]})
        headers = {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"}
        try:
            with urlopen(Request(self._address, body, headers), timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 -- the collector's own address
                answer.read()
        except (OSError, HTTPException) as error:
            log.warning("an order was not confirmed: %s", type(error).__name__)
