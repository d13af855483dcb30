/**
 * The images of a map's points: name, code, pixels.
 */

import { fetchBytes } from "../core/data.js";
import { SPLITS, splitNames } from "../core/points.js";

export class PointImages {
  /**
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/points.js").Points} points
   * @param {import("../core/data.js").Data} data of the test split
   * @param {string} url of the images of a split, with SPLIT for its name
   */
  constructor(model, points, data, url) {
    this.model = model;
    this.points = points;
    this.data = data;
    this.url = url;
  }

  /** @param {number} index @returns {Float32Array} */
  codeOf(index) {
    const { latentDim, codeDim } = this.model;
    const code = new Float32Array(codeDim);
    code.set(this.points.codes.subarray(index * latentDim, (index + 1) * latentDim));
    if (codeDim > latentDim) code[latentDim + this.points.labels[index]] = 1;
    return code;
  }

  /** @param {number} index @returns {Promise<Uint8Array>} */
  async imageOf(index) {
    const { splits, rows } = this.points;
    if (splits[index] === 0) return this.data.image(rows[index]);
    return new Uint8Array(await fetchBytes(`${this.url.replace("SPLIT", SPLITS[splits[index]])}&index=${rows[index]}`));
  }

  /** @param {number} index */
  nameOf(index) {
    const { splits, rows, labels } = this.points;
    const name = this.model.classes[labels[index]];
    return `${name === undefined ? "" : `“${name}” · `}${splitNames()[splits[index]]} #${rows[index]}`;
  }
}
