// Work that waits until the page has done its own.
import { guarded } from "./guard.js";

/** For pages that never rest. Where there is no requestIdleCallback (Safari), a timer takes this for none. */
const LIMIT = { timeout: 1000 };

/** @type {(() => unknown)[]} */
let waiting = [];

/** @param {() => unknown} work */
export function whenIdle(work) {
  waiting.push(work);
  const wait = /** @type {typeof requestIdleCallback} */ (window.requestIdleCallback ?? setTimeout);
  wait(catchUp, LIMIT);
}

/** Does at once what still waits: the page changes or goes away. */
export const catchUp = guarded(() => waiting.splice(0).forEach((work) => work()));
