"""A shop's server that tells orders, and visitors who told them before."""

from typing import Any

import msgspec
from house import House, JsonObject, Visitor

SECRET = "s" * 40
OTHER_SECRET = "t" * 40
SETTINGS = {"order_secrets": f"shop:{SECRET}, other:{OTHER_SECRET}"}
LAMP = {"item_id": "7", "item_name": "Lamp", "price": "24.95", "quantity": 2}


def ecommerce(number: str = "1001", value: str = "49.90", **more: object) -> JsonObject:
    """An order as tag and server tell it."""
    return {"transaction_id": number, "currency": "EUR", "value": value, "items": [LAMP]} | more


def order(number: str = "1001", value: str = "49.90", name: str = "purchase", **more: object) -> JsonObject:
    """An order as the server wraps it."""
    beside = {key: more.pop(key) for key in ("time", "refund_id") if key in more}
    return {"name": name, "ecommerce": ecommerce(number, value, **more)} | beside


def post(house: House, *orders: JsonObject, secret: str = SECRET, site: str = "shop", **headers: str) -> Any:
    """What the server sends."""
    body = msgspec.json.encode({"site": site, "orders": list(orders)})
    return house.door.post("/api/orders", content=body, headers={"authorization": f"Bearer {secret}"} | headers)


def outcomes(house: House, *orders: JsonObject) -> list[str]:
    """What became of each."""
    answer = post(house, *orders)
    assert answer.status_code == 200, answer.text
    return [one["result"] for one in answer.json()["orders"]]


def buyer(house: House, number: str = "1001", value: str = "49.90", name: str = "purchase") -> Visitor:
    """A visitor who agreed, and ordered."""
    visitor = Visitor(house)
    visitor.decide("accept")
    assert visitor.results(visitor.event(path="/thanks"), bought(visitor, number, value, name)) == ["stored", "stored"]
    return visitor


def bought(visitor: Visitor, number: str = "1001", value: str = "49.90", name: str = "purchase") -> JsonObject:
    """What the tag tells of the order."""
    return visitor.event(name, "/thanks", ecommerce=ecommerce(number, value))


def confirmed(house: House) -> list[tuple[str, str, str]]:
    """The rows that servers told: name, order number, value."""
    rows = [row for row in house.rows("events") if row["confirmed"]]
    return sorted((row["name"], row["order"], f"{row['value']:.2f}") for row in rows)
