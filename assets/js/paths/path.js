/**
 * A path: legs from stop to stop, each with codes at even places, from half a leg before its first stop to half a leg beyond
 * its second. Pure.
 */

export const BEFORE = 0.5; // of a leg, on either side
export const SAMPLES = 81; // codes of a leg

/**
 * @typedef {object} Report measurements of a leg at 41 even places between its stops (`vae.inference.interpolation.PathReport`)
 * @property {number} length in pixel units
 * @property {number[]} way the share of the length up to each place
 * @property {number[]} speed between two places
 * @property {number[]} off percentile of the distance from the data
 * @property {number[]} votes most frequent class of the nearest images
 * @property {number} jumps
 */

/**
 * @typedef {object} Leg
 * @property {ArrayLike<number>[] | null} codes null until they are found
 * @property {Report | null} report null until it is known
 */

/**
 * The code at a place of one leg.
 *
 * @param {ArrayLike<number>[]} codes
 * @param {number} t 0 is its first stop, 1 its second
 * @returns {Float32Array}
 */
export function codeAt(codes, t) {
  const place = ((Math.min(1 + BEFORE, Math.max(-BEFORE, t)) + BEFORE) / (1 + 2 * BEFORE)) * (codes.length - 1);
  const index = Math.min(codes.length - 2, Math.floor(place));
  const share = place - index;
  return Float32Array.from(codes[index], (value, i) => (1 - share) * value + share * codes[index + 1][i]);
}

/**
 * The code at a place of the whole path.
 *
 * @param {Leg[]} legs all with codes
 * @param {number} place 0 is the first stop, 1 the second, 2 the third …
 * @param {boolean} even move so that the picture changes evenly, if that is known
 */
export function codeOnWay(legs, place, even) {
  const number = Math.min(legs.length - 1, Math.max(0, Math.floor(place)));
  const leg = legs[number];
  const share = place - number;
  return codeAt(leg.codes, even && leg.report ? paced(leg.report.way, share) : share);
}

/**
 * The report of the whole path, from the legs' reports; null while one is missing.
 *
 * @param {Leg[]} legs
 * @returns {Omit<Report, "way"> | null} arrays of all legs one after the other, what two share once
 */
export function reportOf(legs) {
  const reports = legs.map(({ report }) => report);
  if (!reports.length || reports.includes(null)) return null;
  const joined = (name) => reports.flatMap((report, i) => (i ? report[name].slice(1) : report[name]));
  return {
    length: reports.reduce((sum, { length }) => sum + length, 0),
    jumps: reports.reduce((sum, { jumps }) => sum + jumps, 0),
    speed: reports.flatMap(({ speed }) => speed),
    off: joined("off"),
    votes: joined("votes"),
  };
}

/**
 * The place at which the picture has changed by a share of its whole change, for an even pace.
 *
 * @param {number[]} way the share of the change behind each of even places, rising from 0 to 1
 * @param {number} share beyond 0…1 it is returned unchanged
 */
export function paced(way, share) {
  if (share <= 0 || share >= 1) return share;
  let above = 1;
  while (above < way.length - 1 && way[above] < share) above++;
  const [low, high] = [way[above - 1], way[above]];
  const within = high > low ? (share - low) / (high - low) : 0;
  return (above - 1 + within) / (way.length - 1);
}

/**
 * Places of a strip's pictures: evenly from stop to stop, so that each stop is among them where there are enough.
 *
 * @param {number} legs
 * @param {number} steps
 */
export function placesOf(legs, steps) {
  if (steps - 1 < legs) return Array.from({ length: steps }, (_, i) => (legs * i) / (steps - 1));
  const at = Array.from({ length: legs + 1 }, (_, stop) => Math.round((stop * (steps - 1)) / legs));
  return Array.from({ length: steps }, (_, i) => {
    const leg = Math.max(0, Math.min(legs - 1, at.findIndex((last) => last >= i) - 1));
    return leg + (i - at[leg]) / (at[leg + 1] - at[leg]);
  });
}

/** Slow at both ends (a cubic, 3t² − 2t³). @param {number} t 0…1 */
export function eased(t) {
  return t * t * (3 - 2 * t);
}
