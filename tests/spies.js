// Notes on `spied` every use of storage, every read of what tells one device from another, and every element that makes the
// browser load or prepare something. Runs before any script of the page.
window.spied = [];
const note = (what) => window.spied.push(what);

for (const name of ["getItem", "setItem", "removeItem", "clear"]) {
  const original = Storage.prototype[name];
  Storage.prototype[name] = function (...values) {
    note("storage");
    return original.apply(this, values);
  };
}

const replaceable = [
  [IDBFactory, "open"],
  [window.CacheStorage, "open"],
  [Navigator, "sendBeacon"],
  [window.ServiceWorkerContainer, "register"],
  [HTMLCanvasElement, "getContext"],
  [Intl.DateTimeFormat, "resolvedOptions"],
  [Date, "getTimezoneOffset"],
];
for (const [owner, name] of replaceable) {
  if (owner) owner.prototype[name] = () => note(name);
}

const spyOn = (owner, name) => {
  const property = Object.getOwnPropertyDescriptor(owner.prototype, name);
  if (!property) return;
  const get = function () {
    note(name);
    return property.get.call(this);
  };
  Object.defineProperty(owner.prototype, name, { ...property, configurable: true, get });
};
const device = ["userAgent", "language", "languages", "platform", "hardwareConcurrency", "deviceMemory", "plugins",
  "userAgentData", "maxTouchPoints", "connection"];
for (const name of device) spyOn(Navigator, name);
for (const name of ["width", "height", "colorDepth"]) spyOn(Screen, name);
spyOn(Document, "referrer");

const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
Object.defineProperty(Document.prototype, "cookie", {
  configurable: true,
  get() {
    return cookie.get.call(this);
  },
  set(text) {
    note("cookie");
    cookie.set.call(this, text);
  },
});

// The page's own elements come from the parser; the script's are added once it has run.
addEventListener("DOMContentLoaded", () => {
  const loading = "link, iframe, img, object, embed, script, video, audio";
  new MutationObserver((records) => {
    for (const added of records.flatMap((record) => [...record.addedNodes])) {
      if (added instanceof Element && (added.matches(loading) || added.querySelector(loading))) note(added.localName);
    }
  }).observe(document, { childList: true, subtree: true });
});
