/**
 * Planes through a latent space of more than two dimensions: two orthonormal directions from an origin. Pure.
 */

/** @typedef {{origin: ArrayLike<number>, axes: [ArrayLike<number>, ArrayLike<number>]}} Axes */

/** The plane of two dimensions. @param {number} width of z @param {number} x @param {number} y @returns {Axes} */
export function dimensionAxes(width, x, y) {
  const unit = (at) => Float32Array.from({ length: width }, (_, i) => Number(i === at));
  return { origin: new Float32Array(width), axes: [unit(x), unit(y)] };
}

/** The position of a code. @param {Axes} plane @param {ArrayLike<number>} z @param {number} [at] where in z it begins @returns {[number, number]} */
export function placeOn({ origin, axes }, z, at = 0) {
  /** @type {[number, number]} */
  const place = [0, 0];
  for (let i = 0; i < origin.length; i++) {
    place[0] += (z[at + i] - origin[i]) * axes[0][i];
    place[1] += (z[at + i] - origin[i]) * axes[1][i];
  }
  return place;
}

/** The code at a position: z, changed within the plane only. @param {Axes} plane @param {ArrayLike<number>} z @param {number[]} place */
export function moveTo(plane, z, [x, y]) {
  const [fromX, fromY] = placeOn(plane, z);
  return Float32Array.from(plane.origin, (_, i) => z[i] + (x - fromX) * plane.axes[0][i] + (y - fromY) * plane.axes[1][i]);
}

/** @param {Axes} plane @param {import("../core/data.js").Codes} codes @returns {Float32Array} rows × 2 */
export function placesOn(plane, { means, rows, dimensions }) {
  const places = new Float32Array(2 * rows);
  for (let row = 0; row < rows; row++) places.set(placeOn(plane, means, row * dimensions), 2 * row);
  return places;
}
