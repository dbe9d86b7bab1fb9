// How far down each page was read: told once as the page is left, in tens of percent, if it was scrolled at all.

const STEP = 10;

/** @type {import("../features.js").Factory} */
export default ({ listen, record }) => {
  /** @type {import("../queue.js").Event | undefined} */
  let seen;
  let deepest = 0;
  let told = 0;
  listen("scroll", () => {
    if (!seen) return;
    const { scrollHeight } = document.documentElement;
    deepest = Math.max(deepest, Math.min(100, ((scrollY + innerHeight) / scrollHeight) * 100));
  });
  return {
    view(view) {
      seen = view;
      deepest = told = 0;
    },
    leave() {
      const percent = Math.floor(deepest / STEP) * STEP;
      if (!seen || percent <= told) return;
      told = percent;
      record("scroll", { url: seen.url, title: seen.title, referrer: seen.referrer, percent_scrolled: percent });
    },
  };
};
