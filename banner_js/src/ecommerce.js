// Google Analytics 4's e-commerce events: the names and fields that are taken over, everything else is left.

const LONGEST_TEXT = 100;
const MOST_ITEMS = 100;
const MOST_PIECES = 1_000_000;
const MOST_MONEY = 1e12;

const NAMES =
  /^(search|purchase|refund|begin_checkout|remove_from_cart|add_(to_cart|to_wishlist|(shipping|payment)_info)|view_(cart|item_list)|(view|select)_(item|promotion))$/;

/** Events that tell how a page is, and not what the visitor did on it. */
const STATES = ["view_item", "view_cart", "begin_checkout"];

const ITEM_FIELDS = {
  item_id: text,
  item_name: text,
  item_brand: text,
  item_category: text,
  item_variant: text,
  coupon: text,
  price: amount,
  discount: amount,
  quantity: pieces,
};

const FIELDS = {
  transaction_id: text,
  currency,
  value: amount,
  tax: amount,
  shipping: amount,
  coupon: text,
  payment_type: text,
  shipping_tier: text,
  items,
};

/** @typedef {{ name: string, fields: Record<string, unknown> }} ShopEvent */

/**
 * @param {unknown} name
 * @param {unknown} properties
 * @returns {ShopEvent | null} null when it is no e-commerce event
 */
export function shopEvent(name, properties) {
  if (typeof name !== "string" || !NAMES.test(name)) return null;
  const given = Object(properties);
  return {
    name,
    fields: name === "search" ? { search_term: text(given.search_term) } : { ecommerce: pick(given, FIELDS) },
  };
}

/**
 * @param {ShopEvent} event
 * @returns {boolean}
 */
export function isState({ name }) {
  return STATES.includes(name);
}

/**
 * @param {string} value
 * @param {number} length
 * @returns {string} cut to length; half characters, which no server can read, are left out
 */
export function cut(value, length) {
  return value.slice(0, length).replace(/\p{Surrogate}/gu, "");
}

/**
 * @param {Record<string, unknown>} source
 * @param {Record<string, (value: unknown) => unknown>} fields how each is read
 * @returns {Record<string, unknown>} those that are there and make sense
 */
function pick(source, fields) {
  /** @type {Record<string, unknown>} */
  const picked = {};
  for (const [name, read] of Object.entries(fields)) {
    const value = read(source[name]);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" || typeof value === "number" ? cut(`${value}`.trim(), LONGEST_TEXT) : undefined;
}

/** @param {unknown} value */
function currency(value) {
  const code = text(value)?.toUpperCase() ?? "";
  return /^[A-Z]{3}$/.test(code) ? code : undefined;
}

/** @param {unknown} value a number, or one in digits with a point or a comma */
function amount(value) {
  const number = Number(text(value)?.replace(",", ".") || NaN);
  return Math.abs(number) < MOST_MONEY ? number : undefined;
}

/** @param {unknown} value */
function pieces(value) {
  const number = Math.round(amount(value) ?? NaN);
  return number >= 0 && number <= MOST_PIECES ? number : undefined;
}

/** @param {unknown} value */
function items(value) {
  return Array.isArray(value) ? value.slice(0, MOST_ITEMS).map((item) => pick(Object(item), ITEM_FIELDS)) : undefined;
}
