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
  const target = event.target instanceof Element ? event.target.closest("[data-suostumus-action]") : null;
  const action = target?.getAttribute("data-suostumus-action");
  if (!target || !action) return undefined;
  const surface = target.closest("#suostumus") ? openLayer() : target.closest("#suostumus-control") ? "control" : "page";
  if (surface === "page" && !PAGE_ACTIONS.includes(action)) return undefined;
  if (surface === "page") event.preventDefault();
  switch (action) {
    case "open":
    case "preferences":
      return showPreferences();
    case "close":
      return closeDialog();
    case "accept":
    case "reject":
    case "save":
    case "withdraw":
      return finish(decide(action, tickedPurposes(), surface, event.isTrusted));
    default:
      return undefined;
  }
}

/** @param {Promise<void>} decided stored already, and on its way */
function finish(decided) {
  hideDialog();
  return decided;
}
