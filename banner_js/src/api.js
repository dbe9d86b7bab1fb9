// window.suostumus, and the event `suostumus:change`: what pages may rely on. See suostumus.d.ts.
import { currentState, decide } from "./consent.js";
import { showPreferences } from "./dialog.js";
import { guarded } from "./guard.js";
import { track } from "./tracking.js";

/** @typedef {import("../suostumus.js").Choice} Choice */

/** @type {Set<(choice: Choice | null) => void>} */
const listeners = new Set();
let told = "null";

/** Puts the interface on the window. */
export function publish() {
  window.suostumus = {
    open: guarded(showPreferences),
    choice: publicChoice,
    withdraw: guarded(() => decide("withdraw", [], "page", navigator.userActivation?.isActive ?? true)),
    track: guarded(track),
    on(name, listener) {
      if (name === "change") listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Tells the page, if the choice is another one. A listener of the page that throws is the page's own affair. */
export function tellPage() {
  const choice = publicChoice();
  if (JSON.stringify(choice) === told) return;
  told = JSON.stringify(choice);
  for (const listener of listeners) queueMicrotask(() => listener(choice));
  document.dispatchEvent(new CustomEvent("suostumus:change", { detail: choice }));
}

/** @returns {Choice | null} */
function publicChoice() {
  const { choice } = currentState();
  return choice && { purposes: [...choice.purposes] };
}
