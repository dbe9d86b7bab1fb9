// Links that leave the shop.
import { isOurs } from "./markup.js";
import { address, record, withoutQuery } from "./record.js";

/** @param {globalThis.Event} event a click, recorded when it follows a link to another host on the web */
export function followLink(event) {
  /** @type {HTMLAnchorElement | null} */
  const link = /** @type {Element} */ (event.target).closest?.("a[href]");
  if (!link || link.host === location.host || isOurs(link)) return;
  const target = withoutQuery(address(link));
  if (target) record("click", { link_url: target });
}
