// Downloads: clicks on links to files, by Google Analytics 4's list of endings, or with the attribute `download`.

const FILE =
  /\.(pdf|xlsx?|docx?|txt|rtf|csv|exe|key|pp(s|t|tx)|7z|pkg|rar|gz|zip|avi|mov|mp4|mpe?g|wmv|midi?|mp3|wav|wma)$/i;

/** @type {import("../features.js").Factory} */
export default ({ listen, record }) => {
  /** @param {MouseEvent} event */
  const follow = ({ target }) => {
    /** @type {HTMLAnchorElement | null | undefined} */
    const link = /** @type {Element} */ (target).closest?.("a[href]");
    if (!link || (!FILE.test(link.pathname) && !link.hasAttribute("download"))) return;
    if (/^https?:$/.test(link.protocol)) record("file_download", { link_url: link.origin + link.pathname });
  };
  for (const name of ["click", "auxclick"]) listen(name, follow, window, true);
  return {};
};
