/**
 * Parsers for the server's comparison of two models. Pure.
 */

import { parseHead } from "../core/head.js";

/**
 * @typedef {object} Matching
 * @property {{a: number, b: number, correlation: number, slope: number}[]} pairs the strongest first
 * @property {number[]} onlyA active dimensions without a partner
 * @property {number[]} onlyB
 * @property {number} share of B's variance that is a linear function of A's codes
 * @property {Float32Array} weights of that function, dimensions of A × dimensions of B
 */

/** @param {ArrayBuffer} buffer @returns {Matching} */
export function parseMatching(buffer) {
  const { head, at } = parseHead(buffer);
  const pairs = head.pairs.map(([a, b, correlation, slope]) => ({ a, b, correlation, slope }));
  return { ...head, pairs, weights: new Float32Array(buffer, at) };
}

/**
 * @typedef {object} Change
 * @property {number} neighbours k
 * @property {number} mean
 * @property {number} standardError
 * @property {number} chance
 * @property {Float32Array} change of each test image, 0…1
 * @property {Uint32Array} order test images, the most changed first
 */

/** @param {ArrayBuffer} buffer @returns {Change} */
export function parseChange(buffer) {
  const { head, at } = parseHead(buffer);
  const count = (buffer.byteLength - at) / 8;
  return { ...head, change: new Float32Array(buffer, at, count), order: new Uint32Array(buffer, at + 4 * count, count) };
}
