// The queue: events in memory until the server has answered each by its id.
import { config } from "./config.js";
import { isInForce, lapse } from "./consent.js";
import { guarded } from "./guard.js";
import { byteLength, MOST_BYTES, post, postAndLeave } from "./network.js";
import { recall } from "./storage.js";

/** @typedef {{ id: string } & Record<string, unknown>} Event */

/**
 * @typedef {object} Answer
 * @property {{ id: string, result: string, reason?: string, error?: string }[]} events
 * @property {"spent" | "withdrawable"} [ended] the consent is not in force; what the token is still good for
 */

const MOST_EVENTS = 10;
const PATH = "/api/events";

/** @type {Event[]} */
let waiting = [];
let sending = false;

/** @param {Event} event */
export function enqueue(event) {
  waiting.push(event);
  setTimeout(guarded(flush));
}

/** Forgets what is not sent. */
export function clearQueue() {
  waiting = [];
}

/** Sends what is not acknowledged, as the page goes away. Ids make it harmless when it had arrived. */
export function flushAndLeave() {
  if (!isInForce()) return;
  for (let rest = waiting; rest.length; ) {
    const batch = nextBatch(rest);
    rest = rest.slice(batch.length);
    postAndLeave(PATH, message(batch));
  }
}

/** Sends batch after batch until nothing waits. */
export async function flush() {
  if (sending) return;
  sending = true;
  while (waiting.length && isInForce()) await sendBatch(nextBatch(waiting));
  sending = false;
}

/** @param {Event[]} batch */
async function sendBatch(batch) {
  let token = "";
  /** @type {Answer | null} */
  const answer = await post(PATH, () => {
    token = recall("");
    // A consent that ended took its events along, even if another one is in force by now.
    return isInForce() && waiting.includes(/** @type {Event} */ (batch[0])) ? message(batch) : null;
  });
  if (!answer && !isInForce()) return;
  // The server answers for each event of a batch, or refuses it as a whole: the same would be refused again.
  waiting = waiting.filter((event) => !batch.includes(event));
  if (answer) settle(answer, token);
}

/**
 * @param {Answer} answer
 * @param {string} token the one they were sent with: if it was replaced meanwhile, its end is no news
 */
function settle({ events, ended }, token) {
  for (const { error } of events) if (error) console.warn("suostumus:", error);
  if (ended && token === recall("") && isInForce()) lapse(ended === "spent");
}

/**
 * @param {Event[]} events
 * @returns {Event[]} as many of the first ones as one request takes, one at least
 */
function nextBatch(events) {
  const batch = events.slice(0, MOST_EVENTS);
  while (batch[1] && byteLength(JSON.stringify(batch)) > MOST_BYTES - 4000) batch.pop();
  return batch;
}

/**
 * @param {Event[]} events
 * @returns {object} the body of POST /api/events
 */
function message(events) {
  return { site: config.site, token: recall("") || null, sent: Date.now(), events };
}
