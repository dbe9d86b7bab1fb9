/** Draws paths between pages as streams, from the table that stands behind them. */

import { sankey, sankeyLinkHorizontal } from "d3-sankey";

const NAMESPACE = "http://www.w3.org/2000/svg";
const HEIGHT = 480;

/** @typedef {{ id: string, title: string, depth: number, isEnd: boolean }} Page */
/** @typedef {import("d3-sankey").SankeyLayout<import("d3-sankey").SankeyGraph<Page, Stream>, Page, Stream>} Layout */
/** @typedef {{ source: string, target: string, value: number, title: string, isEnd: boolean }} Stream */

/**
 * Fill a figure with the streams of the table that `data-flow` names, and fold the table away.
 * @param {HTMLElement} figure
 */
export function drawFlow(figure) {
  const table = document.getElementById(figure.dataset.flow ?? "");
  if (!(table instanceof HTMLTableElement)) return;
  const { pages, streams } = readStreams(table, figure.dataset.flowEnd ?? "");
  const draw = () => figure.replaceChildren(drawing(pages, streams, Math.max(figure.clientWidth, 480), figure.dataset.flowLabel ?? ""));
  draw();
  new ResizeObserver(draw).observe(figure);
  for (const details of document.querySelectorAll("[data-folds]")) details.removeAttribute("open");
}

/**
 * @param {HTMLTableElement} table
 * @param {string} end
 */
function readStreams(table, end) {
  /** @type {Map<string, Page>} */
  const pages = new Map();
  const page = (/** @type {number} */ depth, /** @type {string} */ title) => {
    const id = `${depth} ${title}`;
    pages.set(id, { id, title, depth, isEnd: title === end });
    return id;
  };
  /** @type {Stream[]} */
  const streams = [...table.tBodies[0].rows].map((row) => {
    const [step, source, target, sessions] = [...row.cells].map((cell) => cell.textContent?.trim() ?? "");
    return {
      source: page(Number(step) - 1, source),
      target: page(Number(step), target),
      value: Number(row.querySelector("data")?.value),
      title: `${source} → ${target}: ${sessions}`,
      isEnd: target === end,
    };
  });
  return { pages: [...pages.values()], streams };
}

/**
 * @param {Page[]} pages
 * @param {Stream[]} streams
 * @param {number} width
 * @param {string} label
 */
function drawing(pages, streams, width, label) {
  const layout = /** @type {Layout} */ (/** @type {unknown} */ (sankey()));
  layout.nodeId((node) => node.id).nodeAlign((node) => node.depth ?? 0).nodeWidth(10).nodePadding(14).extent([[0, 6], [width, HEIGHT - 6]]);
  const graph = layout({ nodes: pages.map((node) => ({ ...node })), links: streams.map((link) => ({ ...link })) });
  const svg = element("svg", { class: "flow", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label });
  const path = sankeyLinkHorizontal();
  for (const link of graph.links) {
    const drawn = element("path", { class: link.isEnd ? "link end" : "link", d: path(link) ?? "", "stroke-width": String(Math.max(1, link.width ?? 1)) });
    drawn.append(named(link.title));
    svg.append(drawn);
  }
  for (const node of graph.nodes) {
    const { x0 = 0, x1 = 0, y0 = 0, y1 = 0 } = node;
    svg.append(element("rect", { class: node.isEnd ? "node end" : "node", x: String(x0), y: String(y0), width: String(x1 - x0), height: String(Math.max(1, y1 - y0)), rx: "2" }));
    if (y1 - y0 < 9) continue;
    const isLast = x1 > width - 20;
    const text = element("text", { class: isLast ? "last" : "", x: String(isLast ? x0 - 6 : x1 + 6), y: String((y0 + y1) / 2) });
    text.textContent = node.title.length > 26 ? `${node.title.slice(0, 25)}…` : node.title;
    svg.append(text);
  }
  return svg;
}

/** @param {string} title */
function named(title) {
  const found = element("title", {});
  found.textContent = title;
  return found;
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function element(name, attributes) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
