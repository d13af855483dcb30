/**
 * Random codes. Samples of a flow prior are stored in the page, in random order.
 */

import { normal } from "../core/walk.js";

const MOVED = 0.25; // standard deviation of the noise as a share of a dimension's spread, as on the Explore page

/**
 * @param {import("./payload.js").Payload["model"]} model
 * @param {{index: number, spread: number}[]} dimensions
 * @param {import("../core/data.js").Codes} codes
 * @param {Float32Array | null} made stored samples of a flow prior
 * @param {() => number} random uniform in [0, 1)
 * @returns {() => Float32Array} the next sample of z
 */
export function drawsOf({ prior, latentDim }, dimensions, codes, made, random = Math.random) {
  if (prior === "normal") return () => Float32Array.from({ length: latentDim }, () => normal(random));
  if (prior) {
    let row = Math.floor((random() * made.length) / latentDim);
    return () => {
      row = (row + 1) % (made.length / latentDim);
      return made.slice(row * latentDim, (row + 1) * latentDim);
    };
  }
  return () => {
    const row = Math.floor(random() * codes.rows) * latentDim;
    const z = codes.means.slice(row, row + latentDim);
    for (const { index, spread } of dimensions) z[index] += MOVED * spread * normal(random);
    return z;
  };
}
