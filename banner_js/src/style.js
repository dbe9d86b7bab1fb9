// The style: a constructed sheet, which a strict Content-Security-Policy lets in.
import css from "./banner.css";
import { config } from "./config.js";
import { guarded } from "./guard.js";

/** CSS pixels: the distance from the window's edge, and room for the outline of what has the focus. */
const MARGIN = 24;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** Adds the style to the page, once. */
export function addStyle() {
  if (sheet) return;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(css + config.shown().style);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/**
 * Keeps that much free below the page as these parts cover, so that nothing focused is hidden: WCAG 2.2, 2.4.11.
 * @param {HTMLElement} part on the page from now on; its removal is noticed
 */
export function reserveFor(part) {
  new ResizeObserver(guarded(reserve)).observe(part);
}

function reserve() {
  /** @type {HTMLElement | null} */
  const cover = document.querySelector("#suostumus, body > #suostumus-control");
  const height = cover ? cover.offsetHeight + MARGIN : 0;
  const root = /** @type {CSSStyleRule} */ (sheet?.cssRules[0]);
  root.style.setProperty("--suostumus-reserved", `${height}px`);
}
