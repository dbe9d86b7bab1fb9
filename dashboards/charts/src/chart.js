/** The interactive chart over a table: it draws what the table says and nothing else. */

import uPlot from "uplot";

/** Columns of the table after its first one, in order, and how each is drawn. */
const LINES = [
  { name: "now", shown: true, dash: [] },
  { name: "sessions", shown: false, dash: [] },
  { name: "views", shown: false, dash: [] },
  { name: "before", shown: true, dash: [5, 5] },
];

/**
 * Replace the drawing in a figure by an interactive chart of the table that `data-chart` names.
 * @param {HTMLElement} figure
 */
export function drawChart(figure) {
  const table = document.getElementById(figure.dataset.chart ?? "");
  if (!(table instanceof HTMLTableElement)) return;
  const { titles, headings, columns } = readTable(table);
  if (titles.length < 2) return;
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  /** @type {uPlot | undefined} */
  let plot;
  const draw = () => {
    plot?.destroy();
    figure.replaceChildren();
    figure.classList.add("drawn");
    plot = new uPlot(options(figure, titles, headings, columns), [titles.map((_, index) => index), ...columns], figure);
    makeLegendOperable(figure);
  };
  draw();
  scheme.addEventListener("change", draw);
  new ResizeObserver(() => plot?.setSize(sizeOf(figure))).observe(figure);
}

/**
 * @param {HTMLTableElement} table
 * @returns {{ titles: string[], headings: string[], columns: (number | null)[][] }}
 */
function readTable(table) {
  const rows = [...table.tBodies[0].rows];
  const headings = [...table.tHead?.rows[0].cells ?? []].slice(1).map((cell) => cell.textContent ?? "");
  const columns = headings.map((_, index) => rows.map((row) => readCell(row.cells[index + 1])));
  return {
    titles: rows.map((row) => row.cells[0].textContent ?? ""),
    headings: headings.filter((_, index) => columns[index].some((value) => value !== null)),
    columns: columns.filter((column) => column.some((value) => value !== null)),
  };
}

/**
 * @param {HTMLTableCellElement} cell
 * @returns {number | null}
 */
function readCell(cell) {
  const value = cell.querySelector("data")?.value ?? "";
  return value === "" ? null : Number(value);
}

/**
 * @param {HTMLElement} figure
 * @param {string[]} titles
 * @param {string[]} headings
 * @param {(number | null)[][]} columns
 * @returns {uPlot.Options}
 */
function options(figure, titles, headings, columns) {
  const colour = (/** @type {string} */ name) => getComputedStyle(figure).getPropertyValue(`--${name}`).trim();
  const grid = { stroke: colour("rule"), width: 1 };
  const axis = { stroke: colour("muted"), grid, ticks: { show: false }, font: `12px ${getComputedStyle(figure).fontFamily}` };
  return {
    ...sizeOf(figure),
    cursor: { y: false, points: { size: 8 } },
    legend: { live: true },
    scales: { x: { time: false }, y: { range: (_, __, highest) => [0, Math.max(highest * 1.08, 4)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 32, space: 110, incrs: wholeSteps(), values: (_, splits) => splits.map((index) => shortTitle(titles[index] ?? "")) },
      { ...axis, size: 56, incrs: wholeSteps(), values: (_, splits) => splits.map(grouped) },
    ],
    series: [
      { label: "Time", value: (_, index) => titles[index] ?? "–" },
      ...columns.map((_, index) => ({
        label: headings[index],
        show: LINES[index].shown,
        stroke: colour(`line-${LINES[index].name}`),
        fill: LINES[index].name === "now" ? colour("line-area") : undefined,
        dash: LINES[index].dash,
        width: 2,
        points: { show: false },
        value: (/** @type {uPlot} */ _plot, /** @type {number | null} */ value) => (value === null ? "–" : grouped(value)),
      })),
    ],
  };
}

/**
 * The library's legend hides and shows lines by mouse only: make its labels buttons for the keyboard too.
 * @param {HTMLElement} figure
 */
function makeLegendOperable(figure) {
  for (const row of [...figure.querySelectorAll(".u-legend .u-series")].slice(1)) {
    const label = row.querySelector("th");
    if (!label) continue;
    const tell = () => label.setAttribute("aria-pressed", String(!row.classList.contains("u-off")));
    label.tabIndex = 0;
    label.setAttribute("role", "button");
    label.addEventListener("click", () => queueMicrotask(tell));
    label.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      label.click();
    });
    tell();
  }
}

/** @param {HTMLElement} figure */
function sizeOf(figure) {
  return { width: Math.max(figure.clientWidth, 240), height: 220 };
}

/** Steps of an axis of counts: 1, 2 and 5 times every power of ten. */
function wholeSteps() {
  return Array.from({ length: 8 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
}

/**
 * The part of a bucket's title that fits an axis: the hour of a day, else the date without its weekday.
 * @param {string} title
 */
function shortTitle(title) {
  return title.match(/\d\d:\d\d.*$/)?.[0] ?? title.match(/\d{4}-\S+(?=,|$)/)?.[0] ?? title;
}

/**
 * Digits in groups of three, as the rest of the page writes them.
 * @param {number} value
 */
function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
