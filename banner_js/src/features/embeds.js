// Embedded content that waits for consent: <iframe>, <video> or <img> with `data-suostumus` and `data-src`. In its place
// stand its origin and two buttons: to show it this once, which is remembered nowhere, or to agree to its purpose.
import css from "./embeds.css";

const EMBEDS = ":is(iframe, video, img)[data-suostumus][data-src]";

/** @typedef {HTMLIFrameElement | HTMLVideoElement | HTMLImageElement} Embed */

/** @type {import("../features.js").Factory} */
export default ({ addStyle, config, decide, element, isGranted, language, listen, noteRun, purposeText, whenIdle, wording }) => {
  /** @type {Map<Embed, HTMLElement>} */
  const placeholders = new Map();

  whenIdle(() => {
    addStyle();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    update();
    new MutationObserver(() => whenIdle(update)).observe(document, { childList: true, subtree: true });
  });
  return { grant: update };

  function update() {
    for (const embed of /** @type {NodeListOf<Embed>} */ (document.querySelectorAll(EMBEDS))) {
      if (isGranted(purposeOf(embed))) load(embed);
      else if (!placeholders.has(embed) && !isPixel(embed)) hold(embed);
    }
  }

  /** @param {Embed} embed hidden, and not taken away: a framework that made it still finds it */
  function hold(embed) {
    const { texts } = wording();
    const { title } = purposeText(purposeOf(embed));
    const { host } = new URL(embed.dataset.src ?? "", document.baseURI);
    const text = texts.embed.replace("{host}", () => host).replace("{purpose}", () => title);
    const buttons = [button("once", texts.once, () => load(embed))];
    if (config.purposes.includes(purposeOf(embed))) buttons.push(button("always", texts.always, agreeTo(embed)));
    const placeholder = element(
      "div",
      { "data-suostumus-placeholder": purposeOf(embed), role: "group", "aria-label": host, lang: language(), dir: "auto" },
      element("p", {}, text),
      element("div", {}, ...buttons),
    );
    placeholder.style.minHeight = `${embed.offsetHeight}px`;
    placeholder.style.width = `${embed.offsetWidth || 300}px`;
    embed.style.setProperty("display", "none", "important");
    embed.before(placeholder);
    placeholders.set(embed, placeholder);
  }

  /**
   * @param {Embed} embed
   * @returns {(event: Event) => unknown}
   */
  function agreeTo(embed) {
    return ({ isTrusted }) => {
      const purposes = config.purposes.filter((purpose) => purpose === purposeOf(embed) || isGranted(purpose));
      return decide("save", purposes, "placeholder", isTrusted);
    };
  }

  /** @param {Embed} embed loaded for good: without its address it is looked for no more */
  function load(embed) {
    const placeholder = placeholders.get(embed);
    const hadFocus = placeholder?.contains(document.activeElement);
    placeholders.delete(embed);
    placeholder?.remove();
    if (placeholder) embed.style.removeProperty("display");
    embed.src = embed.dataset.src ?? "";
    delete embed.dataset.src;
    noteRun(purposeOf(embed));
    if (!hadFocus) return;
    if (!embed.matches("iframe, [controls]")) embed.tabIndex = -1;
    embed.focus();
  }

  /**
   * @param {string} action
   * @param {string} text
   * @param {(event: Event) => unknown} work heard on the button itself: markup of the page cannot stand in for it
   * @returns {HTMLElement}
   */
  function button(action, text, work) {
    const made = element("button", { type: "button", "data-suostumus-action": action }, text);
    listen("click", work, made);
    return made;
  }
};

/**
 * @param {Embed} embed
 * @returns {string}
 */
function purposeOf(embed) {
  return embed.dataset.suostumus ?? "";
}

/**
 * @param {Embed} embed
 * @returns {boolean} whether nobody is meant to see it
 */
function isPixel(embed) {
  return embed.hidden === true || ["0", "1"].includes(embed.getAttribute("width") ?? "");
}
