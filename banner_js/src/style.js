// The style: a constructed sheet, which a strict Content-Security-Policy lets in.
import css from "./banner.css";

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** Adds the style to the page, once. */
export function addStyle() {
  if (sheet) return;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/**
 * Leaves that much free below the page, so that nothing focused is hidden: WCAG 2.2, 2.4.11.
 * @param {number} height CSS pixels
 */
export function reserve(height) {
  const root = /** @type {CSSStyleRule} */ (sheet?.cssRules[0]);
  root.style.setProperty("--suostumus-reserved", `${Math.ceil(height)}px`);
}
