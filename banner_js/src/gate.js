// Gated scripts: <script type="text/plain" data-suostumus="PURPOSE"> runs once its purpose is granted, in order.
import { isGranted } from "./consent.js";
import { tellFeatures } from "./features.js";
import { guarded } from "./guard.js";

const GATED = 'script[type="text/plain"][data-suostumus]';
const CLOSED = "text/plain";

/** Purposes of which something has run on this page. */
/** @type {Set<string>} */
const ran = new Set();
/** @type {string[]} */
let granted = [];
/** @type {Promise<unknown>} */
let running = Promise.resolve();
/** @type {MutationObserver | undefined} */
let observer;
/** @type {ScriptPolicy | undefined} */
let policy;

/** @param {string[]} purposes those granted: their scripts run, also ones added later */
export function openGate(purposes) {
  if (String(purposes) === String(granted)) return;
  granted = purposes;
  tellFeatures((feature) => feature.grant?.(isGranted));
  runGated();
  if (observer) return;
  observer = new MutationObserver(guarded(runGated));
  observer.observe(document, { childList: true, subtree: true });
}

/** @param {string} purpose of something that runs from now on */
export function noteRun(purpose) {
  ran.add(purpose);
}

/** @returns {boolean} whether something that has run is no longer agreed to: only a new load ends it */
export function isReloadDue() {
  return !isGranted(...ran);
}

function runGated() {
  for (const script of /** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll(GATED))) {
    if (!isOpen(script)) continue;
    script.type = "";
    running = running.then(() => run(script));
  }
}

/** @param {HTMLScriptElement} script */
function isOpen(script) {
  return isGranted(script.dataset.suostumus ?? "");
}

/**
 * Runs the very element that the page holds, put in again: its text and its nonce are the page's own.
 * @param {HTMLScriptElement} script
 * @returns {Promise<unknown> | undefined} settled when it has run, so that the next one finds what it needs
 */
function run(script) {
  if (!isOpen(script)) {
    script.type = CLOSED; // withdrawn while it waited for its turn
    return undefined;
  }
  noteRun(script.dataset.suostumus ?? "");
  if (script.dataset.src) script.src = trusted(script.dataset.src);
  script.async = false;
  const ran = script.src ? new Promise((resolve) => (script.onload = script.onerror = resolve)) : undefined;
  const place = document.createComment("");
  script.replaceWith(place);
  place.replaceWith(script);
  return ran;
}

/**
 * @param {string} url of the page's own markup
 * @returns {string} as pages with Trusted Types want it
 */
function trusted(url) {
  policy ??= window.trustedTypes?.createPolicy("suostumus", { createScriptURL: (text) => text });
  return policy ? policy.createScriptURL(url) : url;
}
