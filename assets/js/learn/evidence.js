/**
 * ELBO, log p(x) and the true posterior of one image under a decoder with two dimensions. Pure: the decoder is a function.
 */

import { klToPrior, logMeanExp, logNormal } from "./gaussian.js";
import { hermite } from "./quadrature.js";

const NODES = 7; // of the quadrature, in each dimension
const { nodes, weights } = hermite(NODES);

export const FARTHEST = 3; // largest mean of q
/** @type {[number, number]} */
export const WIDTHS = [0.01, 1.5]; // smallest and largest σ of q

/** @typedef {(z: ArrayLike<number>) => number} LogLikelihood log p(x | z), in nats */
/** @typedef {{mean: number[], sigma: number[]}} Posterior N(mean, diag sigma²) */

/**
 * The ELBO with its two terms: the expectation by 7 × 7 points of Gauss–Hermite quadrature, the KL in closed form.
 *
 * @param {LogLikelihood} logLikelihood
 * @param {Posterior} q
 */
export function elboOf(logLikelihood, { mean, sigma }) {
  const z = new Float32Array(2);
  let reconstruction = 0;
  for (let i = 0; i < NODES; i++) {
    for (let j = 0; j < NODES; j++) {
      z[0] = mean[0] + sigma[0] * nodes[i];
      z[1] = mean[1] + sigma[1] * nodes[j];
      reconstruction += weights[i] * weights[j] * logLikelihood(z);
    }
  }
  const kl = klToPrior(mean[0], sigma[0]) + klToPrior(mean[1], sigma[1]);
  return { reconstruction, kl, elbo: reconstruction - kl };
}

/** Square of places around a centre, for sums over the plane. */
export class Grid {
  /** @param {number[]} centre @param {number} half @param {number} count along each side */
  constructor(centre, half, count) {
    this.centre = centre;
    this.half = half;
    this.count = count;
    this.cell = (2 * half) / count;
  }

  /** The middle of a cell. @param {number} index @returns {[number, number]} */
  place(index) {
    const [row, column] = [Math.floor(index / this.count), index % this.count];
    return [this.centre[0] - this.half + (column + 0.5) * this.cell, this.centre[1] + this.half - (row + 0.5) * this.cell];
  }
}

/**
 * log p(x) as a sum over the cells of a grid that contains the posterior.
 *
 * @param {Grid} grid
 * @param {ArrayLike<number>} logJoint log p(x | z) + log p(z) in each cell
 */
export function logEvidenceOn(grid, logJoint) {
  return logMeanExp(logJoint) + Math.log(logJoint.length) + 2 * Math.log(grid.cell);
}

/**
 * The square that shows a posterior and the encoder's mean.
 *
 * @param {number[]} mean
 * @param {number[]} sigma
 * @param {number[]} encoded
 */
export function windowOf(mean, sigma, encoded) {
  const away = Math.max(...mean.map((value, i) => Math.abs(value - encoded[i])));
  return { centre: mean, half: Math.min(3, Math.max(0.4, 6 * Math.max(...sigma), 1.3 * away)) };
}

/** @param {LogLikelihood} logLikelihood @param {[number, number]} z */
export function logJointAt(logLikelihood, z) {
  return logLikelihood(z) + logNormal(z[0]) + logNormal(z[1]);
}

/**
 * One step of gradient ascent in mean and log σ, by central differences.
 *
 * @param {(q: Posterior) => number} aim what to maximise
 * @param {Posterior} q
 * @param {number} rate relative to the width of q
 * @returns {Posterior}
 */
export function ascend(aim, { mean, sigma }, rate) {
  const values = [mean[0], mean[1], Math.log(sigma[0]), Math.log(sigma[1])];
  const scales = [sigma[0], sigma[1], 1, 1];
  const at = (all) => aim({ mean: [all[0], all[1]], sigma: [Math.exp(all[2]), Math.exp(all[3])] });
  const moved = values.map((value, i) => {
    const step = 0.05 * scales[i];
    const [up, down] = [1, -1].map((way) => at(values.map((other, j) => (j === i ? other + way * step : other))));
    const slope = ((up - down) / (2 * step)) * scales[i]; // for a step of one width
    return value + Math.min(0.3, Math.max(-0.3, rate * slope)) * scales[i];
  });
  return { mean: moved.slice(0, 2).map((value) => within(value, -FARTHEST, FARTHEST)), sigma: moved.slice(2).map((value) => within(Math.exp(value), ...WIDTHS)) };
}

function within(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
