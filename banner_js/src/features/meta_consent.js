// Meta's consent call: told before its pixel runs, if the pixel's queue is on the page at all.

/** @type {import("../features.js").Factory} */
export default () => {
  /** @param {boolean} granted */
  const tell = (granted) => window.fbq?.("consent", granted ? "grant" : "revoke");
  tell(false);
  return { grant: (isGranted) => tell(isGranted("marketing")) };
};
