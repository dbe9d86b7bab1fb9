// Google Analytics 4's e-commerce events: the names and fields that are taken over, everything else is left.

const LONGEST_TEXT = 100;
const MOST_ITEMS = 100;

// Lists in one text weigh less than lists of texts.
const NAMES = (
  "search purchase refund begin_checkout remove_from_cart add_to_cart add_to_wishlist add_shipping_info " +
  "add_payment_info view_cart view_item_list view_item select_item view_promotion select_promotion exception"
).split(" ");
const FIELDS = "transaction_id currency value tax shipping coupon payment_type shipping_tier".split(" ");
const ITEM_FIELDS = "item_id item_name item_brand item_category item_variant coupon price discount quantity".split(" ");

/** Events that tell how a page is, and not what the visitor did on it. */
const STATES = /^(view_item|view_cart|begin_checkout)$/;

/** @typedef {{ name: string, fields: Record<string, unknown> }} ShopEvent */

/**
 * @param {any} name
 * @param {unknown} properties
 * @returns {ShopEvent | null} null when it is no e-commerce event
 */
export function shopEvent(name, properties) {
  if (!NAMES.includes(name)) return null;
  const given = Object(properties);
  if (name === "search") return { name, fields: pick(given, ["search_term"]) };
  if (name === "exception") return given.error_kind ? { name, fields: pick(given, ["error_kind"]) } : null;
  const items = Array.isArray(given.items)
    ? given.items.slice(0, MOST_ITEMS).map((/** @type {unknown} */ item) => pick(Object(item), ITEM_FIELDS))
    : [];
  return { name, fields: { ecommerce: { ...pick(given, FIELDS), items } } };
}

/**
 * @param {ShopEvent} event
 * @returns {boolean}
 */
export function isState({ name }) {
  return STATES.test(name);
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
 * @param {string[]} names
 * @returns {Record<string, string>} those that are there, as texts: the collector reads amounts as shops write them
 */
function pick(source, names) {
  /** @type {Record<string, string>} */
  const picked = {};
  for (const name of names) {
    const value = source[name];
    if (typeof value === "string" || typeof value === "number") picked[name] = cut(`${value}`.trim(), LONGEST_TEXT);
  }
  return picked;
}
