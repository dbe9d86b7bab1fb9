/** Keeps the live section fresh while somebody looks at the page. */

const SECONDS = 10;
const COLUMNS = /** @type {const} */ (["time", "name", "path", "country", "browser"]);

/** @typedef {Record<typeof COLUMNS[number], string>} LiveEvent */

/**
 * Ask the address in `data-live` again and again, and show its answer.
 * @param {HTMLElement} section
 */
export function followLive(section) {
  setInterval(() => {
    if (document.visibilityState === "visible") refresh(section).catch(() => section.classList.add("stale"));
  }, SECONDS * 1000);
}

/** @param {HTMLElement} section */
async function refresh(section) {
  const answer = await fetch(section.dataset.live ?? "");
  if (!answer.ok) throw new Error("no live figures");
  /** @type {{ visitors: number, events: LiveEvent[] }} */
  const { visitors, events } = await answer.json();
  const count = section.querySelector("[data-live-visitors]");
  const body = section.querySelector("[data-live-events]");
  if (count) count.textContent = String(visitors);
  if (events.length) body?.replaceChildren(...events.map(rowOf));
  section.classList.remove("stale");
}

/** @param {LiveEvent} event */
function rowOf(event) {
  const row = document.createElement("tr");
  for (const column of COLUMNS) row.insertCell().textContent = event[column];
  return row;
}
