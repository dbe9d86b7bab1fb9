// Google's consent mode, basic form: told before its tags run, if they are on the page at all.

/** @type {import("../features.js").Factory} */
export default () => ({
  grant(isGranted) {
    /** @type {(...purposes: string[]) => string} */
    const answer = (...purposes) => (isGranted(...purposes) ? "granted" : "denied");
    gtag("consent", "update", {
      analytics_storage: answer("statistics"),
      ad_storage: answer("marketing"),
      ad_user_data: answer("marketing"),
      ad_personalization: answer("marketing", "profiling"),
    });
  },
});

/** @param {...unknown} _values */
function gtag(..._values) {
  // Google's tags tell commands from data by this very object.
  if (Array.isArray(window.dataLayer)) window.dataLayer.push(arguments);
}
