// Draws the world once, when the product is built: land and borders as an SVG, and where each country's circle goes.
import { geoCentroid, geoMercator, geoPath } from "d3-geo";
import countries from "i18n-iso-countries";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { feature, merge, mesh } from "topojson-client";
import { presimplify, simplify } from "topojson-simplify";

const WIDTH = 1000;
const NORTH = 78; // degrees: what lies further is not drawn
const SOUTH = -56;
const SMALLEST = 1.5; // square units: smaller islands only make the file large
const DETAIL = 0.04; // square degrees of the smallest corner that is kept
const target = path.join(import.meta.dirname, "..", "..", "server", "static", "built");

const file = new URL(import.meta.resolve("world-atlas/countries-50m.json"));
const atlas = simplify(presimplify(JSON.parse(await readFile(file, "utf-8"))), DETAIL);
const shapes = feature(atlas, atlas.objects.countries).features;
// Mercator keeps shapes, so that a shop's own part of the world can be looked at closely.
const projection = geoMercator().scale(WIDTH / (2 * Math.PI)).translate([WIDTH / 2, 0]);
const top = height(NORTH);
projection.translate([WIDTH / 2, -top]);
const HEIGHT = Math.round(height(SOUTH));
projection.clipExtent([[0, 0], [WIDTH, HEIGHT]]);
const draw = geoPath(projection).digits(1);

const drawn = atlas.objects.countries.geometries.filter((shape) => shape.id !== "010"); // not Antarctica
const land = { type: "MultiPolygon", coordinates: merge(atlas, drawn).coordinates.filter(isLarge) };
const borders = mesh(atlas, { type: "GeometryCollection", geometries: drawn }, (one, other) => one !== other);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">`
  + `<path id="land" d="${draw(land)}"/><path id="borders" d="${draw(borders)}"/></svg>\n`;

/** @type {Record<string, number[]>} */
const places = {};
for (const shape of shapes) {
  const code = countries.numericToAlpha2(shape.id);
  const point = projection(geoCentroid(largestPart(shape)));
  if (code && point) places[code] = point.map((value) => Math.round(value * 10) / 10);
}

await mkdir(target, { recursive: true });
await writeFile(path.join(target, "world.svg"), svg);
await writeFile(path.join(target, "world.json"), `${JSON.stringify(places)}\n`);
console.log(`world.svg ${svg.length} bytes, ${Object.keys(places).length} countries`);

/** @param {number} latitude */
function height(latitude) {
  return projection([0, latitude])?.[1] ?? 0;
}

/** @param {number[][][]} polygon */
function isLarge(polygon) {
  return geoPath(projection).area({ type: "Polygon", coordinates: polygon }) >= SMALLEST;
}

/** The largest island of a country: France's circle does not lie in the Atlantic. @param {any} shape */
function largestPart(shape) {
  if (shape.geometry.type !== "MultiPolygon") return shape;
  const parts = shape.geometry.coordinates.map((/** @type {any} */ coordinates) => ({ type: "Polygon", coordinates }));
  return parts.reduce((/** @type {any} */ one, /** @type {any} */ other) =>
    geoPath(projection).area(one) >= geoPath(projection).area(other) ? one : other);
}
