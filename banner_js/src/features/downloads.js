// Downloads: clicks on links to files, by Google Analytics 4's list of endings, or with the attribute `download`.
import { watchLinks } from "../links.js";

const FILE =
  /\.(pdf|xlsx?|docx?|txt|rtf|csv|exe|key|pp(s|t|tx)|7z|pkg|rar|gz|zip|avi|mov|mp4|mpe?g|wmv|midi?|mp3|wav|wma)$/i;

/** @type {import("../features.js").Factory} */
export default (core) => {
  watchLinks(core, "file_download", (link) => FILE.test(link.pathname) || link.hasAttribute("download"));
  return {};
};
