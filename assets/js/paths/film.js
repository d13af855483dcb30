/**
 * Films and strips of the paths, for the export. Pure.
 */

import { placesOf } from "./path.js";

/**
 * @typedef {object} Walk how the rows are animated
 * @property {import("./row.js").Row[]} rows rows to export, in order
 * @property {import("./timeline.js").Timeline} timeline
 * @property {boolean} even
 * @property {boolean} back forward and back
 * @property {number} steps pictures of a strip
 */

/**
 * The film or strip of one path or of all; null while incomplete.
 *
 * @param {Walk} walk
 * @param {string} what the key of a path, or "all"
 * @param {string} format
 * @param {number} rate frames a second
 * @param {boolean} captioned
 * @returns {Omit<import("./export.js").Film, "name"> | null}
 */
export function pathsFilm(walk, what, format, rate, captioned) {
  const chosen = { ...walk, rows: rowsOf(walk, what) };
  const { rows } = chosen;
  if (!isReady(chosen)) return null;
  if (format === "strip" || format === "svg") return stripOf(chosen, captioned);
  const titles = rows.map(({ path }) => (what === "all" ? path.title : ""));
  return filmOf(chosen, rate, captioned ? titles : null);
}

/** @param {Walk} walk @param {string} what */
function rowsOf({ rows }, what) {
  return rows.filter(({ kind }) => what === "all" || kind === what);
}

/**
 * Why the film or strip of one path or of all cannot be made yet; "" if it can.
 *
 * @param {Walk} walk
 * @param {string} what the key of a path, or "all"
 */
export function missingOf(walk, what) {
  const rows = rowsOf(walk, what);
  if (rows.some(({ failed }) => failed)) return "This path was not found. Choose other stops or another path.";
  if (isReady({ ...walk, rows })) return "";
  return what === "all" ? "You can export the paths when all of them are found." : "You can export this path when it is found.";
}

/**
 * Whether the export is complete. A path that converges has codes before it is found; the even pace needs the report.
 *
 * @param {Walk} walk
 */
export function isReady({ rows, even }) {
  return rows.every((row) => row.there && (row.legs.every(({ report }) => report) || !(even || row.path.converges)));
}

/**
 * A film: one frame after the other, the rows side by side.
 *
 * @param {Walk} walk
 * @param {number} rate frames a second
 * @param {string[] | null} titles of the rows in captions; null: no captions
 * @returns {Omit<import("./export.js").Film, "name">}
 */
export function filmOf({ rows, timeline, even, back }, rate, titles) {
  const places = timeline.frames(rate, back);
  return {
    places,
    codes: places.flatMap((place) => rows.map((row) => row.codeAt(place, even))),
    across: rows.length,
    columns: 0,
    captions: titles && places.map((place) => titles.map((title) => `${title} ${place.toFixed(2)}`.trim()).join("\t")),
  };
}

/**
 * A strip: each row a line of pictures, as on the page.
 *
 * @param {Walk} walk
 * @param {boolean} captioned
 * @returns {Omit<import("./export.js").Film, "name">}
 */
export function stripOf({ rows, even, steps }, captioned) {
  const places = placesOf(rows[0].legs.length, steps);
  const all = rows.flatMap(() => places);
  return {
    places: all,
    codes: rows.flatMap((row) => places.map((place) => row.codeAt(place, even))),
    across: 1,
    columns: places.length,
    captions: captioned ? all.map((place) => place.toFixed(2)) : null,
  };
}
