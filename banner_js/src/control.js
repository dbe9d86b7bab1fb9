// The control: always on the page after the choice, with one click to withdraw while a consent is in force.
import { language, wording } from "./config.js";
import { button, element, standing } from "./markup.js";
import { reserveFor } from "./style.js";

/** @type {HTMLElement | undefined} */
let control;
/** Announced when it changes. @type {HTMLElement | undefined} */
let message;
/** The page may give it a place of its own. */
const PLACE = "[data-suostumus-control]";

/**
 * @param {import("./consent.js").State} state
 */
export function updateControl(state) {
  if (!state.choice) return removeControl();
  if (!control || !message) {
    message = element("p", { role: "status" });
    control = element("section", { id: "suostumus-control", "aria-label": wording().texts.open, lang: language(), dir: "auto" }, message);
    (document.querySelector(PLACE) ?? document.body).append(control);
    reserveFor(control);
  }
  const hadFocus = control.contains(document.activeElement);
  const withdraw = state.choice.purposes.length ? [button("withdraw")] : [];
  control.replaceChildren(message, element("div", {}, button("open"), ...withdraw));
  message.replaceChildren(...(state.outcome ? [...standing(state), " ", dismiss()] : []));
  if (hadFocus) focusControl();
}

/** Moves the focus to where the choices can be opened again. */
export function focusControl() {
  /** @type {HTMLElement | null | undefined} */ (control?.querySelector("div button"))?.focus({ preventScroll: true });
}

function removeControl() {
  control?.remove();
  control = undefined;
}

/** @returns {HTMLButtonElement} */
function dismiss() {
  const made = element("button", { type: "button" }, wording().texts.close);
  made.addEventListener("click", () => {
    message?.replaceChildren();
    focusControl();
  });
  return made;
}
