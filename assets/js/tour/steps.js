/** The steps of the tour. */

import { t } from "../core/language.js";

/**
 * @typedef {object} Step
 * @property {string} id
 * @property {string} page on which the step is
 * @property {string} title
 * @property {string} text what to do, and what it shows
 * @property {((before: ArrayLike<number>, now: ArrayLike<number>) => boolean) | null} done whether a change of the point completes the step; null: another way
 * @property {boolean} [slider] whether moving a slider completes it
 * @property {string} [action] what its button does
 */

/** How many values of a point differ. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function changed(a, b) {
  return Array.from(a).filter((value, i) => Math.abs(value - b[i]) > 0.01).length;
}

/**
 * The steps for a model. A model of one or two dimensions has no sliders beside a map; arithmetic needs classes that are not an
 * input of the decoder.
 *
 * @param {Pick<import("../core/messages.js").Model, "latentDim" | "codeDim" | "classes" | "prior">} model
 * @returns {Step[]}
 */
export function stepsOf(model) {
  const [from, to] = classesOf(model);
  /** @type {Step[]} */
  const steps = [
    {
      id: "drag",
      page: "explore",
      title: t("Drag a slider"),
      text: t("Each slider is one latent dimension. The model decodes the picture while you drag."),
      done: null,
      slider: true,
    },
    {
      id: "random",
      page: "explore",
      title: t("Press R"),
      text: model.prior
        ? t("This draws a random code from the prior. The model decodes it to a picture that is in no data set.")
        : t("This draws a random code near those of the data. The model decodes it to a picture that is in no data set."),
      done: (before, now) => changed(before, now) > before.length / 2,
    },
    {
      id: "map",
      page: "map",
      title: t("Click the map"),
      text: t("Each dot is a test image, placed by its code. Move the pointer to decode other places, and click one."),
      done: (before, now) => changed(before, now) > 0,
    },
    {
      id: "draw",
      page: "reconstruct",
      title: t("Try your own picture"),
      text: t("Draw something, or upload a picture. The model encodes it and decodes the code again."),
      done: null,
    },
  ];
  if (from !== null)
    steps.push({
      id: "arithmetic",
      page: "explore",
      title: t("Compute with codes"),
      text: t("Take an image of “{from}”, subtract the mean code of that class and add the mean code of “{to}”.", { from: model.classes[from], to: model.classes[to] }),
      done: null,
      action: t("Turn “{from}” into “{to}”", { from: model.classes[from], to: model.classes[to] }),
    });
  return steps;
}

/** Two classes for arithmetic, 4 and 9 if there are; nulls if it is not possible. @param {Pick<import("../core/messages.js").Model, "latentDim" | "codeDim" | "classes">} model @returns {[number, number] | [null, null]} */
export function classesOf({ latentDim, codeDim, classes }) {
  if (codeDim > latentDim || classes.length < 2) return [null, null];
  const [four, nine] = [classes.indexOf("4"), classes.indexOf("9")];
  return four >= 0 && nine >= 0 ? [four, nine] : [0, 1];
}

/**
 * The first image of a class, and its code moved by the difference of the mean codes of two classes.
 *
 * @param {import("../core/data.js").Codes} codes
 * @param {number} from @param {number} to
 * @returns {{image: number, start: Float32Array, end: Float32Array} | null} null if a class has no image
 */
export function arithmetic({ means, labels, rows, dimensions }, from, to) {
  const sums = [new Float64Array(dimensions), new Float64Array(dimensions)];
  const counts = [0, 0];
  for (let row = 0; row < rows; row++) {
    const side = [from, to].indexOf(labels[row]);
    if (side < 0) continue;
    counts[side]++;
    for (let i = 0; i < dimensions; i++) sums[side][i] += means[row * dimensions + i];
  }
  const image = labels.indexOf(from);
  if (!counts[0] || !counts[1]) return null;
  const start = means.slice(image * dimensions, (image + 1) * dimensions);
  return { image, start, end: start.map((value, i) => value + sums[1][i] / counts[1] - sums[0][i] / counts[0]) };
}
