// Errors of JavaScript: their class, and host and line of the file. Never a message, which may hold anything.

const MOST = 10;

/** @type {import("../features.js").Factory} */
export default ({ listen, record }) => {
  let left = MOST;
  /**
   * @param {unknown} error
   * @param {string} [file]
   * @param {number} [line]
   */
  const tell = (error, file = "", line = 0) => {
    if (left-- <= 0) return;
    const kind = error instanceof Error ? error.name : "";
    record("exception", {
      error_kind: /^[A-Za-z]{1,50}$/.test(kind) ? kind : "",
      error_host: hostOf(file),
      error_line: line,
    });
  };
  listen("error", ({ error, filename, lineno }) => tell(error, filename, lineno));
  listen("unhandledrejection", ({ reason }) => tell(reason));
  return {
    view() {
      left = MOST;
    },
  };
};

/**
 * @param {string} file
 * @returns {string} empty for what has none
 */
function hostOf(file) {
  return /^https?:/.test(file) ? new URL(file).host : "";
}
