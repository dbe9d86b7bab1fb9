// In the ES module, in the place of `baked.js`: what the page gives to `start`.

/** @type {import("./config.js").Config} */
export let config;

/** @type {import("./features.js").Factory[]} */
export let features = [];

/**
 * @param {import("./config.js").Config} configuration
 * @param {import("./features.js").Factory[]} chosen
 */
export function give(configuration, chosen) {
  config = configuration;
  features = chosen;
}
