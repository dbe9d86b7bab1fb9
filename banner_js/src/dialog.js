// The question: a first layer that asks, and a second one with a switch for each purpose. Neither is modal.
import { config, language, wording } from "./config.js";
import { currentState } from "./consent.js";
import { focusControl } from "./control.js";
import { tellFeatures } from "./features.js";
import { listen } from "./guard.js";
import { button, element, isOurs, privacyLink, purposeText, standing } from "./markup.js";
import { reserveFor } from "./style.js";

/** @typedef {"banner" | "preferences"} Layer */

/** @type {HTMLElement | undefined} */
let host;
/** @type {Layer} */
let layer = "banner";
/** What of the page had the focus before it came here. @type {HTMLElement | null} */
let cameFrom = null;

/** @returns {Layer} the layer that is open, or was last */
export function openLayer() {
  return layer;
}

/** @returns {string[]} the purposes whose switch is on */
export function tickedPurposes() {
  /** @type {Iterable<HTMLInputElement>} */
  const switches = host?.querySelectorAll("input:checked") ?? [];
  return Array.from(switches, (input) => input.dataset.suostumusPurpose ?? "");
}

/** Asks, without taking the focus. */
export function showBanner() {
  const { texts } = wording();
  const { choice, asked } = currentState();
  open("banner", choice ? texts.again : texts.title, [
    element("p", {}, texts.body.replace("{controller}", () => config.shown().controller), " ", privacyLink()),
    element("ul", {}, ...asked.map((purpose) => element("li", {}, ...describe(purpose)))),
  ], [button("preferences"), button("reject"), button("accept")]);
}

/** Shows the switches, and moves the focus there. */
export function showPreferences() {
  const state = currentState();
  const status = state.choice ? [element("p", {}, ...standing(state))] : [];
  open("preferences", wording().texts.open, [
    ...status,
    ...config.purposes.map((purpose) => toggle(purpose, !!state.choice?.purposes.includes(purpose))),
    privacyLink(),
  ], [button("save"), button("reject"), button("accept")]);
  host?.append(button("close"));
  host?.focus();
}

/** Goes a step back without a choice: from the switches to the question, or to the page. */
export function closeDialog() {
  if (!currentState().asked.length) hideDialog();
  else if (layer === "preferences") {
    showBanner();
    host?.focus();
  }
}

/** Leaves the page, and gives the focus back. */
export function hideDialog() {
  if (!host) return;
  const hadFocus = host.contains(document.activeElement);
  host.remove();
  host = undefined;
  if (!hadFocus) return;
  if (cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
  else focusControl();
}

/**
 * @param {Layer} next
 * @param {string} title
 * @param {Node[]} content
 * @param {Node[]} actions
 */
function open(next, title, content, actions) {
  layer = next;
  host ??= makeHost();
  host.ariaLabel = title;
  const heading = element("h2", {}, title);
  tellFeatures((feature) => feature.show?.(heading));
  host.replaceChildren(
    heading,
    element("div", {}, ...content),
    element("div", {}, ...actions),
  );
}

/** @returns {HTMLElement} */
function makeHost() {
  const made = element("div", {
    id: "suostumus",
    role: "dialog",
    lang: language(),
    dir: "auto",
    tabindex: "-1",
  });
  cameFrom = null;
  listen("focusin", ({ relatedTarget }) => {
    if (relatedTarget && !isOurs(relatedTarget)) cameFrom = relatedTarget;
  }, made);
  listen("keydown", ({ key }) => key === "Escape" && closeDialog(), made);
  document.body.prepend(made);
  reserveFor(made);
  return made;
}

/**
 * @param {string} purpose
 * @returns {(Node | string)[]}
 */
function describe(purpose) {
  const { title, text } = purposeText(purpose);
  return [element("strong", {}, title), " ", element("span", {}, text)];
}

/**
 * @param {string} purpose
 * @param {boolean} on
 * @returns {HTMLElement}
 */
function toggle(purpose, on) {
  const input = element("input", { type: "checkbox", role: "switch", "data-suostumus-purpose": purpose });
  input.checked = on;
  return element("label", {}, element("span", {}, ...describe(purpose)), input);
}
