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
 * @property {() => Promise<void>} [load] fetches the values before the first use
 */

const FEW_COLORS = ["#3f90da", "#ffa90e", "#832db6"];

/**
 * The choices for a map.
 *
 * @param {import("../core/points.js").Points} points
 * @param {string[]} classes
 * @param {import("../core/messages.js").AttributeData[]} [attributes] of the data set
 * @param {(url: string) => Promise<ArrayBuffer>} [fetchBytes]
 * @returns {Coloring[]}
 */
export function colorings(points, classes, attributes = [], fetchBytes = async () => new ArrayBuffer(0)) {
  const choices = [];
  if (classes.length) choices.push({ id: "class", title: t("Class"), groups: classes, of: (i) => points.labels[i] });
  choices.push(...attributes.map((attribute, number) => coloringOf(attribute, number, fetchBytes)));
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

/**
 * An attribute of the data set. A binary one has the groups without, with, and unknown.
 *
 * @param {import("../core/messages.js").AttributeData} attribute
 * @param {number} number
 * @param {(url: string) => Promise<ArrayBuffer>} fetchBytes
 * @returns {Coloring}
 */
function coloringOf({ name, kind, url }, number, fetchBytes) {
  /** @type {Promise<void> | null} */
  let loading = null;
  let values = new Float32Array(0);
  const load = () => {
    loading ??= fetchBytes(url).then(
      (buffer) => {
        values = new Float32Array(buffer);
      },
      (error) => {
        loading = null; // the next choice tries again
        throw error;
      },
    );
    return loading;
  };
  const common = { id: `attribute${number}`, title: name, load };
  if (kind === "continuous") return { ...common, of: (i) => values[i], unit: "" };
  const groups = [t("without {attribute}", { attribute: name }), t("with {attribute}", { attribute: name }), t("unknown")];
  return { ...common, groups, of: (i) => (Number.isNaN(values[i]) ? 2 : values[i]) };
}

/** @param {Coloring} coloring @param {string[]} palette of the classes */
export function groupColors(coloring, palette) {
  return coloring.id === "class" ? palette : FEW_COLORS;
}

/** The 2 % and 98 % quantiles: otherwise a few outliers would give all other values one colour. @param {Float32Array} values */
export function colorRange(values) {
  const sorted = values.filter(Number.isFinite).sort();
  if (!sorted.length) return [0, 1];
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return at(0.02) < at(0.98) ? [at(0.02), at(0.98)] : [sorted[0], sorted[sorted.length - 1] || 1];
}
