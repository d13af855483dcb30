/**
 * The last source of each model, kept for this browser tab. A retrained model is another one.
 */

/** @typedef {import("../core/messages.js").Model} Model */

/** @type {Map<string, import("./input.js").Kept | null>} */
const sources = new Map();

const keyOf = ({ id, codesUrl, imageShape }) => `${id} ${codesUrl} ${imageShape}`;

/** @param {Model} model @param {import("./input.js").Kept | null} source */
export function keepSource(model, source) {
  sources.set(keyOf(model), source);
}

/** @param {Model} model */
export function keptSource(model) {
  return sources.get(keyOf(model));
}
