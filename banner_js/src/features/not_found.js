// Pages that were not found: the page says so, or the browser tells the status with which it was answered.

const DECLARED = '[data-page="not_found"], meta[name="suostumus-page"][content="not_found"]';

/** @type {import("../features.js").Factory} */
export default ({ record }) => {
  let loaded = true;
  return {
    view() {
      const [navigation] = performance.getEntriesByType("navigation");
      const { responseStatus } = /** @type {PerformanceNavigationTiming} */ (navigation ?? {});
      // The status is that of the page as it was loaded, not of those that a script changed to.
      const isMissing = loaded && [404, 410].includes(responseStatus);
      loaded = false;
      if (isMissing || document.querySelector(DECLARED)) record("page_not_found");
    },
  };
};
