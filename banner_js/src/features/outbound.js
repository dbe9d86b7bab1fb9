// Outbound links: clicks on those that leave the shop.
import { watchLinks } from "../links.js";

/** @type {import("../features.js").Factory} */
export default (core) => {
  watchLinks(core, "click", (link) => link.host !== location.host && !link.closest("[id^=suostumus]"));
  return {};
};
