// Downloads: clicks on links to files, by Google Analytics 4's list of endings, or with the attribute `download`.

const FILE =
  /\.(pdf|xlsx?|docx?|txt|rtf|csv|exe|key|pp(s|t|tx)|7z|pkg|rar|gz|zip|avi|mov|mp4|mpe?g|wmv|midi?|mp3|wav|wma)$/i;

/** @type {import("../features.js").Factory} */
export default ({ address, listen, record, withoutQuery }) => {
  /** @param {MouseEvent} event */
  const follow = ({ target }) => {
    /** @type {HTMLAnchorElement | null | undefined} */
    const link = /** @type {Element} */ (target).closest?.("a[href]");
    if (!link || (!FILE.test(link.pathname) && !link.hasAttribute("download"))) return;
    const file = withoutQuery(address(link));
    if (file) record("file_download", { link_url: file });
  };
  for (const name of ["click", "auxclick"]) listen(name, follow, window, true);
  return {};
};
