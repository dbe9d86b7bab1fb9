"""How a visitor goes through the demonstration shop: lands, decides, looks around, buys or gives up."""

from datetime import datetime
from random import Random
from urllib.parse import urlencode

from suostumus.demo.audience import Person, Source
from suostumus.demo.catalogue import (
    PAYMENT_TYPES,
    SHIPPING_PRICES,
    Cart,
    Catalogue,
    Category,
    Line,
    Product,
)
from suostumus.demo.layer import Layer
from suostumus.demo.recorder import Post, Recorder, Tag

_PREFIXES = {"fi": "", "sv": "/sv", "en": "/en"}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_DECISIONS = {"accept": 52.0, "save": 12.0, "reject": 30.0, "": 6.0}  # "": the banner is left alone
_DECISIONS_WITH_GPC = {"accept": 15.0, "save": 15.0, "reject": 65.0, "": 5.0}
_STEPS = (
    ("begin_checkout", 0.66),
    ("add_shipping_info", 0.82),
    ("add_payment_info", 0.86),
    ("purchase", 0.9),
)
"""Who has the step before goes on to this one, of those as eager as the average."""
_MISHAPS = {"add_shipping_info": "CouponRefused", "purchase": "PaymentRefused"}
"""What may go wrong before a step, as the shop tells it."""


class Journey:
    """Makes visits. A visit changes the person: what was decided, is in the cart, was ordered."""

    def __init__(self, catalogue: Catalogue, words: dict[str, dict[str, str]], tag: Tag, random: Random) -> None:
        self._catalogue = catalogue
        self._words = words
        self._tag = tag
        self._random = random

    def posts(self, person: Person, source: Source, start: datetime) -> list[Post]:
        """The requests of a visit, in order of time; of a person who refused or does not decide only the shop's own."""
        walk = _Walk(self._catalogue, self._words[person.language], self._tag, self._random, person, start)
        walk.land(source)
        walk.look_around(person.browser.eagerness * source.eagerness)
        walk.end()
        person.last_seen = walk.recorder.now
        return walk.recorder.posts


class _Walk:
    def __init__(
        self,
        catalogue: Catalogue,
        words: dict[str, str],
        tag: Tag,
        random: Random,
        person: Person,
        start: datetime,
    ) -> None:
        self.recorder = Recorder(tag, person, random, start)
        self._catalogue = catalogue
        self._words = words
        self._tag = tag
        self._random = random
        self._person = person
        self._layer = Layer(catalogue, person.language)
        self._prefix = _PREFIXES[person.language]
        self._looked_at = catalogue.products[0]

    def land(self, source: Source) -> None:
        """The first page, from outside, and the decision of those who have not decided."""
        query = dict(source.parameters)
        if source.click_id:
            query[source.click_id] = "".join(self._random.choices(_LETTERS, k=40))
        product = self._popular()
        if source.landing == "product":
            self._product(product, query, source.referrer)
        elif self._chance(0.01):  # by an old link
            self._open("/p/summer-2019", self._words["missing"], query, source.referrer)
            self.recorder.happen("page_not_found")
        elif source.landing == "category":
            self._category(self._shelf(product), query, source.referrer)
        else:
            self._front(query, source.referrer)
        if self._person.purposes is None:
            if self._chance(0.2):  # some look at a second page first
                self.recorder.wait(3, 40)
                self._product(self._popular())
            self._decide()

    def look_around(self, eagerness: float) -> None:
        """Look at products, put some into the cart, perhaps go to the checkout."""
        if self._person.orders and self._chance(0.12):
            self._return_order()
        if self._chance(0.34):
            return
        while self._chance(0.74):
            self.recorder.wait(3, 70)
            self._look_at_one()
            if self._chance(0.065 * eagerness):
                self._put_into_cart()
        if self._person.cart.lines and self._chance(0.75):
            self._check_out(eagerness)

    def end(self) -> None:
        """The last page; now and then a link out of the shop, a change of mind, a withdrawal."""
        self.recorder.wait(2, 60)
        if self._chance(0.02):
            self.recorder.happen("click", link_url="https://www.example.org/nordic-homes")
        self.recorder.flush()
        if self._person.purposes and self._chance(0.012):
            self.recorder.decide("withdraw", (), "control")
        elif len(self._person.purposes or ()) > 1 and self._chance(0.008):
            self.recorder.decide("save", ("statistics",), "preferences")

    def _decide(self) -> None:
        weights = _DECISIONS_WITH_GPC if self._person.gpc else _DECISIONS
        action = self._random.choices(list(weights), list(weights.values()))[0]
        if not action:
            return
        optional = [purpose for purpose in self._tag.purposes if purpose != "statistics" and self._chance(0.25)]
        chosen = ("statistics", *optional) if action == "save" else ()
        self.recorder.decide(action, chosen, "preferences" if action == "save" else "banner")

    def _look_at_one(self) -> None:
        product = self._popular()
        if self._chance(0.06):
            self._search(product)
        elif self._chance(0.5):
            self._category(self._shelf(product))
            self.recorder.wait(3, 40)
            self.recorder.happen("select_item", self._layer.listing([product]))
        self._product(product)

    def _put_into_cart(self) -> None:
        self.recorder.wait(4, 60)
        product = self._looked_at
        quantity = self._random.choices([1, 2, 4], [7, 2, 1])[0] if product.price < 50 else 1
        self.recorder.happen("add_to_cart", self._layer.pieces(Line(product, quantity)))
        wanted = self._person.cart.quantity_of(product) + quantity
        self._person.cart = self._person.cart.with_quantity(product, wanted)
        self._cart_page()
        if len(self._person.cart.lines) > 1 and self._chance(0.1):
            unwanted = self._person.cart.lines[0]
            self.recorder.wait(3, 20)
            self.recorder.happen("remove_from_cart", self._layer.pieces(unwanted))
            self._person.cart = self._person.cart.with_quantity(unwanted.product, 0)

    def _check_out(self, eagerness: float) -> None:
        self.recorder.wait(5, 60)
        self._cart_page()
        shipping = self._random.choices(list(SHIPPING_PRICES), [2, 6, 2])[0]
        payment = self._random.choices(PAYMENT_TYPES, [5, 4, 2])[0]
        pages = {
            "begin_checkout": ("/checkout", "shipping"),
            "add_shipping_info": ("/checkout/payment", "payment"),
            "add_payment_info": ("/checkout/review", "review"),
        }
        for name, going_on in _STEPS:
            goes_on = self._chance(going_on ** (1 / eagerness))
            if name in _MISHAPS and self._chance(0.01 if goes_on else 0.5):
                self.recorder.wait(2, 20)
                self.recorder.happen("exception", error_kind=_MISHAPS[name])
            if not goes_on:
                return
            self.recorder.wait(8, 120)
            if name == "purchase":
                self._buy(shipping)
            else:
                self._step(name, *pages[name], shipping, payment)

    def _step(self, name: str, path: str, word: str, shipping: str, payment: str) -> None:
        self._open(path, self._words[word])
        ecommerce = self._layer.pieces(*self._person.cart.lines)
        if name != "begin_checkout":
            ecommerce["shipping"] = float(SHIPPING_PRICES[shipping])
        if name == "add_shipping_info":
            ecommerce["shipping_tier"] = shipping
        if name == "add_payment_info":
            ecommerce["payment_type"] = payment
        self.recorder.happen(name, ecommerce)

    def _buy(self, shipping: str) -> None:
        number = str(self._random.randrange(100_000, 1_000_000))
        cart, self._person.cart = self._person.cart, Cart()
        self._person.orders.append((number, cart, shipping))
        self._open("/thanks", self._words["thanks"])
        ordered = self._layer.order(cart, number, shipping)
        self.recorder.confirm(ordered)
        self.recorder.happen("purchase", ordered)

    def _return_order(self) -> None:
        number, cart, shipping = self._person.orders.pop()
        self.recorder.wait(2, 30)
        self.recorder.happen("refund", self._layer.order(cart, number, shipping))

    def _front(self, query: dict[str, str], referrer: str) -> None:
        self._open("/", "", query, referrer)
        self.recorder.happen("view_item_list", self._layer.listing(self._catalogue.products))

    def _category(self, category: Category, query: dict[str, str] | None = None, referrer: str | None = None) -> None:
        self._open(f"/c/{category.slug}", category.names[self._person.language], query, referrer)
        self.recorder.happen("view_item_list", self._layer.listing(self._catalogue.on_shelf(category.slug)))

    def _product(self, product: Product, query: dict[str, str] | None = None, referrer: str | None = None) -> None:
        self._looked_at = product
        self._open(f"/p/{product.slug}", product.names[self._person.language], query, referrer)
        self.recorder.happen("view_item", self._layer.pieces(Line(product, 1)))

    def _search(self, product: Product) -> None:
        term = product.names[self._person.language].split()[0].lower()
        self._open("/search", self._words["results"].format(term=term), {"q": term})
        self.recorder.happen("search", search_term=term)
        found = self._catalogue.search(term, self._person.language)
        self.recorder.happen("view_item_list", self._layer.listing(found))

    def _cart_page(self) -> None:
        self._open("/cart", self._words["cart"])
        self.recorder.happen("view_cart", self._layer.pieces(*self._person.cart.lines))

    def _open(self, path: str, heading: str, query: dict[str, str] | None = None, referrer: str | None = None) -> None:
        address = f"{self._prefix}{path}{f'?{urlencode(query)}' if query else ''}"
        title = f"{heading} · {self._words['title']}" if heading else self._words["title"]
        self.recorder.open(address, title.replace("\u00a0", " "), referrer)

    def _popular(self) -> Product:
        products = self._catalogue.products
        return self._random.choices(products, [product.popularity for product in products])[0]

    def _shelf(self, product: Product) -> Category:
        return next(shelf for shelf in self._catalogue.categories if shelf.slug == product.category)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability
