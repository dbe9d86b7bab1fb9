// The shop's dataLayer: read, never created. What is pushed there counts once, in the order it was pushed.
import { isState, shopEvent } from "./ecommerce.js";

/** @typedef {import("./ecommerce.js").ShopEvent} ShopEvent */

/** Entries already looked at. */
const seen = new WeakSet();
/** The array whose `push` tells us. @type {unknown} */
let watched;
/** @type {ShopEvent[]} */
let found = [];
/** The latest `ecommerce` object, for events pushed without their own; null after a reset. */
let ecommerce = /** @type {unknown} */ (null);

/**
 * @param {() => void} onPush called after each push from now on
 * @returns {ShopEvent[]} the events not taken yet
 */
export function takeEvents(onPush) {
  watch(onPush);
  scan();
  return found.splice(0);
}

/**
 * Forgets the events not taken yet.
 * @param {boolean} keepStates all but those that tell how the page is
 */
export function skipEvents(keepStates) {
  scan();
  found = found.filter((event) => keepStates && isState(event));
}

/**
 * Adds an event that did not come through the dataLayer.
 * @param {unknown} name
 * @param {unknown} properties
 */
export function addEvent(name, properties) {
  const event = shopEvent(name, properties);
  if (event) found.push(event);
}

/** @param {() => void} onPush */
function watch(onPush) {
  const layer = dataLayer();
  if (layer === watched) return;
  watched = layer;
  const push = layer.push;
  layer.push = function (...entries) {
    const length = push.apply(this, entries);
    onPush();
    return length;
  };
}

/** @returns {unknown[]} the shop's, an empty one when it has none */
function dataLayer() {
  return Array.isArray(window.dataLayer) ? window.dataLayer : [];
}

function scan() {
  for (const entry of dataLayer()) {
    if (!(entry instanceof Object) || seen.has(entry)) continue;
    seen.add(entry);
    read(entry);
  }
}

/** @param {object & Record<string | number, any>} entry an object with `event`, or the arguments of gtag() */
function read(entry) {
  if (entry[0] === "event") return addEvent(entry[1], entry[2]);
  if ("ecommerce" in entry) ecommerce = entry.ecommerce;
  return addEvent(entry.event, /^(search|exc)/.test(entry.event) ? entry : ecommerce);
}
