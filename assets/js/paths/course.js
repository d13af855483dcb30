/**
 * A path as the server sends it: codes at even places, from half the way before A to half the way beyond B. Pure.
 */

export const BEFORE = 0.5; // of the way, on either side

/**
 * The code at a place.
 *
 * @param {number[][]} codes
 * @param {number} t 0 is A, 1 is B
 * @returns {Float32Array}
 */
export function codeAt(codes, t) {
  const place = ((Math.min(1 + BEFORE, Math.max(-BEFORE, t)) + BEFORE) / (1 + 2 * BEFORE)) * (codes.length - 1);
  const index = Math.min(codes.length - 2, Math.floor(place));
  const share = place - index;
  return Float32Array.from(codes[index], (value, i) => (1 - share) * value + share * codes[index + 1][i]);
}

/**
 * Where the picture has changed by a share of all its change: what makes it change evenly.
 *
 * @param {number[]} way the share of the change behind each of even places from A to B, rising from 0 to 1
 * @param {number} share beyond 0…1 it goes on as it is
 */
export function paced(way, share) {
  if (share <= 0 || share >= 1) return share;
  let above = 1;
  while (above < way.length - 1 && way[above] < share) above++;
  const [low, high] = [way[above - 1], way[above]];
  const within = high > low ? (share - low) / (high - low) : 0;
  return (above - 1 + within) / (way.length - 1);
}

/** Slow at both ends (a cubic, 3t² − 2t³). @param {number} t 0…1 */
export function eased(t) {
  return t * t * (3 - 2 * t);
}
