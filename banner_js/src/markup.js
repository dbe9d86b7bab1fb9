// Elements, made one by one: no HTML is ever parsed, so that Trusted Types have nothing to object to.
import { config, wording } from "./config.js";
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
 * @param {string} action public: `data-suostumus-action`
 * @param {string} [text] key of its text, when that is not the action
 * @returns {HTMLButtonElement}
 */
export function button(action, text = action) {
  return element("button", { type: "button", "data-suostumus-action": action }, wording().texts[text] ?? text);
}

/** @returns {HTMLElement} the way to the visitor's page; a token travels in a form's body, never in an address */
export function privacyLink() {
  const text = wording().texts.link ?? "";
  const address = `${config.collector}/privacy/${config.site}`;
  const token = recall("");
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
  const { texts, purposes } = wording();
  const titles = choice?.purposes.map((purpose) => purposes[purpose]?.title ?? purpose).join(", ") ?? "";
  const key = outcome || (titles ? "given" : "refused");
  const text = texts[key]?.replace("{purposes}", () => titles) ?? "";
  const link = element("a", { href: receipt, target: "_blank", rel: "noopener" }, texts.receipt ?? "");
  return receipt ? [text, " ", link] : [text];
}
