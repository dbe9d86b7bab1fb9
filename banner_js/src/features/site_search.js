// Pages of search results, told by a query parameter of their address.

/** @type {import("../features.js").Factory} */
export default ({ config, record }) => ({
  view() {
    const given = new URLSearchParams(location.search);
    const term = (config.search ?? []).map((name) => given.get(name)).find(Boolean);
    if (term) record("view_search_results", { search_term: term.slice(0, 100) });
  },
});
