// Consent: what was chosen, whether the server knows, and everything that changes it.
import { formatChoice, parseChoice, readChoiceText, writeChoiceText } from "./choice.js";
import { askedPurposes, config } from "./config.js";
import { decisionBody, newDecision } from "./decision.js";
import { post } from "./network.js";
import { keep, recall } from "./storage.js";

/** @typedef {import("./choice.js").Choice} Choice */
/** @typedef {"" | "given" | "refused" | "withdrawn" | "failed"} Outcome key of the text that tells it */

/**
 * @typedef {object} State
 * @property {Choice | null} choice null while there is none
 * @property {string[]} asked the purposes to ask for: all without a choice, else what a new notice has changed
 * @property {Outcome} outcome of a decision made on this page, empty before one
 * @property {string} receipt its id, or the address of its page; empty when there is none
 */

/** A choice under no notice makes the next page ask again, and tells it that there may be a consent to end. */
const NO_NOTICE = "0";

/** @type {State} */
let state = { choice: null, asked: [], outcome: "", receipt: "" };
/** The choice as it was last read or written here. */
let known = "";
let decidedHere = false;
/** @type {() => void} */
let tell;

/**
 * Takes the state from the browser, and sends again what the server has not answered.
 * @param {() => void} listener called now and after each change of the state
 */
export function startConsent(listener) {
  tell = listener;
  adopt();
  const written = parseChoice(known);
  if (written?.unconfirmed && (state.choice || !written.purposes.length)) {
    return deliver(written, written.unconfirmed);
  }
  return undefined;
}

/** Reads the choice again: another tab may have changed it. */
export function synchronise() {
  if (readChoiceText() !== known) adopt();
}

/** @returns {unknown} truthy once something was chosen in this browser: before that, its storage is not even opened */
export function hasChosen() {
  return known || state.choice;
}

/** @returns {State} */
export function currentState() {
  return state;
}

/**
 * @param {string[]} purposes
 * @returns {boolean} whether all of them are granted
 */
export function isGranted(...purposes) {
  return purposes.every((purpose) => state.choice?.purposes.includes(purpose));
}

/** @returns {boolean} whether events may be recorded: statistics are granted, and the server has said so */
export function isTracking() {
  return isGranted("statistics") && !state.choice?.unconfirmed;
}

/** @returns {boolean} whether the choice was made on this very page */
export function wasDecidedHere() {
  return decidedHere;
}

/** @returns {boolean} whether events may be recorded now, whatever another tab did meanwhile */
export function isInForce() {
  synchronise();
  return isTracking();
}

/**
 * Stores the choice at once, tells the page, and sends the decision.
 * @param {import("./decision.js").Action} action
 * @param {string[]} ticked the purposes, for `save`
 * @param {import("./decision.js").Surface} surface
 * @param {boolean} trusted false when a program clicked
 * @returns {Promise<void>}
 */
export function decide(action, ticked, surface, trusted) {
  // Asked for what has changed: the answer is about that only.
  if (surface === "banner" && state.choice) {
    ticked = action === "accept" ? [...state.choice.purposes, ...state.asked] : state.choice.purposes;
    action = "save";
  }
  const before = parseChoice(readChoiceText());
  const purposes = action === "accept" ? askedPurposes() : action === "save" ? ticked : [];
  const ending = !!(before?.purposes.length || before?.unconfirmed || recall(""));
  const decision = newDecision(action, surface, trusted);
  // A refusal with nothing to end is the same for everybody: no id, not even until it is answered.
  const choice = { notice: config.notice, purposes, unconfirmed: purposes.length || ending ? decision : "" };
  write(choice);
  decidedHere = true;
  keep("_receipt", "");
  change(choice, outcomeOf(purposes, ending));
  return deliver(choice, decision);
}

/**
 * Ends the consent because the server does not hold it in force. This page stops and does not ask; the next page
 * asks again, unless the consent was given on this very page: then asking again would never end.
 * @param {boolean} isSpent the token is not even good for withdrawing
 */
export function lapse(isSpent) {
  const choice = { notice: config.notice, purposes: [], unconfirmed: "" };
  write({ ...choice, notice: decidedHere ? config.notice : NO_NOTICE });
  if (isSpent) keep("", "");
  change(choice);
}

/** @param {Choice} choice */
function write(choice) {
  writeChoiceText(formatChoice(choice));
  known = readChoiceText();
}

/** Takes the state from what the browser remembers. Of a choice under another notice counts what stands unchanged. */
function adopt() {
  known = readChoiceText();
  const found = parseChoice(known);
  const unchanged = found && { ...config.earlier, [config.notice]: config.purposes }[found.notice];
  const choice = unchanged ? { ...found, purposes: found.purposes.filter((one) => unchanged.includes(one)) } : null;
  const asked = askedPurposes().filter((one) => !unchanged?.includes(one));
  change(choice, "", choice?.purposes.length ? recall("_receipt") : "", asked);
}

/**
 * @param {Choice} choice
 * @param {string} decision
 */
async function deliver(choice, decision) {
  const written = known;
  /** @type {import("./decision.js").Answer | null} */
  const answer = await post(
    "/api/consent",
    () => (readChoiceText() === written ? decisionBody(decision, choice) : null),
    () => readChoiceText() === written && change(state.choice, "failed"),
  );
  if (answer) confirm(choice, written, answer);
  else synchronise();
}

/**
 * @param {Choice} asked
 * @param {string} written
 * @param {import("./decision.js").Answer} answer
 */
function confirm(asked, written, answer) {
  const choice = { notice: asked.notice, purposes: answer.purposes, unconfirmed: "" };
  // In cookie mode the server has written the choice already, for longer than a script may: leave that.
  if (asked.unconfirmed && readChoiceText() === written) write(choice);
  if (readChoiceText() !== formatChoice(choice)) return synchronise();
  known = readChoiceText();
  const receipt = answer.status || answer.receipt || "";
  keep("", answer.token ?? "");
  if (choice.purposes.length) keep("_receipt", receipt);
  if (choice.notice !== config.notice) return adopt();
  return change(choice, outcomeOf(choice.purposes, !!receipt), receipt);
}

/**
 * @param {string[]} purposes
 * @param {boolean} ending whether there was something to end
 * @returns {Outcome}
 */
function outcomeOf(purposes, ending) {
  return purposes.length ? "given" : ending ? "withdrawn" : "refused";
}

/**
 * @param {Choice | null} choice
 * @param {Outcome} [outcome]
 * @param {string} [receipt]
 * @param {string[]} [asked]
 */
function change(choice, outcome = "", receipt = "", asked = []) {
  state = { choice, asked, outcome, receipt };
  if (hasChosen() && !choice?.purposes.length && recall("_receipt")) keep("_receipt", "");
  tell();
}
