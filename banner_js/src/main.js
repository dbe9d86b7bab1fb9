// The script's entry: what happens when, and in which order the parts hear of it.
import { act } from "./actions.js";
import { publish, tellPage } from "./api.js";
import { startConsent, synchronise } from "./consent.js";
import { updateControl } from "./control.js";
import { hideDialog, openLayer, showBanner } from "./dialog.js";
import { openGate } from "./gate.js";
import { guarded } from "./guard.js";
import { page } from "./record.js";
import { addStyle } from "./style.js";
import { updateTracking, watchPage } from "./tracking.js";

/** Starts once: a page that is prerendered has no visitor yet, and one without a body no place to ask. */
function start() {
  const awaited = document.prerendering ? "prerenderingchange" : document.body ? "" : "DOMContentLoaded";
  if (awaited) return document.addEventListener(awaited, guarded(start), { once: true });
  if (window.suostumus) return undefined;
  publish();
  addStyle();
  watchPage();
  let starting = true;
  addEventListener("click", guarded(act));
  for (const name of ["storage", "visibilitychange"]) addEventListener(name, guarded(synchronise));
  const started = startConsent((state) => {
    updateControl(state);
    if (!state.choice) showBanner();
    else if (openLayer() === "banner") hideDialog();
    updateTracking(starting, state);
    openGate(state.choice?.purposes ?? []);
    tellPage();
  });
  starting = false;
  return started;
}

const customer = document.currentScript?.dataset.customer ?? "";
if (/^[\w-]{1,64}$/.test(customer)) page.customer = customer;
guarded(start)();
