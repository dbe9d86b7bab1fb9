// Bakes a configuration into the built script as the server does, and weighs it.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** What only a page needs that shows something; the rest of a configuration is read on each. */
const SHOWN = ["controller", "layout", "languages", "style", "logo"];
// As the server packs it; the quality is 11 by default. It comes out smaller than in the mode for texts.
const BROTLI = { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_FONT } };
const dist = path.join(import.meta.dirname, "dist");

/**
 * @param {string} name of a feature, empty for the script itself
 * @returns {Promise<string>}
 */
export function readBuilt(name = "") {
  return readFile(path.join(dist, name ? `suostumus.${name}.js` : "suostumus.js"), "utf-8");
}

/**
 * @param {Record<string, unknown>} config
 * @param {string[]} features their names
 * @returns {Promise<string>}
 */
export async function bake(config, features) {
  const entries = Object.entries(config);
  const read = Object.fromEntries(entries.filter(([key]) => !SHOWN.includes(key)));
  const shown = Object.fromEntries(entries.filter(([key]) => SHOWN.includes(key)));
  const parts = {
    CONFIG: `${JSON.stringify(read).slice(0, -1)},"shown":()=>(${JSON.stringify(shown)})}`,
    FEATURES: (await Promise.all(features.map(readBuilt))).join(),
  };
  const script = await readBuilt();
  return script.replace(/"__SUOSTUMUS_(CONFIG|FEATURES)__"/g, (_, name) => parts[/** @type {keyof parts} */ (name)]);
}

/**
 * @param {string} text
 * @returns {{ raw: number, gzip: number, brotli: number }} bytes
 */
export function weigh(text) {
  return {
    raw: Buffer.byteLength(text),
    gzip: gzipSync(text, { level: 9 }).length,
    brotli: brotliCompressSync(text, BROTLI).length,
  };
}
