// Page views: of the page itself, and of pages that a script changes to.
import { tellFeatures } from "./features.js";
import { address, comeFrom, record, withoutQuery } from "./record.js";

let seen = "";

/** Records that the page was seen. */
export function viewPage() {
  seen = withoutQuery(address(location));
  const view = record("page_view");
  if (view) tellFeatures((feature) => feature.view?.(view));
}

/** The next page, which comes without a load, comes from the one that was seen. */
export function leavePage() {
  comeFrom(seen);
}
