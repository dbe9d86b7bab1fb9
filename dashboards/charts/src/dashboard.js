/** Starts what makes the dashboard lively. The page is whole without it. */

import { readChart } from "./chart.js";
import { drawFlow } from "./flow.js";
import { listenToKeys } from "./keys.js";
import { followLive } from "./live.js";
import { searchLists } from "./search.js";

for (const figure of document.querySelectorAll("[data-chart]")) {
  readChart(/** @type {HTMLElement} */ (figure));
}
for (const figure of document.querySelectorAll("[data-flow]")) {
  drawFlow(/** @type {HTMLElement} */ (figure));
}
for (const section of document.querySelectorAll("[data-live]")) {
  followLive(/** @type {HTMLElement} */ (section));
}
searchLists();
listenToKeys();
