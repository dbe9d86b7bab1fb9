// Clearing: after a choice, what the site declared for a purpose that is not granted does not stay in the browser. What
// a script that still runs writes again is found by a second look, as the page goes away, or on the next page.

const SECOND_LOOK_MILLISECONDS = 1500;

/** @type {import("../features.js").Factory} */
export default ({ config, isGranted, listen, whenIdle }) => {
  listen("suostumus:change", () => whenIdle(look), document);
  listen("pagehide", clear);
  return {};

  function look() {
    clear();
    setTimeout(clear, SECOND_LOOK_MILLISECONDS);
  }

  function clear() {
    if (!window.suostumus?.choice?.()) return;
    for (const [purpose, declared] of Object.entries(config.clear ?? {})) {
      if (isGranted(purpose)) continue;
      for (const [name, kind, path] of declared) {
        if (kind === "cookie") clearCookies(name, path);
        else clearStorage(kind, pattern(name));
      }
    }
  }
};

/**
 * @param {string} name in which `*` stands for anything
 * @returns {RegExp}
 */
function pattern(name) {
  return new RegExp(`^${name.replace(/[^\w*]/g, "\\$&").replaceAll("*", ".*")}$`);
}

/**
 * @param {string} wanted
 * @param {string} [path] where it was set: this page may not see it there, so that a whole name is taken as it is
 */
function clearCookies(wanted, path) {
  const seen = document.cookie.split("; ").map((pair) => pair.split("=")[0] ?? "");
  const names = path && !wanted.includes("*") ? [wanted] : seen.filter((name) => pattern(wanted).test(name));
  for (const name of names) {
    for (const domain of domains()) {
      for (const place of path ? [path] : paths()) expire(name, domain, place);
    }
  }
}

/**
 * @param {string} name
 * @param {string} domain
 * @param {string} path
 */
function expire(name, domain, path) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=; max-age=0; path=${path}${domain && `; domain=${domain}`}${secure}`;
}

/** @returns {string[]} this host alone, and it and each of its parents with what is below them */
function domains() {
  const labels = location.hostname.split(".");
  return ["", ...labels.map((_, index) => labels.slice(index).join("."))];
}

/** @returns {string[]} every path that a cookie seen by this page can have */
function paths() {
  const steps = location.pathname.split("/").slice(1);
  return ["/", ...steps.flatMap((_, index) => {
    const path = `/${steps.slice(0, index + 1).join("/")}`;
    return [path, `${path}/`];
  })];
}

/**
 * @param {string} kind `local` or `session`
 * @param {RegExp} wanted
 */
function clearStorage(kind, wanted) {
  try {
    const storage = kind === "local" ? localStorage : sessionStorage;
    for (const key of Object.keys(storage)) if (wanted.test(key)) storage.removeItem(key);
  } catch {
    // The browser forbids storage here: then nothing is in it.
  }
}
