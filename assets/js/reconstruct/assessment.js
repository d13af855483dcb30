/**
 * The assessment of a picture in words: how typical it is for the data, and how well it is reconstructed. Pure.
 */

import { formatNumber } from "../core/dom.js";
import { isConditional } from "../core/labels.js";
import { formatCount, t } from "../core/language.js";

const FEW = 100; // test images: with fewer, percentiles are rough

/** How typical the picture is for the data, however well it is reconstructed. @param {import("../core/messages.js").Reading} reading @returns {{level: "usual" | "edge" | "strange", text: string}} */
export function headline({ unusual, compared }) {
  const strange = compared < FEW ? "edge" : "strange";
  if (unusual >= 99.95) return { level: strange, text: t("More unusual than all {n} test images that were compared", { n: formatCount(compared) }) };
  if (unusual >= 99) return { level: strange, text: t("More unusual than {share} % of the test images: probably not of this kind", { share: unusual.toFixed(1) }) };
  if (unusual >= 90) return { level: "edge", text: t("More unusual than {share} % of the test images: at the edge", { share: Math.round(unusual) }) };
  if (unusual >= 50) return { level: "usual", text: t("Typical for this data, though more unusual than {share} % of the test images", { share: Math.round(unusual) }) };
  return { level: "usual", text: t("Typical for this data") };
}

/** How close the reconstruction is to the picture, however typical it is. @param {import("../core/messages.js").Reading} reading @returns {{level: "good" | "fair" | "poor", text: string}} */
export function quality({ r_squared: rSquared }) {
  const number = `R² ${formatNumber(rSquared, 2)}`;
  if (rSquared >= 0.75) return { level: "good", text: t("Well reconstructed ({number})", { number }) };
  if (rSquared >= 0.4) return { level: "fair", text: t("Partly reconstructed ({number})", { number }) };
  return { level: "poor", text: t("Poorly reconstructed ({number})", { number }) };
}

/** A notice if few test images were compared. @param {number} compared test images */
export function basisWords(compared) {
  return compared < FEW ? t("The percentages are rough: they come from only {n} test images.", { n: compared }) : "";
}

/** The vote of the nearest images. @param {import("../core/messages.js").Reading} reading @param {string[]} classes */
export function voteWords({ vote, votes, nearest }, classes) {
  if (!classes.length) return "";
  return t("{votes} of the {n} nearest images are “{name}”", { votes, n: nearest.length, name: classes[vote] ?? vote });
}

/** A percentile among the test images. @param {number} percentile */
export function share(percentile) {
  if (percentile >= 99.95) return t("more than all");
  if (percentile < 0.05) return t("less than all");
  return t("more than {share} %", { share: percentile >= 99 ? percentile.toFixed(1) : Math.round(percentile) });
}

/** The ELBO and its parts in nats; for a conditional model, with the inferred class. @param {import("../core/messages.js").Reading} reading @param {import("../core/messages.js").Model} model */
export function boundWords({ log_likelihood: likelihood, kl }, model) {
  const number = (value) => formatNumber(value, 1);
  const y = isConditional(model);
  if (!model.prior) return t("{density} = {value} nats", { density: y ? "log p(x | z, y)" : "log p(x | z)", value: number(likelihood) });
  const values = { density: y ? "log p(x | y)" : "log p(x)", bound: number(likelihood - kl), likelihood: number(likelihood), kl: number(kl) };
  return t("{density} ≥ {bound} = {likelihood} (reconstruction) − {kl} (KL) nats", values);
}
