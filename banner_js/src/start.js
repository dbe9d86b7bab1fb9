// What happens when, and in which order the parts hear of it.
import { act } from "./actions.js";
import { callQueued, publish, tellPage } from "./api.js";
import { currentState, startConsent, synchronise } from "./consent.js";
import { updateControl } from "./control.js";
import { hideDialog, openLayer, showBanner } from "./dialog.js";
import { makeFeatures } from "./features.js";
import { openGate } from "./gate.js";
import { guarded, listen } from "./guard.js";
import { whenIdle } from "./idle.js";
import { addStyle } from "./style.js";
import { updateTracking, watchPage } from "./tracking.js";

/**
 * Starts once: a page that is prerendered has no visitor yet, and one without a body no place to ask.
 * @type {() => void}
 */
export const start = guarded(() => {
  const awaited = document.prerendering ? "prerenderingchange" : document.body ? "" : "DOMContentLoaded";
  if (awaited) return document.addEventListener(awaited, start);
  if (window.suostumus?.open) return undefined;
  const queued = publish();
  watchPage();
  makeFeatures();
  for (const name of ["storage", "visibilitychange"]) listen(name, synchronise);
  listen("click", act);
  let starting = true;
  const started = startConsent(() => {
    const { choice } = currentState();
    openGate(choice?.purposes ?? []);
    updateTracking(starting);
    // Who has chosen waits for nothing: the control comes when the page has done its work.
    if (starting && choice) whenIdle(show);
    else show();
    if (!starting) tellPage();
  });
  starting = false;
  callQueued(queued);
  tellPage();
  return started;
});

/** Brings what is on the screen in line with the state. */
function show() {
  const state = currentState();
  addStyle();
  updateControl(state);
  if (state.asked.length) showBanner();
  else if (openLayer() === "banner") hideDialog();
}
