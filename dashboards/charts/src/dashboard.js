/** Starts what makes the dashboard lively. The page is whole without it. */

import "uplot/dist/uPlot.min.css";
import { drawChart } from "./chart.js";
import { followLive } from "./live.js";

for (const figure of document.querySelectorAll("[data-chart]")) {
  drawChart(/** @type {HTMLElement} */ (figure));
}
for (const section of document.querySelectorAll("[data-live]")) {
  followLive(/** @type {HTMLElement} */ (section));
}
