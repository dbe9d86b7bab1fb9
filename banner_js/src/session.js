// The session: a random id that ends after 30 minutes without an event.
import { keep, recall } from "./storage.js";
import { uuid } from "./uuid.js";

const IDLE_MILLISECONDS = 30 * 60 * 1000;

/**
 * @param {number} now milliseconds since 1970
 * @returns {string} the id of the session that an event at this moment belongs to
 */
export function sessionId(now) {
  const text = nextSession(recall("_session"), now);
  keep("_session", text);
  return /** @type {string} */ (text.split(".")[0]);
}

/**
 * @param {string} text `ID.MILLISECONDS` of the latest event, or empty
 * @param {number} now
 * @returns {string} the same, for an event now
 */
export function nextSession(text, now) {
  const [id, latest] = text.split(".");
  return `${now - Number(latest) < IDLE_MILLISECONDS ? id : uuid()}.${now}`;
}
