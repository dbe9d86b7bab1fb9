// Clicks on what carries `data-suostumus-action`, here and in the page's own markup.
import { decide } from "./consent.js";
import { closeDialog, hideDialog, openLayer, showPreferences, tickedPurposes } from "./dialog.js";

/** What the page's own links and buttons may do: agreeing takes seeing what is agreed to. */
const PAGE_ACTIONS = ["open", "withdraw"];

/**
 * @param {Event} event
 * @returns {unknown}
 */
export function act(event) {
  const target = /** @type {Element} */ (event.target).closest?.("[data-suostumus-action]");
  if (!target) return undefined;
  const action = /** @type {string} */ (target.getAttribute("data-suostumus-action"));
  const surface = target.closest("#suostumus") ? openLayer() : target.closest("#suostumus-control") ? "control" : "page";
  if (surface === "page") {
    if (!PAGE_ACTIONS.includes(action)) return undefined;
    event.preventDefault();
  }
  if (action === "reload") return location.reload();
  if (action === "close") return closeDialog();
  if (action === "open" || action === "preferences") return showPreferences();
  const decision = /** @type {import("./decision.js").Action} */ (action);
  const decided = decide(decision, tickedPurposes(), surface, event.isTrusted);
  hideDialog();
  return decided;
}
