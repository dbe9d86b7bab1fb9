// Engaged time: for how long a page was visible and had the focus. Told when it is hidden or left, at most a day at once.

const LEAST_MILLISECONDS = 1000;
const MOST_MILLISECONDS = 86_400_000;

/** @type {import("../features.js").Factory} */
export default ({ listen, record }) => {
  /** @type {import("../queue.js").Event | undefined} */
  let seen;
  let engaged = 0;
  let since = 0;
  const pause = () => {
    if (since) engaged += performance.now() - since;
    since = 0;
  };
  const go = () => {
    pause();
    if (seen && !document.hidden && document.hasFocus()) since = performance.now();
  };
  for (const name of ["focus", "blur", "visibilitychange", "pageshow"]) listen(name, go);
  return {
    view(view) {
      seen = view;
      engaged = since = 0;
      go();
    },
    leave() {
      go();
      if (!seen || engaged < LEAST_MILLISECONDS) return;
      const time = Math.min(MOST_MILLISECONDS, Math.round(engaged));
      engaged = 0;
      record("user_engagement", {
        url: seen.url,
        title: seen.title,
        referrer: seen.referrer,
        engagement_time_msec: time,
      });
    },
  };
};
