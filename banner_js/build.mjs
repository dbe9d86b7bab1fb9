// Builds the script with its configuration still to be baked in by the server, and each optional feature by itself.
import { build, transform } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { minify } from "terser";

const PLACEHOLDERS = ["CONFIG", "FEATURES"].map((name) => `"__SUOSTUMUS_${name}__"`);
const here = import.meta.dirname;
const source = path.join(here, "src");
const dist = path.join(here, "dist");
const served = path.join(here, "..", "server", "static", "built");

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

/** Properties of the script's own objects, which no page, server or browser knows: they get short names. */
const INTERNAL = [
  "addStyle", "asked", "catchUp", "changePage", "config", "decide", "element", "fields", "grant", "isGranted", "leave", "listen", "noteRun", "outcome",
  "purposeText", "record", "show", "unconfirmed", "view", "whenIdle", "wording",
];

/** The same short names in each file, because features meet the script only in the page. */
let mangleCache = {};

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  write: false,
  tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
  bundle: true,
  target: "es2021",
  charset: "utf8",
  plugins: [style],
  mangleProps: new RegExp(`^(${INTERNAL.join("|")})$`),
};

/**
 * @param {import("esbuild").BuildOptions} options
 * @returns {Promise<string>}
 */
async function bundle(options) {
  const { outputFiles = [], mangleCache: names = {} } = await build({ ...COMMON, ...options, mangleCache });
  mangleCache = names;
  return /** @type {import("esbuild").OutputFile} */ (outputFiles[0]).text;
}

/**
 * A second minifier folds into their callers what is called from one place only: 3 % less to send.
 * @param {string} code
 * @param {import("terser").MinifyOptions} [options]
 * @returns {Promise<string>}
 */
async function shrink(code, options) {
  const { code: shrunk = "" } = await minify(code, { ecma: 2020, compress: { passes: 5, keep_fargs: false }, ...options });
  return shrunk;
}

/** @returns {Promise<string>} */
async function buildScript() {
  const entry = path.join(source, "main.js");
  const script = await shrink(await bundle({ entryPoints: [entry], format: "iife", minify: true }));
  for (const placeholder of PLACEHOLDERS) {
    const places = script.split(placeholder).length - 1;
    if (places !== 1) throw new Error(`${placeholder} stands ${places} times in the built file, and not once`);
  }
  return script;
}

/**
 * @param {string} name of a file of src/features, without its ending
 * @returns {Promise<string>} one expression: the function that makes the feature from what the script lends it
 */
async function buildFeature(name) {
  const contents = `import make from "./${name}.js"; give(make(core));`;
  const stdin = { contents, resolveDir: path.join(source, "features") };
  const code = await bundle({ stdin, format: "esm" });
  const made = /^give\((.+)\);$/m;
  const shrunk = await shrink(`give((core) => {${code.replace(made, "return $1;")}});`);
  const [, expression] = /^give\((.+)\);?$/s.exec(shrunk) ?? [];
  if (!made.test(code) || !expression) throw new Error(`features/${name}.js: no default export`);
  return expression;
}

/**
 * The ES module: its configuration is given, and a shop's own bundler makes it small.
 * @returns {Promise<string>}
 */
function buildModule() {
  /** @type {import("esbuild").Plugin} */
  const given = {
    name: "given",
    setup: (builder) => builder.onResolve({ filter: /\/baked\.js$/ }, () => ({ path: path.join(source, "given.js") })),
  };
  return bundle({ entryPoints: [path.join(source, "module.js")], format: "esm", plugins: [style, given] });
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await mkdir(served, { recursive: true });
/** @type {Record<string, string>} */
const files = { "suostumus.js": `${await buildScript()}\n` };
for (const file of (await readdir(path.join(source, "features"))).filter((name) => name.endsWith(".js"))) {
  files[`suostumus.${file}`] = await buildFeature(path.basename(file, ".js"));
}
for (const file of await readdir(path.join(source, "layouts"))) {
  const css = await readFile(path.join(source, "layouts", file), "utf-8");
  files[`layout.${file}`] = (await transform(css, { loader: "css", minify: true })).code.trim();
}
await writeFile(path.join(dist, "suostumus.mjs"), await buildModule());
for (const [name, content] of Object.entries(files)) {
  for (const folder of [dist, served]) await writeFile(path.join(folder, name), content);
}
