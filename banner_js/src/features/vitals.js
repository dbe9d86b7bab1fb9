// Web Vitals, by Google's own library: what it takes to measure them alike in each browser is in there.
import { onCLS, onINP, onLCP, onTTFB } from "web-vitals";

/** @type {import("../features.js").Factory} */
export default ({ record }) => {
  let measured = false;
  return {
    view() {
      if (measured) return;
      measured = true;
      for (const measure of [onCLS, onINP, onLCP, onTTFB]) {
        measure(({ name, value }) => record("web_vitals", { metric_name: name, metric_value: Math.max(0, value) }));
      }
    },
  };
};
