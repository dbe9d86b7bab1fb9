// Elements, made one by one: no HTML is ever parsed, so that Trusted Types have nothing to object to.
import { config, wording } from "./config.js";
import { hasChosen } from "./consent.js";
import { recall } from "./storage.js";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * @param {import("./config.js").TextKey} action public: `data-suostumus-action`
 * @returns {HTMLButtonElement} with the text of that name
 */
export function button(action) {
  return element("button", { type: "button", "data-suostumus-action": action }, wording().texts[action]);
}

/**
 * @param {string} purpose
 * @returns {{ title: string, text: string }}
 */
export function purposeText(purpose) {
  return wording().purposes[purpose] ?? { title: purpose, text: "" };
}

/** @returns {HTMLElement} the way to the visitor's page; a token travels in a form's body, never in an address */
export function privacyLink() {
  const text = wording().texts.link;
  const address = `${config.collector}/privacy/${config.site}`;
  const token = hasChosen() ? recall("") : "";
  if (!token) return element("a", { href: address }, text);
  return element(
    "form",
    { method: "post", action: address },
    element("input", { type: "hidden", name: "token", value: token }),
    element("button", {}, text),
  );
}

/**
 * @param {import("./consent.js").State} state
 * @returns {(Node | string)[]} what is in force, with the receipt
 */
export function standing({ choice, outcome, receipt }) {
  const { texts } = wording();
  const titles = choice?.purposes.map((purpose) => purposeText(purpose).title).join(", ") ?? "";
  const text = texts[outcome || (titles ? "given" : "refused")].replace("{purposes}", () => titles);
  if (!receipt) return [text];
  const page = receipt.includes("/");
  const proof = page ? element("a", { href: receipt, target: "_blank" }, texts.receipt) : `${texts.receipt} ${receipt}`;
  return [text, " ", element("small", {}, proof)];
}

/**
 * @param {Element} part
 * @returns {boolean} whether it belongs to the script, and not to the page
 */
export function isOurs(part) {
  return !!part.closest("[id^=suostumus]");
}
