// The choice: a cookie of the shop, the same for everybody who chose the same.
import { config } from "./config.js";

/**
 * @typedef {object} Choice
 * @property {string} notice the version of the notice it was made under
 * @property {string[]} purposes
 * @property {string} unconfirmed the decision that the server has not yet answered: what `decision.js` needs to
 *   send it again, a query string; empty once it has
 */

/** Holds the choice where the browser keeps no cookie, so that it is asked once a page only. */
let memory = "";

/**
 * @param {string} text `NOTICE:PURPOSES` or `NOTICE:PURPOSES~UNCONFIRMED`
 * @returns {Choice | null} null for anything else
 */
export function parseChoice(text) {
  const [, notice = "", purposes = "", unconfirmed = ""] = /^([\da-f]{16}):([\w.]+)(?:~([\w=&-]+))?$/.exec(text) ?? [];
  return notice ? { notice, purposes: purposes === "none" ? [] : purposes.split("."), unconfirmed } : null;
}

/**
 * @param {Choice} choice
 * @returns {string} what `parseChoice` reads
 */
export function formatChoice({ notice, purposes, unconfirmed }) {
  return `${notice}:${purposes.join(".") || "none"}${unconfirmed && "~"}${unconfirmed}`;
}

/** @returns {string} the choice as it is written, empty when there is none */
export function readChoiceText() {
  return `; ${document.cookie}`.split(`; ${cookieName()}=`)[1]?.split(";")[0] || memory;
}

/** @param {string} text as `formatChoice` gives it */
export function writeChoiceText(text) {
  const domain = config.cookieDomain ? `; domain=${config.cookieDomain}` : "";
  const secure = location.protocol === "https:" ? "; secure" : "";
  memory = "";
  document.cookie = `${cookieName()}=${text}; path=/; max-age=${config.maxAge}; samesite=lax${domain}${secure}`;
  if (readChoiceText() !== text) memory = text;
}

/** @returns {string} */
function cookieName() {
  return `suostumus_${config.site}_choice`;
}
