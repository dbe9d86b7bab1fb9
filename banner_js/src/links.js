// Links: clicks on those that a feature asks for.

const LONGEST_URL = 2048;

/**
 * @param {import("./features.js").Core} core
 * @param {string} name of the event
 * @param {(link: HTMLAnchorElement) => boolean} isWanted
 */
export function watchLinks({ listen, record }, name, isWanted) {
  /** @param {MouseEvent} event */
  const follow = ({ target }) => {
    /** @type {HTMLAnchorElement | null | undefined} */
    const link = /** @type {Element} */ (target).closest?.("a[href]");
    if (!link || !isWanted(link) || !/^https?:$/.test(link.protocol)) return;
    record(name, { link_url: (link.origin + link.pathname).slice(0, LONGEST_URL) });
  };
  for (const kind of ["click", "auxclick"]) listen(kind, follow, window, true);
}
