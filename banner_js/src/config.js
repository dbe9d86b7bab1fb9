// What the server bakes into the script, and what of it applies to this page and this browser.
import { config } from "./baked.js";

export { config };

/**
 * @typedef {"title" | "body" | "again" | "accept" | "reject" | "preferences" | "save" | "withdraw" | "open" | "close" | "receipt"
 *   | "link" | "given" | "refused" | "withdrawn" | "failed" | "reload"
 *   | "embed" | "once" | "always"} TextKey
 *
 * @typedef {object} Wording what one language shows
 * @property {string} shown hash of it: 16 hex digits
 * @property {Record<TextKey, string>} texts
 * @property {Record<string, { title: string, text: string }>} purposes
 */

/**
 * @typedef {object} Config what every page needs
 * @property {string} site
 * @property {string} collector origin and path, without a slash at the end
 * @property {string} notice version of the notice: 16 hex digits
 * @property {string[]} purposes in the order shown
 * @property {Record<string, string[]>} earlier by earlier version of the notice: the purposes that it left unchanged
 * @property {string} [cookieDomain] left out: this host only
 * @property {number} maxAge seconds a choice is remembered
 * @property {Record<string, [name: string, kind: string, path?: string][]>} [clear] by purpose, what the site declared
 * @property {string[]} [search] query parameters that hold what was searched for
 * @property {() => Shown} shown a function, so that browsers compile it only on pages that show something
 */

/**
 * @typedef {object} Shown what only a page needs that shows something
 * @property {string} controller
 * @property {string} layout
 * @property {string} style what the site's layout and theme add to the style sheet
 * @property {unknown} [logo] for features/logo.js
 * @property {Record<string, Wording>} languages the first one is used when the page's is not there
 */

const GPC_PURPOSES = ["marketing", "personalisation", "profiling"];

/** @returns {string} the page's language if the site has it, else the site's first */
export function language() {
  const [wanted = ""] = document.documentElement.lang.toLowerCase().split("-");
  const { languages } = config.shown();
  return wanted in languages ? wanted : /** @type {string} */ (Object.keys(languages)[0]);
}

/** @returns {Wording} */
export function wording() {
  return /** @type {Wording} */ (config.shown().languages[language()]);
}

/** @returns {string[]} the purposes that are asked for: fewer under Global Privacy Control */
export function askedPurposes() {
  return navigator.globalPrivacyControl
    ? config.purposes.filter((purpose) => !GPC_PURPOSES.includes(purpose))
    : config.purposes;
}
