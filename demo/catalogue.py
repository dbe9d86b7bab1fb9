"""What the demonstration shop offers, in which words, and the carts made of it."""

from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files

import msgspec

SHIPPING_PRICES = {"pickup": Decimal(0), "parcel": Decimal("5.90"), "home": Decimal("12.90")}
"""Price of each shipping tier, in euros."""

PAYMENT_TYPES = ("card", "bank", "invoice")
MOST_OF_ONE = 9  # pieces of one product in a cart


class Category(msgspec.Struct, frozen=True):
    """A shelf of the shop."""

    slug: str
    names: dict[str, str]  # by language


class Product(msgspec.Struct, frozen=True):
    """One thing to buy."""

    sku: str  # EAN-13
    slug: str
    category: str  # slug
    brand: str
    price: Decimal  # euros with value added tax
    popularity: int  # how often it is looked at, relative to the others
    names: dict[str, str]  # by language
    texts: dict[str, str]


class Catalogue(msgspec.Struct, frozen=True):
    """All of the shop."""

    categories: list[Category]
    products: list[Product]

    def category(self, slug: str) -> Category | None:
        """The category with this slug, None when there is none."""
        return next((category for category in self.categories if category.slug == slug), None)

    def product(self, slug: str) -> Product | None:
        """The product with this slug, None when there is none."""
        return next((product for product in self.products if product.slug == slug), None)

    def on_shelf(self, category: str) -> list[Product]:
        """The products of a category."""
        return [product for product in self.products if product.category == category]

    def search(self, term: str, language: str) -> list[Product]:
        """Products whose name has the term."""
        wanted = term.lower()
        return [product for product in self.products if wanted in product.names[language].lower()]


@dataclass(frozen=True, slots=True)
class Line:
    """Some pieces of one product."""

    product: Product
    quantity: int

    @property
    def total(self) -> Decimal:
        """Price of the pieces."""
        return self.product.price * self.quantity


@dataclass(frozen=True, slots=True)
class Cart:
    """What a visitor wants to buy. It lives in addresses: the shop stores nothing in the browser."""

    lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The cart as it stands in an address: `kuppi-tyyni.2~lyhty-hamy.1`."""
        return "~".join(f"{line.product.slug}.{line.quantity}" for line in self.lines)

    @property
    def quantity(self) -> int:
        """Pieces in the cart."""
        return sum(line.quantity for line in self.lines)

    @property
    def total(self) -> Decimal:
        """Price of the pieces, without shipping."""
        return sum((line.total for line in self.lines), Decimal(0))

    def quantity_of(self, product: Product) -> int:
        """Pieces of one product."""
        return sum(line.quantity for line in self.lines if line.product == product)

    def with_quantity(self, product: Product, quantity: int) -> "Cart":
        """The cart with so many pieces of a product, in its place or at the end; none when 0."""
        wanted = max(0, min(quantity, MOST_OF_ONE))
        lines = {line.product.slug: line for line in self.lines} | {product.slug: Line(product, wanted)}
        return Cart(tuple(line for line in lines.values() if line.quantity))


def load_catalogue() -> Catalogue:
    """The catalogue that ships with the demonstration."""
    return msgspec.toml.decode(files("suostumus.demo").joinpath("catalogue.toml").read_bytes(), type=Catalogue)


def load_words() -> dict[str, dict[str, str]]:
    """The shop's own words, by language."""
    text = files("suostumus.demo").joinpath("texts.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, dict[str, str]])


def parse_cart(text: str, catalogue: Catalogue) -> Cart:
    """The cart in an address; what is not of the shop is left out."""
    cart = Cart()
    for part in text.split("~")[: len(catalogue.products)]:
        slug, _, quantity = part.rpartition(".")
        product = catalogue.product(slug)
        if product and quantity.isascii() and quantity.isdigit():
            cart = cart.with_quantity(product, int(quantity[:3]))
    return cart
