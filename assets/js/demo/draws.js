/**
 * Where "Random" leads. A flow's draws were made when the page was: they come in an order of their own.
 */

import { normal } from "../core/walk.js";

const MOVED = 0.25; // of a dimension's spread, as on the Explore page

/**
 * @param {import("./payload.js").Payload["model"]} model
 * @param {{index: number, spread: number}[]} dimensions
 * @param {import("../core/data.js").Codes} codes
 * @param {Float32Array | null} made of a prior that must be computed
 * @param {() => number} random uniform in [0, 1)
 * @returns {() => Float32Array} the next draw of z
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
