/**
 * What depends on the kind of model and is said in words. Pure.
 */

/** @typedef {import("./model.js").Model} Model */

/** A test image's name: its number, and its class where the data have classes. @param {Model} model */
export function imageName({ classes }, index, label) {
  const name = classes[label];
  return name === undefined ? `#${index}` : `#${index} “${name}”`;
}

/** Whether the decoder is told the class. @param {Model} model */
export function isConditional({ codeDim, latentDim }) {
  return codeDim > latentDim;
}

/** What "Random" does. @param {Model} model */
export function randomTitle(model) {
  const without = "The code of a random test image, moved a little: a plain autoencoder has no prior to draw from";
  const text = model.prior ? model.priorDraw : without;
  return `${text}${isConditional(model) ? "; the class stays" : ""} (R)`;
}

/** What "Resample" does, or why it does nothing. @param {Model} model @param {boolean} possible */
export function resampleTitle(model, possible) {
  if (!model.prior) return "A plain autoencoder gives an image one code and no distribution: there is nothing to draw from";
  const text = "Another draw from the posterior of the image you started from";
  return possible ? text : `${text}: start from a test image first`;
}

/** What the sliders are ordered by. @param {Model} model */
export function orderName({ prior, encodes }) {
  if (!encodes) return "by effect on the picture";
  return prior ? "by KL, in nats" : "by spread of the codes";
}

/**
 * What a dimension carries, as a number and in a sentence.
 *
 * @param {Model} model
 * @param {{kl: number, effect: number, spread: number}} dimension
 */
export function carries({ prior, encodes }, { kl, effect, spread }) {
  if (!encodes) {
    const title = `From −1 to 1 it changes a pixel by ${effect.toFixed(3)} (root mean square, pixels from 0 to 1)`;
    return { value: effect, spoken: `effect ${effect.toFixed(2)}`, title };
  }
  if (!prior) {
    return { value: spread, spoken: `spread ${spread.toFixed(2)}`, title: `The codes' standard deviation is ${spread.toFixed(3)}` };
  }
  const spoken = `${kl.toFixed(2)} nats`;
  if (prior === "normal") return { value: kl, spoken, title: `${kl.toFixed(3)} nats of KL: what this dimension tells about the image` };
  return {
    value: kl,
    spoken,
    title: `${kl.toFixed(3)} nats of KL to all the codes together in this dimension: what it tells about the image`,
  };
}
