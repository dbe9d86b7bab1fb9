// One event, with what the page says of itself.
import { currentState, isInForce, wasDecidedHere } from "./consent.js";
import { cut } from "./ecommerce.js";
import { enqueue } from "./queue.js";
import { sessionId } from "./session.js";
import { uuid } from "./uuid.js";

const LONGEST_URL = 2048;

/** The shop's pseudonym of a signed-in customer, and the page that was seen before this one without a new load. */
export const page = { customer: "", previous: "" };

/**
 * Records an event of this page if consent is in force.
 * @param {string} name
 * @param {Record<string, unknown>} [fields]
 */
export function record(name, fields) {
  if (!isInForce()) return;
  const time = Date.now();
  enqueue({
    id: uuid(),
    session: sessionId(time),
    name,
    time,
    url: address(location),
    title: cut(document.title, 500),
    referrer: page.previous || referrer(),
    customer: currentState().choice?.purposes.includes("profiling") ? page.customer : "",
    ...fields,
  });
}

/** @returns {string} where the visitor came from; of a page that was seen before the consent, nothing */
function referrer() {
  if (!document.referrer) return "";
  const from = new URL(document.referrer);
  return wasDecidedHere() && from.host === location.host ? "" : withoutQuery(address(from));
}

/**
 * @param {{ protocol: string, origin: string, pathname: string, search: string }} place
 * @returns {string} without fragment, user and password; empty for what is not on the web
 */
export function address({ protocol, origin, pathname, search }) {
  if (!/^https?:$/.test(protocol)) return "";
  const whole = origin + pathname + search;
  return (whole.length > LONGEST_URL ? origin + pathname : whole).slice(0, LONGEST_URL);
}

/**
 * @param {string} url
 * @returns {string}
 */
export function withoutQuery(url) {
  return /** @type {string} */ (url.split("?")[0]);
}
