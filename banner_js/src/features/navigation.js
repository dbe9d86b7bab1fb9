// Navigation: pages that a script changes to without a load are views of their own.

/** @type {import("../features.js").Factory} */
export default ({ catchUp, changePage, listen }) => {
  let place = here();
  const look = () => {
    if (here() === place) return;
    place = here();
    changePage();
  };
  listen("popstate", look);
  for (const name of /** @type {const} */ (["pushState", "replaceState"])) {
    const original = history[name];
    history[name] = function (...values) {
      catchUp();
      original.apply(this, values);
      look();
    };
  }
  return {};
};

/** @returns {string} what makes another page of it */
function here() {
  return location.pathname + location.search;
}
