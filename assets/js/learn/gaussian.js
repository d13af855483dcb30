/**
 * Formulas of normal distributions, in nats, as in `vae/models/elbo.py`. Pure.
 */

const LOG_2_PI = Math.log(2 * Math.PI);

/** log N(x; mean, sigma²). @param {number} x @param {number} [mean] @param {number} [sigma] */
export function logNormal(x, mean = 0, sigma = 1) {
  return -0.5 * (((x - mean) / sigma) ** 2 + LOG_2_PI) - Math.log(sigma);
}

/** KL(N(mean, sigma²) ‖ N(0, 1)), closed form (Kingma & Welling 2014, appendix B). @param {number} mean @param {number} sigma */
export function klToPrior(mean, sigma) {
  return 0.5 * (sigma ** 2 + mean ** 2 - 1 - 2 * Math.log(sigma));
}

/** The same with the standard deviation in the place of the log-variance: a mistake. @param {number} mean @param {number} sigma */
export function klWithSigma(mean, sigma) {
  return 0.5 * (Math.exp(sigma) + mean ** 2 - 1 - sigma);
}

/** log q(z) − log p(z) of one draw z: its mean over draws is the KL. @param {number} z @param {number} mean @param {number} sigma */
export function logRatio(z, mean, sigma) {
  return logNormal(z, mean, sigma) - logNormal(z);
}

/** The standard deviation of `logRatio` over draws z ~ N(mean, sigma²). @param {number} mean @param {number} sigma */
export function logRatioSpread(mean, sigma) {
  // With z = mean + sigma e: ½ (sigma² − 1) e² + mean sigma e + constant; e² has the variance 2, and e² and e are uncorrelated.
  return Math.sqrt(0.5 * (sigma ** 2 - 1) ** 2 + (mean * sigma) ** 2);
}

/** log of the mean of exp(values), without overflow. @param {ArrayLike<number>} values */
export function logMeanExp(values) {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - largest);
  return largest + Math.log(sum / values.length);
}

/** @param {ArrayLike<number>} values @returns {{mean: number, sd: number, error: number}} standard deviation and standard error */
export function summary(values) {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  const sd = n > 1 ? Math.sqrt(squares / (n - 1)) : 0;
  return { mean, sd, error: sd / Math.sqrt(n) };
}

/**
 * Uniform numbers in [0, 1) from a seed, the same in every browser (the generator "mulberry32").
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Standard normal numbers from a seed, by the method of Box and Muller.
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function normals(seed) {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
