/**
 * The decoder: codes → pixels, in the browser.
 */

import { Network } from "./network.js";
import { elementwise } from "./activations.js";

/** The mean of each likelihood (`mean_form` of `vae.kinds.likelihoods`): decoder output → picture in [0, 1]. */
const MEANS = {
  none: () => {}, // an imported decoder returns the picture
  sigmoid: elementwise((logit) => 1 / (1 + Math.exp(-logit))),
  "continuous-bernoulli": elementwise((logit) => {
    if (Math.abs(logit) < 0.1) return 0.5 + logit / 12; // where the formula is 0 / 0, its Taylor series
    return 0.5 / Math.tanh(logit / 2) + 0.5 - 1 / logit;
  }),
};

/** @typedef {keyof typeof MEANS} Mean */

export class Decoder {
  /** Decoding time of the last picture. */
  milliseconds = NaN;

  /**
   * @param {import("./network.js").Graph} graph
   * @param {Record<string, Float32Array>} weights
   * @param {Mean} mean
   */
  constructor(graph, weights, mean) {
    this.network = new Network(graph, weights);
    this.mean = MEANS[mean];
    this.pixels = new Uint8ClampedArray(this.network.output.length);
  }

  /** Decode a few times, so that the browser compiles the code: the first pictures take ten times as long. */
  warmUp(milliseconds = 80) {
    const until = performance.now() + milliseconds;
    for (let run = 0; run < 20 && performance.now() < until; run++) this.decode(this.network.input);
  }

  /** @param {ArrayLike<number>} code @returns {Float32Array} the picture, in [0, 1]; overwritten by the next call */
  picture(code) {
    const picture = this.network.run(code);
    this.mean(picture);
    return picture;
  }

  /** @param {ArrayLike<number>} code @returns {Uint8ClampedArray} h × w × channels, overwritten by the next call */
  decode(code) {
    const started = performance.now();
    const picture = this.picture(code);
    for (let i = 0; i < picture.length; i++) this.pixels[i] = 255 * picture[i]; // a clamped array rounds
    this.milliseconds = performance.now() - started;
    return this.pixels;
  }
}
