/**
 * The points of a map, as the server's map route sends them.
 */

import { parseHead } from "./head.js";
import { t } from "./language.js";

/**
 * @typedef {object} Points
 * @property {number} count
 * @property {number} dimensions
 * @property {number} components coordinates of a point: 2 or 3
 * @property {number} total images there are; more than `count` where a sample was taken
 * @property {number[] | null} shares of variance that each axis of a linear map explains
 * @property {number[][] | null} axes of a linear map, orthonormal, components × dimensions
 * @property {Float32Array} places count × components
 * @property {Float32Array} error per pixel, of the reconstruction
 * @property {Float32Array} elbo nats; NaN without one
 * @property {Float32Array} distance percentile
 * @property {Float32Array} codes count × dimensions
 * @property {Uint32Array} rows in their split
 * @property {Uint16Array} labels
 * @property {Uint8Array} splits 0 test, 1 train, 2 validation
 */

export const SPLITS = ["test", "train", "validation"];

/** Their names in the language of the page. */
export function splitNames() {
  return [t("test"), t("train"), t("validation")];
}

/** @param {ArrayBuffer} buffer @returns {Points} */
export function parsePoints(buffer) {
  /** @type {{head: import("./messages.js").PointsHead, at: number}} */
  const { head, at: start } = parseHead(buffer);
  const { points: count, dimensions, components } = head;
  let at = start;
  const block = (Kind, size) => {
    const array = new Kind(buffer, at, size);
    at += array.byteLength;
    return array;
  };
  return {
    count,
    dimensions,
    components,
    total: head.total,
    shares: head.shares,
    axes: head.axes,
    places: block(Float32Array, components * count),
    error: block(Float32Array, count),
    elbo: block(Float32Array, count),
    distance: block(Float32Array, count),
    codes: block(Float32Array, count * dimensions),
    rows: block(Uint32Array, count),
    labels: block(Uint16Array, count),
    splits: block(Uint8Array, count),
  };
}

/**
 * The density of the points, as the server's density route sends it.
 *
 * @param {ArrayBuffer} buffer
 * @returns {{x: Float32Array, y: Float32Array, z: Float32Array[]}} middles of columns and rows; rows of shares, 0…1
 */
export function parseDensity(buffer) {
  const [columns, rows] = new Uint32Array(buffer, 0, 2);
  const values = new Float32Array(buffer, 8);
  const z = Array.from({ length: rows }, (_, row) => values.subarray(columns + rows + row * columns, columns + rows + (row + 1) * columns));
  return { x: values.subarray(0, columns), y: values.subarray(columns, columns + rows), z };
}

/** The bounding box of all points, of their first two coordinates. @param {Float32Array} places @param {number} [components] coordinates of a point @returns {{x: [number, number], y: [number, number]}} */
export function extent(places, components = 2) {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < places.length; i += components) {
    const [x, y] = [places[i], places[i + 1]];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < low) low = y;
    if (y > high) high = y;
  }
  return { x: [left, right], y: [low, high] };
}

/** The points inside a polygon. @param {Float32Array} places @param {number[]} xs @param {number[]} ys */
export function inside(places, xs, ys) {
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const found = [];
  for (let i = 0; i < places.length / 2; i++) {
    const x = places[2 * i];
    const y = places[2 * i + 1];
    if (x < left || x > right || y < low || y > high) continue;
    let within = false; // even-odd rule
    for (let a = 0, b = xs.length - 1; a < xs.length; b = a++) {
      if (ys[a] > y !== ys[b] > y && x < ((xs[b] - xs[a]) * (y - ys[a])) / (ys[b] - ys[a]) + xs[a]) within = !within;
    }
    if (within) found.push(i);
  }
  return found;
}

/**
 * One σ of a diagonal normal, seen on a plane: the ellipse of the covariance A diag(σ²) Aᵀ.
 *
 * @param {number[][]} axes A, 2 × dimensions
 * @param {ArrayLike<number>} sigma
 * @returns {[number, number, number]} longer and shorter semi-axis, and the longer one's angle from x, in radians
 */
export function ellipseOf([across, up], sigma) {
  let [xx, xy, yy] = [0, 0, 0];
  for (let d = 0; d < sigma.length; d++) {
    const variance = sigma[d] ** 2;
    xx += across[d] ** 2 * variance;
    xy += across[d] * up[d] * variance;
    yy += up[d] ** 2 * variance;
  }
  const middle = (xx + yy) / 2;
  const apart = Math.hypot((xx - yy) / 2, xy);
  return [Math.sqrt(middle + apart), Math.sqrt(Math.max(0, middle - apart)), Math.atan2(2 * xy, xx - yy) / 2];
}

/** The index of a test image's point, or -1. @param {Points} points @param {number} row of the test split */
export function indexOfTest({ count, splits, rows }, row) {
  for (let i = 0; i < count; i++) if (splits[i] === 0 && rows[i] === row) return i;
  return -1;
}

/** The index of the image whose code is closest to its neighbours. @param {Points} points */
export function typicalIndex({ count, distance }) {
  let best = 0;
  for (let i = 0; i < count; i++) if (distance[i] < distance[best]) best = i;
  return best;
}
