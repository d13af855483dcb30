/**
 * Estimates of p(x) = E[p(x | z)] with draws z from the prior: log of the mean of the first n terms. Pure.
 */

import { logNormal } from "./gaussian.js";

/** The log of a mean of exponentials whose terms arrive one by one. */
export class RunningLogMean {
  #largest = -Infinity;
  #sum = 0; // of exp(term − largest)
  terms = 0;

  /** @param {number} term @returns {number} the log of the mean so far */
  add(term) {
    if (term > this.#largest) {
      this.#sum *= Math.exp(this.#largest - term);
      this.#largest = term;
    }
    this.#sum += Math.exp(term - this.#largest);
    this.terms += 1;
    return this.#largest + Math.log(this.#sum / this.terms);
  }

  /** The share of the largest term in the sum. */
  get largestShare() {
    return 1 / this.#sum;
  }
}

/**
 * A model with an exact p(x): z ~ N(0, I), x ~ N(z, width² I), in d dimensions. x has the value `at` in each dimension.
 *
 * @param {number} dimensions
 * @param {number} at
 * @param {number} width
 */
export function linearModel(dimensions, at, width) {
  const spread = Math.sqrt(1 + width ** 2);
  return {
    exact: dimensions * logNormal(at, 0, spread),
    /** log p(x | z) of a draw from the prior. @param {() => number} normal */
    term(normal) {
      let sum = 0;
      for (let i = 0; i < dimensions; i++) sum += logNormal(at, normal(), width);
      return sum;
    },
  };
}
