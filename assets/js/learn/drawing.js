/**
 * Ways to draw a code from μ, σ and noise: the right one, and mistakes of tutorials. Pure.
 */

/** @typedef {"right" | "without-mean" | "variance" | "tied" | "sigma-of-mean"} Form */

/** σ as a tutorial computes it from the mean: exp(½ (μ − log 1e−8)) = 10,000 exp(½ μ). @param {number} mean */
export function sigmaOfMean(mean) {
  return Math.exp(0.5 * (mean - Math.log(1e-8)));
}

/**
 * @param {Form} form
 * @param {number[]} mean
 * @param {number} sigma
 * @param {number[]} noise ε
 * @returns {number[]} z
 */
export function drawCode(form, mean, sigma, noise) {
  switch (form) {
    case "without-mean":
      return noise.map((e) => sigma * e);
    case "variance":
      return mean.map((m, i) => m + sigma ** 2 * noise[i]);
    case "tied": // log σ² = μ, whatever σ should be
      return mean.map((m, i) => m + Math.exp(m / 2) * noise[i]);
    case "sigma-of-mean":
      return mean.map((m, i) => m + sigmaOfMean(m) * noise[i]);
    default:
      return mean.map((m, i) => m + sigma * noise[i]);
  }
}
