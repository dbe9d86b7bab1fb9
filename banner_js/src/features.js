// Optional features: the server bakes in those that the site switched on, each from a file of `features/`.
import { config, features } from "./baked.js";
import { language, wording } from "./config.js";
import { decide, isGranted } from "./consent.js";
import { noteRun } from "./gate.js";
import { listen } from "./guard.js";
import { catchUp, whenIdle } from "./idle.js";
import { element, purposeText } from "./markup.js";
import { record } from "./record.js";
import { addStyle } from "./style.js";
import { changePage } from "./tracking.js";

/** @typedef {ReturnType<typeof lend>} Core what the script lends to features */

/**
 * @typedef {object} Feature what it wants to hear of
 * @property {(isGranted: (...purposes: string[]) => boolean) => void} [grant] other purposes are in force; gated
 *   scripts run after this
 * @property {(view: import("./queue.js").Event) => void} [view] a page view was recorded
 * @property {(heading: HTMLElement) => void} [show] the question or the choices appear
 * @property {() => void} [leave] the page is hidden, changes or goes away
 */

/** @typedef {(core: Core) => Feature} Factory */

const lend = () => ({
  addStyle,
  catchUp,
  changePage,
  config,
  decide,
  element,
  isGranted,
  language,
  listen,
  noteRun,
  purposeText,
  record,
  whenIdle,
  wording,
});

/** @type {Feature[]} */
let made = [];

/** Starts them. */
export function makeFeatures() {
  made = features.map((make) => make(lend()));
}

/** @param {(feature: Feature) => void} tell */
export function tellFeatures(tell) {
  made.forEach(tell);
}
