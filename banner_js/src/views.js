// Page views: the page itself, and pages that a script changes to.
import { tellFeatures } from "./features.js";
import { guarded, listen } from "./guard.js";
import { address, comeFrom, record, withoutQuery } from "./record.js";

let place = "";
let seen = "";

/**
 * Watches for changes of path and query. Before consent that only tells which page it is.
 * @param {() => void} beforeMove called before the page may change
 * @param {() => void} onLeave called as soon as the page has changed
 * @param {() => void} onView called when the new page has had the time to set its title
 */
export function watchPages(beforeMove, onLeave, onView) {
  place = here();
  const moved = () => {
    if (here() === place) return;
    place = here();
    comeFrom(seen);
    onLeave();
    setTimeout(guarded(onView));
  };
  listen("popstate", moved);
  for (const name of /** @type {const} */ (["pushState", "replaceState"])) {
    const original = history[name];
    history[name] = function (...values) {
      guarded(beforeMove)();
      original.apply(this, values);
      guarded(moved)();
    };
  }
}

/** Records that the page was seen; the next one without a new load comes from here. */
export function viewPage() {
  seen = withoutQuery(address(location));
  const view = record("page_view");
  if (view) tellFeatures((feature) => feature.view?.(view));
}

/** @returns {string} what makes another page of it */
function here() {
  return location.pathname + location.search;
}
