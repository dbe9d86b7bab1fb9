// Prints what the built files weigh, and fails above the budgets of package.json: the script with one language, that script
// with what a site has switched on unless it says otherwise, and what each optional feature adds.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { bake, weigh } from "./baking.mjs";

const here = import.meta.dirname;
const { budget } = JSON.parse(await readFile(path.join(here, "package.json"), "utf-8"));
const config = JSON.parse(await readFile(path.join(here, "tests", "config.json"), "utf-8"));
const { once, always, embed, ...texts } = config.languages.en.texts;
config.languages.en.texts = texts; // the server leaves out the words of features that are switched off
let over = false;
for (const [name, features] of Object.entries({ script: [], switched_on: budget.on })) {
  const { raw, gzip, brotli } = weigh(await bake(config, features));
  console.log(`${["script", ...features].join(" + ")}: raw ${raw}, gzip -9 ${gzip}, brotli -11 ${brotli} of ${budget[name]}`);
  over ||= brotli > budget[name];
}
for (const [name, most] of Object.entries(budget.features)) {
  const others = budget.on.filter((/** @type {string} */ other) => other !== name);
  const adds = weigh(await bake(config, [...others, name])).brotli - weigh(await bake(config, others)).brotli;
  console.log(`  ${name}: brotli -11 ${adds} of ${most}`);
  over ||= adds > most;
}
const withText = { ...config, languages: { en: { ...config.languages.en, texts: { ...texts, once, always, embed } } } };
const gating = weigh(await bake(withText, [...budget.on, "embeds", "clearing"]));
console.log(`what is switched on with embeds, their words, and clearing: brotli -11 ${gating.brotli}`);
if (over) {
  console.error("above the budget");
  process.exit(1);
}
