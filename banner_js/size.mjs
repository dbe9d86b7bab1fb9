// Prints what the built file weighs with one language baked in, and fails above the budget of package.json.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// As the server packs it; the quality is 11 by default.
const TEXT = { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } };
const here = import.meta.dirname;
const { budget } = JSON.parse(await readFile(path.join(here, "package.json"), "utf-8"));
const script = await readFile(path.join(here, "dist", "suostumus.js"), "utf-8");
const config = await readFile(path.join(here, "tests", "config.json"), "utf-8");
const baked = script.replace('"__SUOSTUMUS_CONFIG__"', () => JSON.stringify(JSON.parse(config)));
const brotli = brotliCompressSync(baked, TEXT).length;
console.log(`raw ${Buffer.byteLength(baked)}, gzip -9 ${gzipSync(baked, { level: 9 }).length}, brotli -11 ${brotli}`);
if (brotli > budget.brotli) {
  console.error(`above the budget of ${budget.brotli} bytes`);
  process.exit(1);
}
