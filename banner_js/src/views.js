// Page views: the page itself, and pages that a script changes to.
import { guarded } from "./guard.js";
import { address, page, record, withoutQuery } from "./record.js";

let place = "";
let seen = "";

/**
 * Watches for changes of path and query. Before consent that only tells which page it is.
 * @param {() => void} onLeave called as soon as the page changes
 * @param {() => void} onView called when the new page has had the time to set its title
 */
export function watchPages(onLeave, onView) {
  place = here();
  const moved = guarded(() => {
    if (here() === place) return;
    place = here();
    page.previous = seen;
    onLeave();
    setTimeout(guarded(onView));
  });
  addEventListener("popstate", moved);
  after("pushState", moved);
  after("replaceState", moved);
}

/** Records that the page was seen; the next one without a new load comes from here. */
export function viewPage() {
  record("page_view");
  seen = withoutQuery(address(location));
}

/** @returns {string} what makes another page of it */
function here() {
  return location.pathname + location.search;
}

/**
 * @param {"pushState" | "replaceState"} name
 * @param {() => void} work done after each call
 */
function after(name, work) {
  const original = history[name];
  history[name] = function (...values) {
    original.apply(this, values);
    work();
  };
}
