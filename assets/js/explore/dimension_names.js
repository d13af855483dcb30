/**
 * Names of dimensions: suggested from how the picture changes along each, or given by the user. This browser keeps the
 * user's names.
 */

import { Operation } from "../core/protocol.js";
import { browserStorage } from "../core/storage.js";
import { featureTitle, meaningOf, measurePicture, spreadOf } from "../core/picture_features.js";

const LANE = 6; // later than what is seen
const STARTS = 6; // test images that a dimension is varied from
const PREFIX = "zscope-names/";
const LONGEST = 24; // characters

export class DimensionNames extends EventTarget {
  /** @type {Record<string, string>} by the dimension's index */
  #given = {};
  /** @type {Record<string, string>} */
  #suggested = {};

  /** @param {import("../core/messages.js").Model} model @param {Pick<Storage, "getItem" | "setItem">} [storage] */
  constructor(model, storage = browserStorage()) {
    super();
    this.model = model;
    this.storage = storage;
    try {
      this.#given = JSON.parse(storage.getItem(PREFIX + model.id) ?? "{}") ?? {};
    } catch {
      this.#given = {}; // damaged, or the browser allows no storage
    }
  }

  /** The name of a dimension, "" without one. @param {number} index */
  of(index) {
    return String(this.#given[index] ?? this.#suggested[index] ?? "").slice(0, LONGEST);
  }

  /** Whether the user has named it. @param {number} index */
  isGiven(index) {
    return index in this.#given;
  }

  /** Name a dimension; "" returns to the suggestion. @param {number} index @param {string} name */
  give(index, name) {
    if (name.trim()) this.#given[index] = name.trim().slice(0, LONGEST);
    else delete this.#given[index];
    try {
      this.storage.setItem(PREFIX + this.model.id, JSON.stringify(this.#given));
    } catch {
      // The name stays until the page is left.
    }
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Suggest names: decode some test images with each dimension at both ends of its usual range.
   *
   * @param {import("../core/channel.js").LiveChannel} channel
   * @param {import("../core/messages.js").Dimension[]} dimensions
   * @param {Promise<import("../core/data.js").Codes>} known codes of the test images
   */
  async suggest(channel, dimensions, known) {
    const { means, rows, labels } = await known;
    const { latentDim, codeDim } = this.model;
    const active = dimensions.filter((dimension) => dimension.active);
    const starts = Array.from({ length: STARTS }, (_, i) => Math.floor(((i + 0.5) * rows) / STARTS));
    const perRequest = Math.max(1, Math.floor(this.model.decodeRows / (2 * STARTS)));
    const typical = await this.#typical(channel, starts, means, labels, rows);
    for (let first = 0; first < active.length; first += perRequest) {
      const some = active.slice(first, first + perRequest);
      const codes = new Float32Array(some.length * 2 * STARTS * codeDim);
      some.forEach(({ index, median, spread }, k) => {
        for (let s = 0; s < 2 * STARTS; s++) {
          const at = (k * 2 * STARTS + s) * codeDim;
          writeCode(codes, at, means, starts[s % STARTS], labels, latentDim, codeDim);
          codes[at + index] = median + (s < STARTS ? -1.5 : 1.5) * spread;
        }
      });
      const pictures = await this.#decode(channel, codes);
      some.forEach(({ index }, k) => {
        const own = pictures.slice(k * 2 * STARTS, (k + 1) * 2 * STARTS);
        this.#suggested[index] = featureTitle(meaningOf(own.slice(0, STARTS), own.slice(STARTS), typical));
      });
      this.dispatchEvent(new Event("change"));
    }
  }

  /** How much each feature varies among decoded test images. */
  async #typical(channel, starts, means, labels, rows) {
    const { latentDim, codeDim, decodeRows } = this.model;
    const count = Math.min(rows, decodeRows, 64);
    const codes = new Float32Array(count * codeDim);
    for (let i = 0; i < count; i++) writeCode(codes, i * codeDim, means, Math.floor((i * rows) / count), labels, latentDim, codeDim);
    return spreadOf(await this.#decode(channel, codes));
  }

  /** @param {import("../core/channel.js").LiveChannel} channel @param {Float32Array} codes @returns {Promise<ReturnType<typeof measurePicture>[]>} */
  #decode(channel, codes) {
    const rows = codes.length / this.model.codeDim;
    return new Promise((resolve) => {
      channel.ask(Operation.DECODE, LANE, rows, codes, ({ body }) => {
        const size = body.length / rows;
        resolve(Array.from({ length: rows }, (_, i) => measurePicture(body.subarray(i * size, (i + 1) * size), this.model.imageShape)));
      });
    });
  }
}

/** Write the code of a test image, with its class for a conditional model. */
function writeCode(codes, at, means, image, labels, latentDim, codeDim) {
  for (let i = 0; i < latentDim; i++) codes[at + i] = means[image * latentDim + i];
  if (labels[image] < codeDim - latentDim) codes[at + latentDim + labels[image]] = 1;
}
