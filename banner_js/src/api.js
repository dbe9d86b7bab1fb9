// window.suostumus, and the event `suostumus:change`: what pages may rely on. See suostumus.d.ts.
import { currentState, decide } from "./consent.js";
import { showPreferences } from "./dialog.js";
import { guarded } from "./guard.js";
import { track } from "./tracking.js";

/** @typedef {import("../suostumus.js").Choice} Choice */
/** @typedef {import("../suostumus.js").Call} Call */

let told = "null";

/**
 * Puts the interface on the window.
 * @returns {readonly Call[]} what the page called before it was there
 */
export function publish() {
  const queued = /** @type {Call[] | undefined} */ (window.suostumus?.q);
  window.suostumus = {
    open: guarded(showPreferences),
    choice: publicChoice,
    withdraw: guarded(() => decide("withdraw", [], "page", navigator.userActivation?.isActive ?? true)),
    track: guarded(track),
    on(name, listener) {
      /** @param {CustomEvent<Choice | null>} event */
      const hear = ({ detail }) => listener(detail);
      document.addEventListener(`suostumus:${name}`, hear);
      return () => document.removeEventListener(`suostumus:${name}`, hear);
    },
    q: { push: (...calls) => callQueued(calls) },
  };
  return queued ?? [];
}

/** @param {readonly Call[]} calls */
export function callQueued(calls) {
  const methods = /** @type {Record<string, any>} */ (window.suostumus);
  for (const [name, ...values] of calls) methods[name]?.(...values);
}

/** Tells the page, if the choice is another one. A listener of the page that throws does not stop us. */
export function tellPage() {
  const choice = publicChoice();
  if (JSON.stringify(choice) === told) return;
  told = JSON.stringify(choice);
  document.dispatchEvent(new CustomEvent("suostumus:change", { detail: choice }));
}

/** @returns {Choice | null} */
function publicChoice() {
  const { choice } = currentState();
  return choice && { purposes: [...choice.purposes] };
}
