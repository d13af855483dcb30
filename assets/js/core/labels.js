/**
 * Texts that depend on the kind of model. Pure.
 */

import { t } from "./language.js";

/** @typedef {import("./messages.js").Model} Model */

/** A test image's name: its number, and its class where the data have classes. @param {Model} model @param {number} index @param {number} label */
export function imageName({ classes }, index, label) {
  const name = classes[label];
  return name === undefined ? `#${index}` : `#${index} “${name}”`;
}

/** Whether the decoder gets the class as an input. @param {Model} model */
export function isConditional({ codeDim, latentDim }) {
  return codeDim > latentDim;
}

/** The button that draws a random code. @param {Model} model */
export function randomName({ prior }) {
  return prior ? t("Sample prior") : t("Sample code");
}

/** Describe that button. @param {Model} model */
export function randomTitle(model) {
  const without = t("Take the code of a random test image and add noise. A plain autoencoder has no prior to sample");
  const text = model.prior ? model.priorDraw : without;
  return isConditional(model) ? t("{text}; the class does not change (R)", { text }) : `${text} (R)`;
}

/** Describe "Sample posterior", or why it is disabled. @param {Model} model @param {boolean} possible */
export function resampleTitle(model, possible) {
  if (!model.prior) return t("A plain autoencoder encodes an image as one code, without a posterior to sample");
  return possible ? t("Sample a code from the posterior of the test image that you started from") : t("Start from a test image first");
}

/** What the sliders are ordered by. @param {Model} model */
export function orderName({ prior, encodes }) {
  if (!encodes) return t("by effect on the picture");
  return prior ? t("by KL, in nats") : t("by spread of the codes");
}

/**
 * The information that a dimension carries, as a number and in a sentence.
 *
 * @param {Model} model
 * @param {{kl: number, effect: number, spread: number}} dimension
 */
export function carries({ prior, encodes }, { kl, effect, spread }) {
  if (!encodes) {
    const title = t("Moving it from −1 to 1 changes a pixel by {amount} (root mean square, pixels from 0 to 1)", { amount: effect.toFixed(3) });
    return { value: effect, spoken: t("effect {amount}", { amount: effect.toFixed(2) }), title };
  }
  if (!prior) {
    return { value: spread, spoken: t("spread {amount}", { amount: spread.toFixed(2) }), title: t("The codes' standard deviation is {amount}", { amount: spread.toFixed(3) }) };
  }
  const spoken = t("{amount} nats", { amount: kl.toFixed(2) });
  if (prior === "normal") return { value: kl, spoken, title: t("{amount} nats of KL divergence: the information about the image", { amount: kl.toFixed(3) }) };
  return {
    value: kl,
    spoken,
    title: t("{amount} nats of KL divergence from the distribution of this dimension's codes: the information about the image", { amount: kl.toFixed(3) }),
  };
}
