/**
 * Random codes: samples of the model's prior, which the server draws. For a plain autoencoder, which has no prior, noise is
 * added to the code of a random image.
 */

import { fetchBytes } from "./data.js";
import { normal } from "./walk.js";

const SEEDS = 2 ** 20; // the server's limit
const LOW = 64; // samples left when more are fetched: enough until they arrive
const MOVED = 0.25; // standard deviation of the noise, as a share of a dimension's spread: the picture changes, but stays close to the data

export class PriorDraws {
  /** @type {Float32Array[]} */
  #queue = [];
  /** @type {Promise<void> | null} */
  #fetching = null;
  #seed;

  /**
   * @param {string} url of the prior's route, with a query
   * @param {number} latentDim
   * @param {{random?: () => number, fetch?: (url: string) => Promise<ArrayBuffer>}} [means] for tests
   */
  constructor(url, latentDim, { random = Math.random, fetch = fetchBytes } = {}) {
    this.url = url;
    this.latentDim = latentDim;
    this.fetch = fetch;
    this.#seed = Math.floor(random() * SEEDS); // each page load gets other samples
  }

  /** Fetch some now, so that the first sample does not wait. */
  prepare() {
    this.#more().catch(() => {}); // `next` tries again and reports the error
  }

  /** Return a new sample of z; none is returned twice. @returns {Promise<Float32Array>} */
  async next() {
    while (!this.#queue.length) await this.#more();
    const z = this.#queue.shift();
    if (this.#queue.length < LOW) this.prepare();
    return z;
  }

  #more() {
    this.#fetching ??= this.fetch(`${this.url}&seed=${this.#seed}`)
      .then((buffer) => {
        this.#seed = (this.#seed + 1) % SEEDS;
        const values = new Float32Array(buffer);
        for (let i = 0; i < values.length; i += this.latentDim) this.#queue.push(values.slice(i, i + this.latentDim));
      })
      .finally(() => (this.#fetching = null));
    return this.#fetching;
  }
}

export class DataDraws {
  /**
   * @param {import("./data.js").Data} data
   * @param {{index: number, spread: number}[]} dimensions
   * @param {() => number} random
   */
  constructor(data, dimensions, random = Math.random) {
    this.data = data;
    this.dimensions = dimensions;
    this.random = random;
  }

  prepare() {}

  /** @returns {Promise<Float32Array>} */
  async next() {
    const { means, rows, dimensions: width } = await this.data.codes;
    const row = Math.floor(this.random() * rows) * width;
    const z = means.slice(row, row + width);
    for (const { index, spread } of this.dimensions) z[index] += MOVED * spread * normal(this.random);
    return z;
  }
}
