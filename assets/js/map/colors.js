/**
 * The properties that the points of a map can be coloured by.
 */

import { dimensionName } from "../core/dom.js";
import { t } from "../core/language.js";
import { splitNames } from "../core/points.js";

/**
 * @typedef {object} Coloring
 * @property {string} id
 * @property {string} title
 * @property {string[]} [groups] their names, if each point belongs to one; otherwise it has a value
 * @property {(index: number) => number} of the group's number or the value of a point
 * @property {string} [unit]
 */

const SPLIT_COLORS = ["#3f90da", "#ffa90e", "#832db6"];

/**
 * The choices for a map.
 *
 * @param {import("../core/points.js").Points} points
 * @param {string[]} classes
 * @returns {Coloring[]}
 */
export function colorings(points, classes) {
  const choices = [];
  if (classes.length) choices.push({ id: "class", title: t("Class"), groups: classes, of: (i) => points.labels[i] });
  choices.push({ id: "error", title: t("Reconstruction error"), of: (i) => points.error[i], unit: t("per pixel") });
  if (points.elbo.some(Number.isFinite)) choices.push({ id: "elbo", title: "ELBO", of: (i) => points.elbo[i], unit: t("nats") });
  choices.push({ id: "distance", title: t("Distance from the data"), of: (i) => points.distance[i], unit: t("percentile") });
  if (new Set(points.splits).size > 1) {
    choices.push({ id: "split", title: t("Split"), groups: splitNames(), of: (i) => points.splits[i] });
  }
  for (let d = 0; d < points.dimensions; d++) {
    choices.push({ id: `z${d}`, title: dimensionName(d), of: (i) => points.codes[i * points.dimensions + d], unit: "" });
  }
  return choices;
}

/** @param {Coloring} coloring @param {string[]} palette of the classes */
export function groupColors(coloring, palette) {
  return coloring.id === "split" ? SPLIT_COLORS : palette;
}

/** The 2 % and 98 % quantiles: otherwise a few outliers would give all other values one colour. @param {Float32Array} values */
export function colorRange(values) {
  const sorted = values.filter(Number.isFinite).sort();
  if (!sorted.length) return [0, 1];
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return at(0.02) < at(0.98) ? [at(0.02), at(0.98)] : [sorted[0], sorted[sorted.length - 1] || 1];
}
