// The entry of the ES module: the same source, with its configuration and its features given by the page.
import { give } from "./given.js";
import { nameCustomer } from "./record.js";
import { start as startScript } from "./start.js";

export { default as clearing } from "./features/clearing.js";
export { default as downloads } from "./features/downloads.js";
export { default as embeds } from "./features/embeds.js";
export { default as engagement } from "./features/engagement.js";
export { default as errors } from "./features/errors.js";
export { default as google_consent } from "./features/google_consent.js";
export { default as logo } from "./features/logo.js";
export { default as meta_consent } from "./features/meta_consent.js";
export { default as microsoft_consent } from "./features/microsoft_consent.js";
export { default as navigation } from "./features/navigation.js";
export { default as not_found } from "./features/not_found.js";
export { default as outbound } from "./features/outbound.js";
export { default as scroll } from "./features/scroll.js";
export { default as site_search } from "./features/site_search.js";
export { default as vitals } from "./features/vitals.js";

/**
 * Starts the script, once.
 * @param {Omit<import("./config.js").Config, "shown"> & { shown: import("./config.js").Shown }} configuration what the
 *   collector answers at /s/SITE.json
 * @param {import("./features.js").Factory[]} [features] of this module
 * @param {string} [customer] the shop's pseudonym of a signed-in customer
 */
export function start(configuration, features = [], customer = "") {
  give({ ...configuration, shown: () => configuration.shown }, features);
  nameCustomer(customer);
  startScript();
}
