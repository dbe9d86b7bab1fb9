"""What the demonstration shop pushes to `dataLayer`: Google Analytics 4's e-commerce events."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NotRequired, TypedDict

from suostumus.demo.catalogue import SHIPPING_PRICES, Cart, Catalogue, Line, Product

VALUE_ADDED_TAX = Decimal("0.255")  # Finland, included in the prices


class Item(TypedDict):
    """One product of an event."""

    item_id: str
    item_name: str
    item_brand: str
    item_category: str
    price: float
    quantity: int


class Ecommerce(TypedDict):
    """What an event tells of products and order."""

    currency: str
    items: list[Item]
    value: NotRequired[float]
    tax: NotRequired[float]
    shipping: NotRequired[float]
    transaction_id: NotRequired[str]
    payment_type: NotRequired[str]
    shipping_tier: NotRequired[str]


class Push(TypedDict):
    """One event, and the form in which the shop's script pushes it: `gtag` arguments or an object."""

    form: str
    name: str
    parameters: dict[str, object]


class Layer:
    """Makes the events of one language."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._categories = {category.slug: category.names[language] for category in catalogue.categories}
        self._language = language

    def listing(self, products: Iterable[Product]) -> Ecommerce:
        """Products beside each other, as `view_item_list` and `select_item` tell them."""
        return {"currency": "EUR", "items": [self._item(Line(product, 1)) for product in products]}

    def pieces(self, *lines: Line) -> Ecommerce:
        """Products with their value, as `view_item`, `add_to_cart` and `view_cart` tell them."""
        value = sum((line.total for line in lines), Decimal(0))
        return {"currency": "EUR", "value": float(value), "items": [self._item(line) for line in lines]}

    def order(self, cart: Cart, transaction_id: str, shipping: str) -> Ecommerce:
        """A cart that was bought, or the same order when it comes back as a refund."""
        taxed = cart.total + SHIPPING_PRICES[shipping]
        tax = (taxed * VALUE_ADDED_TAX / (1 + VALUE_ADDED_TAX)).quantize(Decimal("0.01"))
        return {
            **self.pieces(*cart.lines),
            "transaction_id": transaction_id,
            "tax": float(tax),
            "shipping": float(SHIPPING_PRICES[shipping]),
        }

    def _item(self, line: Line) -> Item:
        return {
            "item_id": line.product.sku,
            "item_name": line.product.names[self._language].replace("\u00a0", " "),  # no-break spaces
            "item_brand": line.product.brand,
            "item_category": self._categories[line.product.category],
            "price": float(line.product.price),
            "quantity": line.quantity,
        }


def object_push(name: str, ecommerce: Ecommerce) -> Push:
    """An event in the object form: `dataLayer.push({event, ecommerce})`."""
    return {"form": "object", "name": name, "parameters": dict(ecommerce)}


def gtag_push(name: str, parameters: Ecommerce | dict[str, object]) -> Push:
    """An event in the gtag form: `gtag("event", name, parameters)`."""
    return {"form": "gtag", "name": name, "parameters": dict(parameters)}
