"""A small shop of homeware: carries the tag, pushes events as real shops do, and stores nothing itself."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from suostumus.demo.catalogue import (
    PAYMENT_TYPES,
    SHIPPING_PRICES,
    Cart,
    Catalogue,
    Line,
    Product,
    load_catalogue,
    load_words,
    parse_cart,
)
from suostumus.demo.confirmation import Confirmation
from suostumus.demo.layer import Ecommerce, Layer, Push, gtag_push, object_push

LANGUAGES = ("fi", "sv", "en")  # the first one has no prefix in the address
_FOLDER = Path(__file__).parent


def shop_app(collector_url: str, site_key: str, order_secret: str) -> Starlette:
    """The shop, for an origin of its own, with the tag of a collector's site, and the secret to confirm its orders."""
    shop = Shop(collector_url, site_key, order_secret)
    pages = [
        ("/", shop.front),
        ("/c/{category}", shop.category),
        ("/p/{product}", shop.product),
        ("/search", shop.search),
        ("/cart", shop.cart),
        ("/checkout", shop.shipping),
        ("/checkout/payment", shop.payment),
        ("/checkout/review", shop.review),
        ("/thanks", shop.thanks),
    ]
    routes: list[Route | Mount] = [Mount("/static", StaticFiles(directory=_FOLDER / "static"))]
    for language in LANGUAGES:
        routes += [Route(_prefix(language) + path, endpoint) for path, endpoint in pages]
        routes.append(Route(f"{_prefix(language)}/order", shop.order, methods=["POST"]))
    return Starlette(routes=routes, exception_handlers={404: shop.missing})


@dataclass(frozen=True, slots=True)
class Visit:
    """What an address says: language, page, cart and the choices of the checkout."""

    language: str
    path: str  # without the language
    cart: Cart
    shipping: str
    payment: str

    def link(self, path: str, cart: Cart | None = None, /, **parameters: str) -> str:
        """The address of a page in the visit's language, with the cart."""
        query = {"cart": (self.cart if cart is None else cart).text, **parameters}
        return _address(self.language, path, query)

    def bare(self, path: str) -> str:
        """The address of a page in the visit's language, for forms, which carry the cart themselves."""
        return _address(self.language, path, {})

    def switch(self, language: str) -> str:
        """The address of this page in another language."""
        chosen = self.chosen if self.path.startswith("/checkout") else {}
        return _address(language, self.path, {"cart": self.cart.text, **chosen})

    def price(self, amount: Decimal) -> str:
        """An amount of euros as the language writes it."""
        return f"€{amount:,.2f}" if self.language == "en" else f"{amount:.2f} €".replace(".", ",")

    @property
    def chosen(self) -> dict[str, str]:
        """The choices of the checkout made so far."""
        return {"shipping": self.shipping, "payment": self.payment}


class Shop:
    """The pages. Each is a function of its address."""

    def __init__(self, collector_url: str, site_key: str, order_secret: str) -> None:
        self._confirmation = Confirmation(collector_url, site_key, order_secret)
        self._catalogue: Catalogue = load_catalogue()
        self._words = load_words()
        self._layers = {language: Layer(self._catalogue, language) for language in LANGUAGES}
        self._headers = _headers(collector_url)
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            collector=collector_url,
            site=site_key,
            languages={language: words["language"] for language, words in self._words.items()},
            categories=self._catalogue.categories,
            push=object_push,
            steps=("shipping", "payment", "review"),
            shipping_prices=SHIPPING_PRICES,
            payment_types=PAYMENT_TYPES,
        )

    async def front(self, request: Request) -> Response:
        """Everything there is."""
        return self._listing(request, "front.html", self._catalogue.products)

    async def category(self, request: Request) -> Response:
        """One shelf."""
        category = self._catalogue.category(request.path_params["category"])
        if category is None:
            return await self.missing(request, None)
        heading = category.names[_language_of(request)]
        products = self._catalogue.on_shelf(category.slug)
        return self._listing(request, "listing.html", products, heading=heading)

    async def search(self, request: Request) -> Response:
        """Products by a word of their name."""
        term = request.query_params.get("q", "").strip()[:100]
        language = _language_of(request)
        heading = self._words[language]["results"].format(term=term)
        found = self._catalogue.search(term, language)
        searched = gtag_push("search", {"search_term": term})
        return self._listing(request, "listing.html", found, [searched], heading=heading)

    async def product(self, request: Request) -> Response:
        """One product."""
        product = self._catalogue.product(request.path_params["product"])
        if product is None:
            return await self.missing(request, None)
        visit = self._visit(request)
        viewed = self._layers[visit.language].pieces(Line(product, 1))
        related = [other for other in self._catalogue.on_shelf(product.category) if other != product]
        return self._page(
            visit,
            "product.html",
            [object_push("view_item", viewed)],
            product=product,
            pieces=viewed,
            related=related,
        )

    async def cart(self, request: Request) -> Response:
        """The cart; with `add`, the cart with one piece more."""
        visit = self._visit(request)
        added = self._catalogue.product(request.query_params.get("add", ""))
        if added:
            cart = visit.cart.with_quantity(added, visit.cart.quantity_of(added) + 1)
            return RedirectResponse(visit.link("/cart", cart), 303)
        pushes = [object_push("view_cart", self._in_cart(visit))] if visit.cart.lines else []
        return self._page(visit, "cart.html", pushes)

    async def shipping(self, request: Request) -> Response:
        """The first step of the checkout."""
        visit = self._visit(request)
        return self._step(visit, "shipping", gtag_push("begin_checkout", self._in_cart(visit)))

    async def payment(self, request: Request) -> Response:
        """The second step of the checkout."""
        visit = self._visit(request)
        chosen: Ecommerce = {**self._in_cart(visit), "shipping_tier": visit.shipping}
        return self._step(visit, "payment", object_push("add_shipping_info", chosen))

    async def review(self, request: Request) -> Response:
        """The last step of the checkout."""
        visit = self._visit(request)
        chosen: Ecommerce = {**self._in_cart(visit), "payment_type": visit.payment}
        return self._step(visit, "review", object_push("add_payment_info", chosen))

    async def order(self, request: Request) -> Response:
        """Give the order its number, and confirm it."""
        visit = self._visit(request)
        if not visit.cart.lines:
            return RedirectResponse(visit.link("/cart"), 303)
        number = str(100_000 + secrets.randbelow(900_000))
        ordered = self._layers[visit.language].order(visit.cart, number, visit.shipping)
        confirming = BackgroundTask(self._confirmation.confirm, ordered)  # the customer does not wait for it
        return RedirectResponse(visit.link("/thanks", None, order=number, **visit.chosen), 303, background=confirming)

    async def thanks(self, request: Request) -> Response:
        """What was ordered; the cart is empty from here."""
        visit = self._visit(request)
        number = "".join(filter(str.isdigit, request.query_params.get("order", "")))[:12]
        if not visit.cart.lines or not number:
            return RedirectResponse(visit.link("/cart"), 303)
        ordered = self._layers[visit.language].order(visit.cart, number, visit.shipping)
        left = Visit(visit.language, "/", Cart(), "", "")
        return self._page(left, "thanks.html", [object_push("purchase", ordered)], number=number)

    async def missing(self, request: Request, _error: Exception | None) -> Response:
        """There is no such page."""
        page = self._page(self._visit(request), "missing.html")
        page.status_code = 404
        return page

    def _listing(
        self,
        request: Request,
        template: str,
        products: list[Product],
        pushes: Sequence[Push] = (),
        **values: object,
    ) -> Response:
        visit = self._visit(request)
        listed = gtag_push("view_item_list", self._layers[visit.language].listing(products))
        shown = [*pushes, listed] if products else pushes
        return self._page(visit, template, shown, products=products, **values)

    def _step(self, visit: Visit, step: str, push: Push) -> Response:
        if not visit.cart.lines:
            return RedirectResponse(visit.link("/cart"), 303)
        return self._page(visit, f"{step}.html", [push], step=step)

    def _page(self, visit: Visit, template: str, pushes: Sequence[Push] = (), **values: object) -> HTMLResponse:
        html = self._templates.get_template(template).render(
            visit=visit,
            words=self._words[visit.language],
            layer=self._layers[visit.language],
            line=Line,
            pushes=pushes,
            **values,
        )
        return HTMLResponse(html, headers=self._headers)

    def _in_cart(self, visit: Visit) -> Ecommerce:
        return self._layers[visit.language].pieces(*visit.cart.lines)

    def _visit(self, request: Request) -> Visit:
        language = _language_of(request)
        shipping = request.query_params.get("shipping", "")
        payment = request.query_params.get("payment", "")
        return Visit(
            language=language,
            path=request.url.path.removeprefix(_prefix(language)) or "/",
            cart=parse_cart(request.query_params.get("cart", ""), self._catalogue),
            shipping=shipping if shipping in SHIPPING_PRICES else "pickup",
            payment=payment if payment in PAYMENT_TYPES else "card",
        )


def _prefix(language: str) -> str:
    return "" if language == LANGUAGES[0] else f"/{language}"


def _language_of(request: Request) -> str:
    first = request.url.path.split("/")[1]
    return first if first in LANGUAGES[1:] else LANGUAGES[0]


def _address(language: str, path: str, query: dict[str, str]) -> str:
    given = urlencode({name: value for name, value in query.items() if value}, safe="~")
    return f"{_prefix(language)}{path}{f'?{given}' if given else ''}"


def _headers(collector_url: str) -> dict[str, str]:
    """A strict policy: the shop itself and the collector, nothing inline, nobody else."""
    parts = urlsplit(collector_url)
    collector = f"{parts.scheme}://{parts.netloc}"
    policy = [
        "default-src 'none'",
        f"script-src 'self' {collector}",
        f"connect-src 'self' {collector}",
        f"form-action 'self' {collector}",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
