/**
 * The assessment of a picture in words: how typical it is for the data, and how well it is reconstructed. Pure.
 */

import { formatNumber } from "../core/dom.js";
import { isConditional } from "../core/labels.js";

const FEW = 100; // test images: with fewer, percentiles are rough

/** How typical the picture is for the data, however well it is reconstructed. @param {import("../core/messages.js").Reading} reading @returns {{level: "usual" | "edge" | "strange", text: string}} */
export function headline({ unusual, compared }) {
  const strange = compared < FEW ? "edge" : "strange";
  if (unusual >= 99.95) return { level: strange, text: `More unusual than all ${compared.toLocaleString("en")} test images that were compared` };
  if (unusual >= 99) return { level: strange, text: `More unusual than ${unusual.toFixed(1)} % of the test images: probably not of this kind` };
  if (unusual >= 90) return { level: "edge", text: `More unusual than ${Math.round(unusual)} % of the test images: at the edge` };
  if (unusual >= 50) return { level: "usual", text: `Typical for this data, though more unusual than ${Math.round(unusual)} % of the test images` };
  return { level: "usual", text: "Typical for this data" };
}

/** How close the reconstruction is to the picture, however typical it is. @param {import("../core/messages.js").Reading} reading @returns {{level: "good" | "fair" | "poor", text: string}} */
export function quality({ r_squared: rSquared }) {
  const number = `R² ${formatNumber(rSquared, 2)}`;
  if (rSquared >= 0.75) return { level: "good", text: `Well reconstructed (${number})` };
  if (rSquared >= 0.4) return { level: "fair", text: `Partly reconstructed (${number})` };
  return { level: "poor", text: `Poorly reconstructed (${number})` };
}

/** A notice if few test images were compared. @param {number} compared test images */
export function basisWords(compared) {
  return compared < FEW ? `The percentages are rough: they come from only ${compared} test images.` : "";
}

/** The vote of the nearest images. @param {import("../core/messages.js").Reading} reading @param {string[]} classes */
export function voteWords({ vote, votes, nearest }, classes) {
  if (!classes.length) return "";
  return `${votes} of the ${nearest.length} nearest images are “${classes[vote] ?? vote}”`;
}

/** A percentile among the test images. @param {number} percentile */
export function share(percentile) {
  if (percentile >= 99.95) return "more than all";
  if (percentile < 0.05) return "less than all";
  return `more than ${percentile >= 99 ? percentile.toFixed(1) : Math.round(percentile)} %`;
}

/** The ELBO and its parts in nats; for a conditional model, with the inferred class. @param {import("../core/messages.js").Reading} reading @param {import("../core/messages.js").Model} model */
export function boundWords({ log_likelihood: likelihood, kl }, model) {
  const number = (value) => formatNumber(value, 1);
  const y = isConditional(model);
  if (!model.prior) return `log p(x | z${y ? ", y" : ""}) = ${number(likelihood)} nats`;
  return `log p(x${y ? " | y" : ""}) ≥ ${number(likelihood - kl)} = ${number(likelihood)} (reconstruction) − ${number(kl)} (KL) nats`;
}
