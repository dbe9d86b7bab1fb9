// One decision on its way to the server. What the cookie keeps of it is enough to send it again from the next page.
import { config, language, wording } from "./config.js";
import { recall } from "./storage.js";
import { uuid } from "./uuid.js";

/** @typedef {"accept" | "reject" | "save" | "withdraw"} Action */
/** @typedef {"banner" | "preferences" | "control" | "page" | "placeholder"} Surface */

/**
 * @typedef {object} Answer
 * @property {string[]} purposes
 * @property {string | null} receipt
 * @property {string | null} token
 * @property {string | null} status address of the receipt's page
 */

/**
 * @param {Action} action
 * @param {Surface} surface
 * @param {boolean} trusted false when a program clicked
 * @returns {string} a query string: what is sent, but for what the choice says itself
 */
export function newDecision(action, surface, trusted) {
  const said = {
    decision: uuid(),
    action,
    surface,
    method: trusted ? "click" : "automated",
    language: language(),
    layout: config.shown().layout,
    shown: wording().shown,
  };
  return `${new URLSearchParams(said)}`;
}

/**
 * @param {string} text what `newDecision` gave
 * @param {import("./choice.js").Choice} choice what it decided
 * @returns {object} the body of POST /api/consent
 */
export function decisionBody(text, { notice, purposes }) {
  const said = Object.fromEntries(new URLSearchParams(text));
  return { site: config.site, notice, purposes, token: recall("") || null, ...said };
}
