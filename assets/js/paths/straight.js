/**
 * Paths that depend on their two ends only, computed in the browser as in `vae/latent/paths/straight.py` and `corners.py`.
 * Pure. A code is z, followed by the class weights of a conditional model, which are interpolated linearly.
 */

import { BEFORE, SAMPLES } from "./path.js";

const NEARLY = 1e-6; // radians: below it, an arc is its chord

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} t @returns {Float32Array} a + t (b − a) */
export function linear(a, b, t) {
  return Float32Array.from(a, (value, i) => (1 - t) * value + t * b[i]);
}

/**
 * Slerp of the directions (Shoemake 1985) with interpolated radius. A code at 0 takes the other's direction. For opposite codes
 * the great circle passes through the axis of their smallest component.
 *
 * @param {Float32Array} a z
 * @param {Float32Array} b z
 * @returns {(t: number) => Float32Array}
 */
export function slerp(a, b) {
  const straight = (t) => linear(a, b, t);
  const [ra, rb] = [Math.hypot(...a), Math.hypot(...b)];
  if (!ra || !rb || a.length === 1) return straight;
  const from = Float64Array.from(a, (value) => value / ra);
  const to = Float64Array.from(b, (value) => value / rb);
  // By half-angles: arccos is inaccurate for small and for nearly opposite angles.
  const angle = 2 * Math.atan2(Math.hypot(...from.map((value, i) => value - to[i])), Math.hypot(...from.map((value, i) => value + to[i])));
  if (angle < NEARLY) return straight;
  let aim = to;
  if (Math.PI - angle < NEARLY) {
    const least = from.reduce((best, value, i) => (Math.abs(value) < Math.abs(from[best]) ? i : best), 0);
    aim = from.map((_, i) => Number(i === least));
  }
  const along = aim.reduce((sum, value, i) => sum + value * from[i], 0);
  const beside = aim.map((value, i) => value - along * from[i]);
  const length = Math.hypot(...beside);
  return (t) => {
    if (t === 0) return Float32Array.from(a);
    if (t === 1) return Float32Array.from(b);
    const radius = Math.max((1 - t) * ra + t * rb, 0);
    const [cos, sin] = [Math.cos(t * angle), Math.sin(t * angle)];
    return Float32Array.from(from, (value, i) => radius * (cos * value + (sin * beside[i]) / length));
  };
}

/** The paths that are made here, by the names that Python knows them by. @type {Record<string, (a: Float32Array, b: Float32Array) => (t: number) => Float32Array>} */
const FORMS = { linear: (a, b) => (t) => linear(a, b, t), slerp };

/**
 * A whole leg of one of these paths, in the server's format.
 *
 * @param {string} form a name in FORMS
 * @param {Float32Array} a code
 * @param {Float32Array} b code
 * @param {number} latentDim
 * @returns {Float32Array[]} SAMPLES codes, from half a leg before a to half a leg beyond b
 */
export function straightLeg(form, a, b, latentDim) {
  if (!Object.hasOwn(FORMS, form)) throw new Error(`No path form is called ${form}: straight.js has ${Object.keys(FORMS).join(", ")}`);
  const z = FORMS[form](a.subarray(0, latentDim), b.subarray(0, latentDim));
  const [wa, wb] = [a.subarray(latentDim), b.subarray(latentDim)];
  return Array.from({ length: SAMPLES }, (_, i) => {
    const t = -BEFORE + ((1 + 2 * BEFORE) * i) / (SAMPLES - 1);
    const code = new Float32Array(a.length);
    code.set(z(t));
    code.set(linear(wa, wb, Math.min(1, Math.max(0, t))), latentDim); // weights are shares: they stay constant beyond the ends
    return code;
  });
}

/**
 * A code between four corners: along the upper and the lower edge, then between the two.
 *
 * @param {Float32Array[]} corners above left, above right, below left, below right
 * @param {number} u 0…1 from left to right
 * @param {number} v 0…1 from above to below
 * @param {boolean} spherical slerp in place of straight lines
 * @param {number} latentDim
 */
export function betweenCorners(corners, u, v, spherical, latentDim) {
  const mix = (a, b, t) => {
    const code = linear(a, b, t);
    if (spherical) code.set(slerp(a.subarray(0, latentDim), b.subarray(0, latentDim))(t));
    return code;
  };
  return mix(mix(corners[0], corners[1], u), mix(corners[2], corners[3], u), v);
}
