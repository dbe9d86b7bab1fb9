// Microsoft's consent mode for Universal Event Tracking: a default of denied, then the choice, in its own queue.

/** @type {import("../features.js").Factory} */
export default () => {
  /** @param {string} command @param {boolean} granted */
  const tell = (command, granted) =>
    (window.uetq ??= []).push("consent", command, { ad_storage: granted ? "granted" : "denied" });
  tell("default", false);
  return { grant: (isGranted) => tell("update", isGranted("marketing")) };
};
