// Builds the script into one file, with the configuration still to be baked in by the server.
import { build, transform } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { minify } from "terser";

const PLACEHOLDER = '"__SUOSTUMUS_CONFIG__"';
const here = import.meta.dirname;
const target = path.join(here, "dist", "suostumus.js");
const served = path.join(here, "..", "server", "static", "built", "suostumus.js");

/** Takes a style sheet in as its minified text. @type {import("esbuild").Plugin} */
const style = {
  name: "style",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const { code } = await transform(await readFile(file, "utf-8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: [path.join(here, "src", "main.js")],
  write: false,
  bundle: true,
  format: "iife",
  target: "es2021",
  minify: true,
  charset: "utf8",
  plugins: [style],
});
const bundle = /** @type {import("esbuild").OutputFile} */ (outputFiles[0]).text;
// A second minifier folds into their callers what is called from one place only: 3 % less to send.
const { code = "" } = await minify(bundle, { ecma: 2020, compress: { passes: 3 } });
const places = code.split(PLACEHOLDER).length - 1;
if (places !== 1) {
  throw new Error(`${PLACEHOLDER} stands ${places} times in the built file, and not once`);
}
await mkdir(path.dirname(target), { recursive: true });
await mkdir(path.dirname(served), { recursive: true });
await writeFile(target, `${code}\n`);
await copyFile(target, served);
