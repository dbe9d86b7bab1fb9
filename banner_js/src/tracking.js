// Tracking: starts when statistics are granted and the server has said so, ends when they are not.
import { isTracking, synchronise } from "./consent.js";
import { addEvent, skipEvents, takeEvents } from "./data-layer.js";
import { guarded } from "./guard.js";
import { followLink } from "./links.js";
import { clearQueue, flush, flushAndLeave } from "./queue.js";
import { record } from "./record.js";
import { keep, recall } from "./storage.js";
import { viewPage, watchPages } from "./views.js";

let granted = false;
let tracking = false;
let begun = false;

/**
 * @param {boolean} atStart the page has only just begun: everything pushed on it counts
 * @param {import("./consent.js").State} state
 */
export function updateTracking(atStart, state) {
  const wasGranted = granted;
  granted = !!state.choice?.purposes.includes("statistics");
  if (granted && !wasGranted && !atStart) skipEvents(true);
  tracking = isTracking(state);
  if (!granted && (wasGranted || recall("_session"))) end();
  if (!tracking) return;
  if (!begun) begin();
  drain();
  guarded(flush)();
}

/** Watches the page from its start, in memory only: on the page where consent is given its state counts. */
export function watchPage() {
  watchPages(
    () => (granted ? drain() : skipEvents(false)),
    () => tracking && viewPage(),
  );
  addEventListener("click", guarded(followLink), true);
  addEventListener("auxclick", guarded(followLink), true);
  addEventListener("load", guarded(drain));
  addEventListener("pagehide", guarded(leave));
  addEventListener("pageshow", guarded(comeBack));
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} [properties]
 */
export function track(name, properties) {
  addEvent(name, properties);
  drain();
}

function begin() {
  begun = true;
  viewPage();
}

function end() {
  begun = false;
  clearQueue();
  skipEvents(false);
  keep("_session", "");
}

function drain() {
  if (!tracking) return;
  for (const { name, fields } of takeEvents(guarded(drain))) record(name, fields);
}

function leave() {
  drain();
  flushAndLeave();
}

/** @param {PageTransitionEvent} event */
function comeBack({ persisted }) {
  if (!persisted) return undefined;
  // Both read the choice again.
  if (tracking) viewPage();
  else synchronise();
  return flush();
}
