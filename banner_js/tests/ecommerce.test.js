import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, isState, shopEvent } from "../src/ecommerce.js";

const fieldsOf = (properties) => shopEvent("purchase", properties).fields.ecommerce;

test("only the names of GA4's e-commerce events are taken over", () => {
  for (const name of ["gtm.js", "login", "page_view", "click", "toString", "", undefined, null, 7, {}]) {
    assert.equal(shopEvent(name, {}), null);
  }
  assert.equal(shopEvent("add_to_cart", {}).name, "add_to_cart");
});

test("only known fields are taken over, as texts", () => {
  const items = [{ item_id: "A", price: 1, item_list_name: "x", __proto__: { item_name: "Boot" } }];
  assert.deepEqual(fieldsOf({ value: 12.5, currency: "EUR", user: "x", items }), {
    value: "12.5",
    currency: "EUR",
    items: [{ item_id: "A", item_name: "Boot", price: "1" }],
  });
});

test("what is neither text nor number is left out", () => {
  for (const given of [true, null, undefined, [5], { valueOf: () => 5 }, 5n, () => 5]) {
    assert.deepEqual(fieldsOf({ value: given }), { items: [] });
  }
});

test("items are a hundred at most, and whatever they hold they are objects", () => {
  assert.equal(fieldsOf({ items: Array(250).fill({}) }).items.length, 100);
  assert.deepEqual(fieldsOf({ items: [null, 5, "x"] }).items, [{}, {}, {}]);
  assert.deepEqual(fieldsOf({ items: { 0: {} } }).items, []);
});

test("texts are cut, and never through a character", () => {
  assert.equal(cut("abc", 2), "ab");
  assert.equal(cut("ab👢", 3), "ab");
  assert.equal(cut("\ud83d x", 9), " x");
  assert.equal(fieldsOf({ coupon: ` ${"x".repeat(300)}` }).coupon, "x".repeat(100));
});

test("a search carries its term alone", () => {
  assert.deepEqual(shopEvent("exception", { error_kind: "PaymentRefused", description: "x" }), {
    name: "exception",
    fields: { error_kind: "PaymentRefused" },
  });
  for (const told of [{ description: "x" }, { error_kind: "" }, null]) {
    assert.equal(shopEvent("exception", told), null);
  }
  assert.deepEqual(shopEvent("search", { search_term: "boots", user: "x" }).fields, { search_term: "boots" });
});

test("views of an item, a cart and a checkout tell how the page is", () => {
  const names = ["view_item", "view_cart", "begin_checkout", "add_to_cart", "purchase", "view_item_list"];
  assert.deepEqual(
    names.map((name) => isState({ name, fields: {} })),
    [true, true, true, false, false, false],
  );
});
