/**
 * Two estimators of the gradient d/dμ E[f(z)] with z ~ N(μ, σ²), from single draws (Mohamed et al. 2020, sections 4 and 5). Pure.
 */

/**
 * A function with its derivative, and the exact gradient of its mean.
 *
 * @typedef {object} Target
 * @property {string} name
 * @property {(z: number) => number} f
 * @property {(z: number) => number} slope f'
 * @property {(mean: number, sigma: number) => number} exact d/dμ E[f(z)]
 */

/** @type {Record<string, Target>} */
export const TARGETS = {
  square: { name: "f(z) = (z − 1)²", f: (z) => (z - 1) ** 2, slope: (z) => 2 * (z - 1), exact: (mean) => 2 * (mean - 1) },
  sine: {
    name: "f(z) = sin 3z",
    f: (z) => Math.sin(3 * z),
    slope: (z) => 3 * Math.cos(3 * z),
    exact: (mean, sigma) => 3 * Math.cos(3 * mean) * Math.exp(-4.5 * sigma ** 2),
  },
};

/**
 * The score-function estimator: (f(z) + c) · (z − μ) / σ². A constant c does not change its mean.
 *
 * @param {Target} target
 * @param {number} mean
 * @param {number} sigma
 * @param {number} noise standard normal
 * @param {number} [constant] c
 */
export function scoreFunction({ f }, mean, sigma, noise, constant = 0) {
  return ((f(mean + sigma * noise) + constant) * noise) / sigma;
}

/** The pathwise estimator: f'(μ + σ ε). @param {Target} target @param {number} mean @param {number} sigma @param {number} noise ε */
export function pathwise({ slope }, mean, sigma, noise) {
  return slope(mean + sigma * noise);
}
