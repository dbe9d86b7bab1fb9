// One event, with what the page says of itself.
import { isGranted, isInForce, wasDecidedHere } from "./consent.js";
import { cut } from "./ecommerce.js";
import { enqueue } from "./queue.js";
import { sessionId } from "./session.js";
import { uuid } from "./uuid.js";

const LONGEST_URL = 2048;

/** The shop's pseudonym of a signed-in customer. */
let customer = "";
/** The page that was seen before this one without a new load. */
let previous = "";

/** @param {string} [pseudonym] left out if it is none */
export function nameCustomer(pseudonym = "") {
  if (/^[\w-]{1,64}$/.test(pseudonym)) customer = pseudonym;
}

/** @param {string} url */
export function comeFrom(url) {
  previous = url;
}

/**
 * Records an event of this page if consent is in force.
 * @param {string} name
 * @param {Record<string, unknown>} [fields]
 * @returns {import("./queue.js").Event | undefined}
 */
export function record(name, fields) {
  if (!isInForce()) return undefined;
  const time = Date.now();
  const event = {
    id: uuid(),
    session: sessionId(time),
    name,
    time,
    url: address(location),
    title: cut(document.title, 500),
    referrer: previous || referrer(),
    customer: isGranted("profiling") ? customer : "",
    ...fields,
  };
  enqueue(event);
  return event;
}

/** @returns {string} where the visitor came from; of a page that was seen before the consent, nothing */
function referrer() {
  if (!document.referrer) return "";
  const from = new URL(document.referrer);
  return wasDecidedHere() && from.host === location.host ? "" : withoutQuery(address(from));
}

/**
 * @param {{ origin: string, pathname: string, search: string }} place
 * @returns {string} without fragment, user and password; empty for what is not on the web
 */
export function address({ origin, pathname, search }) {
  if (!origin.startsWith("http")) return "";
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
