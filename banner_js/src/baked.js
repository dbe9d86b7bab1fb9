// What the server bakes into the script. The calls keep the minifier from copying or folding the literals, which the
// server replaces once. The ES module has `given.js` in the place of this file.

export const config = /** @type {import("./config.js").Config} */ (Object("__SUOSTUMUS_CONFIG__"));

/** @type {import("./features.js").Factory[]} */
export const features = /** @type {any[]} */ (Array("__SUOSTUMUS_FEATURES__"));
