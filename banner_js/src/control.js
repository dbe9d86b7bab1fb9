// The control: always on the page after the choice, with one click to withdraw while a consent is in force.
import { language, wording } from "./config.js";
import { isReloadDue } from "./gate.js";
import { listen } from "./guard.js";
import { button, element, standing } from "./markup.js";
import { reserveFor } from "./style.js";

/** @type {HTMLElement | undefined} */
let control;
/** Stays while its text changes, so that the change is announced. @type {HTMLElement} */
let message;
/** @type {HTMLElement} */
let buttons;
/** The page may give it a place of its own. */
const PLACE = "[data-suostumus-control]";

/** @param {import("./consent.js").State} state */
export function updateControl(state) {
  if (!state.choice) return removeControl();
  control ??= makeControl();
  const hadFocus = control.contains(document.activeElement);
  const withdraw = state.choice.purposes.length ? [button("withdraw")] : [];
  buttons.replaceChildren(button("open"), ...withdraw);
  const reload = isReloadDue() ? [button("reload"), " "] : [];
  message.replaceChildren(...(state.outcome ? [...standing(state), " ", ...reload, dismiss()] : []));
  if (hadFocus) focusControl();
}

/** Moves the focus to where the choices can be opened again. */
export function focusControl() {
  if (control) /** @type {HTMLElement} */ (buttons.firstChild).focus({ preventScroll: true });
}

/** @returns {HTMLElement} */
function makeControl() {
  const { open } = wording().texts;
  message = element("p", { role: "status" });
  buttons = element("div", {});
  const attributes = { id: "suostumus-control", "aria-label": open, lang: language(), dir: "auto" };
  const made = element("section", attributes, message, buttons);
  (document.querySelector(PLACE) ?? document.body).append(made);
  reserveFor(made);
  return made;
}

function removeControl() {
  control?.remove();
  control = undefined;
}

/** @returns {HTMLButtonElement} */
function dismiss() {
  const made = element("button", { type: "button" }, wording().texts.close);
  listen("click", () => {
    message.replaceChildren();
    focusControl();
  }, made);
  return made;
}
