// Links that leave the shop.
import { address, record } from "./record.js";

/** @param {globalThis.Event} event a click, recorded when it follows a link to another host on the web */
export function followLink(event) {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.host === location.host || link.closest("[id^=suostumus]")) return;
  const target = address(link);
  if (target) record("click", { link_url: target });
}
