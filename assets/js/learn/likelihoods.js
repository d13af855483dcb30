/**
 * log p(x | z) of one pixel, in nats, as in `vae/models/likelihoods.py`. Pure.
 */

import { logNormal } from "./gaussian.js";

/** Bernoulli, or the cross-entropy of a grey level; m in (0, 1). @param {number} x @param {number} m */
export function logBernoulli(x, m) {
  return x * Math.log(m) + (1 - x) * Math.log(1 - m);
}

/** @param {number} x @param {number} m @param {number} sigma */
export function logGaussian(x, m, sigma) {
  return logNormal(x, m, sigma);
}

/** @param {number} x @param {number} m the median @param {number} b scale */
export function logLaplace(x, m, b) {
  return -Math.abs(x - m) / b - Math.log(2 * b);
}

/** The same without the factor ½: a mistake. @param {number} x @param {number} m @param {number} b */
export function logLaplaceWithoutHalf(x, m, b) {
  return -Math.abs(x - m) / b - Math.log(b);
}

/** log p(x | z) of a Bernoulli decoder, summed over pixels. @param {ArrayLike<number>} x in [0, 1] @param {ArrayLike<number>} logits */
export function logBernoulliOf(x, logits) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const logit = logits[i];
    // softplus without overflow
    sum += x[i] * logit - Math.max(logit, 0) - Math.log1p(Math.exp(-Math.abs(logit)));
  }
  return sum;
}

/** The area below exp(logDensity), by the trapezoidal rule. @param {(x: number) => number} logDensity @param {number} from @param {number} to */
export function area(logDensity, from, to, steps = 4000) {
  const width = (to - from) / steps;
  let sum = (Math.exp(logDensity(from)) + Math.exp(logDensity(to))) / 2;
  for (let i = 1; i < steps; i++) sum += Math.exp(logDensity(from + i * width));
  return sum * width;
}
