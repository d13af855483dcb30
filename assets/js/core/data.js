/**
 * The encoded data and its images, fetched over HTTP and cached.
 */

import { failureOf } from "./failure.js";

const KEPT_IMAGES = 600;

/**
 * @typedef {object} Codes
 * @property {number} rows
 * @property {number} dimensions
 * @property {Float32Array} means rows × dimensions
 * @property {Uint16Array} labels
 */

/** @param {ArrayBuffer} buffer response of the server's codes route @returns {Codes} */
export function parseCodes(buffer) {
  const [rows, dimensions] = new Uint32Array(buffer, 0, 2);
  return {
    rows,
    dimensions,
    means: new Float32Array(buffer, 8, rows * dimensions),
    labels: new Uint16Array(buffer, 8 + 4 * rows * dimensions, rows),
  };
}

export class Data {
  /** @type {Promise<Codes> | null} */
  #codes = null;
  /** @type {Map<number, Promise<Uint8Array<ArrayBuffer>>>} by index, least recently used first */
  #images = new Map();

  /** @param {import("./messages.js").Model} model */
  constructor(model) {
    this.model = model;
    this.bytes = model.imageShape.reduce((a, b) => a * b);
  }

  /** @returns {Promise<Codes>} fetched once; fetched again after a failure */
  get codes() {
    this.#codes ??= fetchBytes(this.model.codesUrl)
      .then(parseCodes)
      .catch((error) => {
        this.#codes = null;
        throw error;
      });
    return this.#codes;
  }

  /** @param {number[]} indices of the test split @returns {Promise<Uint8Array<ArrayBuffer>[]>} */
  images(indices) {
    const missing = indices.filter((index) => !this.#images.has(index));
    if (missing.length) {
      const answer = fetchBytes(`${this.model.imagesUrl}&index=${missing.join(",")}`);
      missing.forEach((index, i) => {
        const pixels = answer.then((buffer) => new Uint8Array(buffer, i * this.bytes, this.bytes));
        pixels.catch(() => this.#images.delete(index)); // fetched again next time
        this.#images.set(index, pixels);
      });
    }
    const wanted = indices.map((index) => {
      const pixels = this.#images.get(index);
      this.#images.delete(index);
      this.#images.set(index, pixels);
      return pixels;
    });
    while (this.#images.size > KEPT_IMAGES) this.#images.delete(this.#images.keys().next().value);
    return Promise.all(wanted);
  }

  /** @param {number} index @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async image(index) {
    return (await this.images([index]))[0];
  }

  /** The mean code of all test images. @returns {Promise<Float64Array>} */
  async meanCode() {
    const { means, rows, dimensions } = await this.codes;
    const sum = new Float64Array(dimensions);
    for (let i = 0; i < means.length; i++) sum[i % dimensions] += means[i];
    return sum.map((value) => value / rows);
  }
}

/** @param {string} url @returns {Promise<ArrayBuffer>} */
export async function fetchBytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw await failureOf(response);
  return response.arrayBuffer();
}
