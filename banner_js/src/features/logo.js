// The shop's logo above the question: drawn shape by shape, so that nothing is requested and no HTML is parsed.

/** @typedef {[tag: string, attributes: Record<string, string>, children: Drawing[]]} Drawing */

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = "28"; // CSS pixels

/** @type {import("../features.js").Factory} */
export default ({ config }) => ({
  show(heading) {
    const drawn = draw(/** @type {Drawing} */ (config.shown().logo));
    drawn.setAttribute("height", HEIGHT);
    drawn.setAttribute("aria-hidden", "true"); // the text says whose question it is
    // In a shadow: outside, the style that ends the shop's rules would end the shapes' attributes too.
    const place = document.createElement("span");
    place.attachShadow({ mode: "open" }).append(drawn);
    heading.prepend(place);
  },
});

/**
 * @param {Drawing} drawing
 * @returns {Element}
 */
function draw([tag, attributes, children]) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.map(draw));
  return made;
}
