/** Reads a chart step by step, with the pointer or the arrow keys, from the table behind it. */

/**
 * @typedef {{ title: string, now: string, before: string, nowValue: number | null, beforeValue: number | null }} Step
 */

/**
 * Let a figure tell the values of the table that `data-chart` names.
 * @param {HTMLElement} figure
 */
export function readChart(figure) {
  const table = document.getElementById(figure.dataset.chart ?? "");
  const plot = /** @type {HTMLElement | null} */ (figure.querySelector(".plot"));
  const lines = figure.querySelector("svg.lines");
  const readout = figure.querySelector("[data-readout]");
  if (!(table instanceof HTMLTableElement) || !plot || !lines || !readout) return;
  const steps = readTable(table);
  const names = "names" in figure.dataset ? namesOf(table) : [];
  if (steps.length < 2) return;
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "path");
  cursor.setAttribute("class", "cursor");
  lines.append(cursor);
  let present = -1;

  /** @param {number} index */
  const show = (index) => {
    present = Math.max(0, Math.min(steps.length - 1, index));
    const x = (1000 * present) / (steps.length - 1);
    cursor.setAttribute("d", `M${x} 0V100`);
    readout.textContent = wordsOf(steps[present], names);
  };
  const hide = () => {
    present = -1;
    cursor.setAttribute("d", "");
    readout.textContent = "";
  };

  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const x = /** @type {PointerEvent} */ (event).clientX - box.left;
    show(Math.round((x / box.width) * (steps.length - 1)));
  });
  plot.addEventListener("pointerleave", hide);
  plot.tabIndex = 0;
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", lines.getAttribute("aria-label") ?? "");
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    const wanted = goal(event.key, present, steps.length);
    if (wanted === null) return;
    event.preventDefault();
    show(wanted);
  });
}

/**
 * @param {Step} step
 * @param {string[]} names of the two lines, where they are of different things; else none
 */
function wordsOf({ title, now, before }, names) {
  if (names.length && before) return `${title}: ${names[0]} ${now}, ${names[1]} ${before}`;
  return before ? `${title}: ${now} (${before})` : `${title}: ${now}`;
}

/**
 * The step that a key asks for, null when it asks for none.
 * @param {string} key
 * @param {number} present
 * @param {number} count
 * @returns {number | null}
 */
function goal(key, present, count) {
  if (key === "ArrowRight") return present + 1;
  if (key === "ArrowLeft") return present < 0 ? count - 1 : present - 1;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

/**
 * @param {HTMLTableElement} table
 * @returns {Step[]}
 */
function readTable(table) {
  const heads = [...(table.tHead?.rows[0].cells ?? [])];
  const now = heads.findIndex((cell) => "now" in cell.dataset);
  const before = heads.findIndex((cell) => "before" in cell.dataset);
  return [...table.tBodies[0].rows].map((row) => ({
    title: row.cells[0].textContent ?? "",
    now: textOf(row.cells[now]),
    before: valueOf(row.cells[before]) === null ? "" : textOf(row.cells[before]),
    nowValue: valueOf(row.cells[now]),
    beforeValue: valueOf(row.cells[before]),
  }));
}

/** @param {HTMLTableElement} table */
function namesOf(table) {
  return ["now", "before"].map((name) => table.querySelector(`th[data-${name}]`)?.textContent ?? "");
}

/** @param {HTMLTableCellElement | undefined} cell */
function textOf(cell) {
  return cell?.textContent?.trim() ?? "";
}

/** @param {HTMLTableCellElement | undefined} cell */
function valueOf(cell) {
  const value = cell?.querySelector("data")?.value ?? "";
  return value === "" ? null : Number(value);
}
