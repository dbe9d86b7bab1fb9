// Tracking: starts when statistics are granted and the server has said so, ends when they are not.
import { hasChosen, isGranted, isTracking, synchronise } from "./consent.js";
import { addEvent, skipEvents, takeEvents } from "./data-layer.js";
import { tellFeatures } from "./features.js";
import { guarded, listen } from "./guard.js";
import { catchUp, whenIdle } from "./idle.js";
import { clearQueue, flush, flushAndLeave } from "./queue.js";
import { record } from "./record.js";
import { keep, recall } from "./storage.js";
import { leavePage, viewPage } from "./views.js";

let granted = false;
let tracking = false;
/** The page's first view has been recorded. */
let begun = false;

/**
 * @param {boolean} atStart the page has only just begun: everything pushed on it counts
 */
export function updateTracking(atStart) {
  const wasGranted = granted;
  granted = isGranted("statistics");
  if (granted && !wasGranted && !atStart) skipEvents(true);
  tracking = isTracking();
  if (!granted && (wasGranted || (hasChosen() && recall("_session")))) end();
  if (!tracking) return;
  whenIdle(drain);
  guarded(flush)();
}

/** Watches the page from its start, in memory only: on the page where consent is given its state counts. */
export function watchPage() {
  for (const name of ["click", "auxclick"]) listen(name, drain, window, true);
  listen("load", () => whenIdle(drain));
  listen("visibilitychange", () => document.hidden && leave());
  listen("pagehide", () => {
    leave();
    flushAndLeave();
  });
  listen("pageshow", comeBack);
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} [properties]
 */
export function track(name, properties) {
  addEvent(name, properties);
  drain();
}

/** The page has become another one without a load; it is seen when it has had the time to set its title. */
export const changePage = guarded(() => {
  leavePage();
  if (!granted) skipEvents(false);
  else if (begun) leave();
  setTimeout(guarded(() => tracking && (begun ? viewPage() : drain())));
});

function drain() {
  if (!tracking) return;
  if (!begun) begin();
  for (const { name, fields } of takeEvents(guarded(drain))) record(name, fields);
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

function leave() {
  catchUp();
  drain();
  if (begun) tellFeatures((feature) => feature.leave?.());
}

/** @param {PageTransitionEvent} event */
function comeBack({ persisted }) {
  if (!persisted) return undefined;
  // Both read the choice again.
  if (tracking) viewPage();
  else synchronise();
  return flush();
}
