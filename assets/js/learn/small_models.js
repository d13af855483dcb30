/**
 * The small models of the Learn page: their measured figures, codes, pictures and networks. `python -m docs.learn_models`
 * writes the files.
 */

import { t } from "../core/language.js";
import { Decoder } from "../demo/decoder.js";
import { Network } from "../demo/network.js";
import { readTensors } from "./tensors.js";

/** @typedef {import("./tensors.js").Tensor} Tensor */

/**
 * @typedef {object} Entry a model in models.json
 * @property {number} latentDim
 * @property {string} likelihood
 * @property {Record<string, any>} training
 * @property {Record<string, number[]>} figures [value, standard error], or a value for each dimension
 * @property {import("../demo/network.js").Graph} [graph] of the decoder
 * @property {import("../demo/network.js").Graph} [encoder]
 * @property {number} [width] of the likelihood
 * @property {number[]} [logEvidence] log p(x) of the chosen test images, in black and white
 * @property {number[][]} [posteriorMean] of their true posteriors
 * @property {number[][]} [posteriorSigma]
 */

/**
 * @typedef {object} Film
 * @property {number} grid
 * @property {number} half
 * @property {number} columns
 * @property {number} images
 * @property {number[]} step
 * @property {number[]} elbo
 * @property {number[]} reconstruction
 * @property {number[]} kl
 */

/** @typedef {{images: number[], testImages: number, models: Record<string, Entry>, film: Film}} LearnDocument */

export const SIDE = 28;
/** @type {[number, number, number]} */
export const SHAPE = [SIDE, SIDE, 1];
export const SIZE = SIDE * SIDE;

/** Files of `assets/learn`, each loaded once. */
export class LearnFiles {
  #loading = new Map();

  /** @param {string} url of the folder */
  constructor(url) {
    this.url = url;
  }

  /** @returns {Promise<LearnDocument>} */
  document() {
    return this.#once("models.json", (answer) => answer.json());
  }

  /** @param {string} name @returns {Promise<Record<string, Tensor>>} */
  tensors(name) {
    return this.#once(`${name}.safetensors`, async (answer) => readTensors(await answer.arrayBuffer()));
  }

  /** @param {string} key @returns {Promise<SmallModel>} */
  async model(key) {
    const [{ models }, tensors] = await Promise.all([this.document(), this.tensors(key)]);
    return new SmallModel(key, models[key], tensors);
  }

  /** The first test image of each class, and the labels of the images with codes. @returns {Promise<{images: Uint8Array[], labels: Uint8Array}>} */
  async test() {
    const { images, labels } = await this.tensors("test");
    return { images: split(images), labels: /** @type {Uint8Array} */ (labels.data) };
  }

  #once(name, read) {
    if (!this.#loading.has(name)) {
      const loading = fetch(`${this.url}/${name}`).then((answer) => {
        if (!answer.ok) throw new Error(t("The server can't send {name} (status {status})", { name, status: answer.status }));
        return read(answer);
      });
      this.#loading.set(name, loading);
    }
    return this.#loading.get(name);
  }
}

export class SmallModel {
  #logits;
  #heads;

  /** @param {string} key @param {Entry} entry @param {Record<string, Tensor>} tensors */
  constructor(key, entry, tensors) {
    this.key = key;
    this.entry = entry;
    this.figures = entry.figures;
    this.tensors = tensors;
    if (entry.graph) {
      this.decoder = new Decoder(entry.graph, partOf(tensors, "decoder"), "sigmoid");
      this.#logits = this.decoder.network;
    }
  }

  /** The codes of the test images. @returns {import("../core/data.js").Codes} @param {Uint8Array} labels */
  codes(labels) {
    const means = /** @type {Float32Array} */ (this.tensors.z_mean.data);
    return { rows: labels.length, dimensions: this.entry.latentDim, means, labels: Uint16Array.from(labels) };
  }

  /** Mean and standard deviation of q(z | x) of a chosen test image. @param {number} index @returns {{mean: number[], sigma: number[]}} */
  posterior(index) {
    const { latentDim } = this.entry;
    const row = (name) => Array.from(this.tensors[name].data.subarray(index * latentDim, (index + 1) * latentDim));
    return { mean: row("chosen_mean"), sigma: row("chosen_log_var").map((value) => Math.exp(value / 2)) };
  }

  /** @returns {Uint8Array[]} of the chosen test images */
  get reconstructions() {
    return split(this.tensors.reconstructions);
  }

  /** @returns {Uint8Array[]} decoded from samples of N(0, I) */
  get draws() {
    return split(this.tensors.draws);
  }

  /** @param {ArrayLike<number>} z @returns {Uint8ClampedArray} overwritten by the next call */
  decode(z) {
    return this.decoder.decode(z);
  }

  /** @param {ArrayLike<number>} z @returns {Float32Array} overwritten by the next call */
  logits(z) {
    return this.#logits.run(z);
  }

  /** Encode a picture. @param {ArrayLike<number>} x in [0, 1] @returns {{mean: number[], sigma: number[]}} */
  encode(x) {
    const { encoder } = this.entry;
    const weights = partOf(this.tensors, "encoder");
    this.#heads ??= ["z_mean", "z_log_var"].map((output) => new Network({ ...encoder, output }, weights));
    const [mean, logVar] = this.#heads.map((head) => Array.from(head.run(x)));
    return { mean, sigma: logVar.map((value) => Math.exp(value / 2)) };
  }
}

function partOf(tensors, part) {
  const start = `${part}/`;
  const named = Object.entries(tensors).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(named.map(([name, { data }]) => [name.slice(start.length), data]));
}

/** @param {Tensor} pictures n × 28 × 28 @returns {Uint8Array[]} */
function split({ shape: [count], data }) {
  return Array.from({ length: count }, (_, i) => /** @type {Uint8Array} */ (data).subarray(i * SIZE, (i + 1) * SIZE));
}
