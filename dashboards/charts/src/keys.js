/** The keyboard: `data-key` names the key, or two keys in a row, that clicks an element; `?` lists them. */

const PAUSE = 1200; // milliseconds within which the second key must follow

/** Listen from now on. Nothing happens while somebody types into a field. */
export function listenToKeys() {
  const dialog = document.getElementById("help");
  fillHelp();
  let first = "";
  let since = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "?" && dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      if (!dialog.open) dialog.showModal();
      return;
    }
    if (dialog instanceof HTMLDialogElement && dialog.open) return;
    const now = event.timeStamp;
    const pair = first && now - since < PAUSE ? `${first} ${event.key}` : "";
    first = event.key;
    since = now;
    const target = find(pair) ?? find(event.key);
    if (!target) return;
    first = "";
    event.preventDefault();
    act(target);
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=radio], [type=checkbox]), select, textarea");
}

/**
 * @param {string} key
 * @returns {HTMLElement | null}
 */
function find(key) {
  if (!key) return null;
  if (key === "/") return document.querySelector("[data-search]");
  return document.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

/** @param {HTMLElement} target */
function act(target) {
  if (target instanceof HTMLInputElement) {
    target.focus();
    target.select();
    return;
  }
  target.click();
}

function fillHelp() {
  const list = document.querySelector("[data-help]");
  if (!list) return;
  for (const target of document.querySelectorAll("[data-key]")) {
    const { key = "", keyTitle = "" } = /** @type {HTMLElement} */ (target).dataset;
    const entry = document.createElement("div");
    const name = document.createElement("dt");
    const meaning = document.createElement("dd");
    for (const part of key.split(" ")) {
      const shown = document.createElement("kbd");
      shown.textContent = part;
      name.append(shown, " ");
    }
    meaning.textContent = keyTitle;
    entry.append(name, meaning);
    list.append(entry);
  }
}
