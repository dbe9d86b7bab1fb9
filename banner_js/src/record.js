// One event, with what the page says of itself.
import { currentState, isTracking, synchronise } from "./consent.js";
import { cut } from "./ecommerce.js";
import { enqueue } from "./queue.js";
import { sessionId } from "./session.js";
import { uuid } from "./uuid.js";

const LONGEST_URL = 2048;

/** What the page says: the shop's pseudonym of a signed-in customer, and where the visitor came from. */
export const page = { customer: "", referrer: "" };

/**
 * Records an event of this page if consent is in force.
 * @param {string} name
 * @param {Record<string, unknown>} [fields]
 */
export function record(name, fields) {
  synchronise();
  if (!isTracking()) return;
  const time = Date.now();
  enqueue({
    id: uuid(),
    session: sessionId(time),
    name,
    time,
    url: address(location, location.search),
    title: cut(document.title, 500),
    referrer: page.referrer && address(new URL(page.referrer)),
    customer: currentState().choice?.purposes.includes("profiling") ? page.customer : "",
    ...fields,
  });
}

/**
 * @param {{ protocol: string, origin: string, pathname: string }} place
 * @param {string} [query]
 * @returns {string} without fragment, user and password; empty for what is not on the web
 */
export function address({ protocol, origin, pathname }, query = "") {
  if (!/^https?:$/.test(protocol)) return "";
  const whole = origin + pathname + query;
  return (whole.length > LONGEST_URL ? origin + pathname : whole).slice(0, LONGEST_URL);
}
