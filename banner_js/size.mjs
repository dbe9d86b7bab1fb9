// Prints what the built files weigh, and fails above the budgets of package.json: the script with one language and the
// default features baked in, and what each optional feature adds to it.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { bake, weigh } from "./baking.mjs";

const here = import.meta.dirname;
const { budget } = JSON.parse(await readFile(path.join(here, "package.json"), "utf-8"));
const config = JSON.parse(await readFile(path.join(here, "tests", "config.json"), "utf-8"));
const { once, always, embed, ...texts } = config.languages.en.texts;
config.languages.en.texts = texts; // the server leaves out the words of features that are switched off
const script = weigh(await bake(config, budget.default));
console.log(`script: raw ${script.raw}, gzip -9 ${script.gzip}, brotli -11 ${script.brotli} of ${budget.script}`);
let over = script.brotli > budget.script;
for (const [name, most] of Object.entries(budget.features)) {
  const without = budget.default.filter((/** @type {string} */ other) => other !== name);
  const adds = weigh(await bake(config, [...without, name])).brotli - weigh(await bake(config, without)).brotli;
  console.log(`  ${name}: brotli -11 ${adds} of ${most}${budget.default.includes(name) ? ", in the script above" : ""}`);
  over ||= adds > most;
}
const withText = { ...config, languages: { en: { ...config.languages.en, texts: { ...texts, once, always, embed } } } };
const gating = weigh(await bake(withText, [...budget.default, "embeds", "clearing"]));
console.log(`script with embeds, their words, and clearing: brotli -11 ${gating.brotli}`);
if (over) {
  console.error("above the budget");
  process.exit(1);
}
