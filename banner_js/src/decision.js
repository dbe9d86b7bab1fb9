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
 * @returns {string} `ID.ACTION.SURFACE.METHOD.LANGUAGE`
 */
export function newDecision(action, surface, trusted) {
  return [uuid(), action, surface, trusted ? "click" : "automated", language()].join(".");
}

/**
 * @param {string} text what `newDecision` gave
 * @param {import("./choice.js").Choice} choice what it decided
 * @returns {object} the body of POST /api/consent
 */
export function decisionBody(text, { notice, purposes }) {
  const [decision, action, surface, method, spoken] = text.split(".");
  return {
    site: config.site,
    action,
    purposes,
    decision,
    notice,
    shown: wording(spoken).shown,
    language: spoken,
    layout: config.shown().layout,
    surface,
    method,
    token: recall("") || null,
  };
}
