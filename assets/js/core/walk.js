/**
 * A smooth walk through the data's region, from code to near code, so that it does not cross empty space.
 * Pure: the random numbers are an argument.
 */

const CANDIDATES = 80; // codes compared for the next step; with more, the walk would stay in one class
const SPEED = 0.9; // units a second

/** A point of the Catmull-Rom spline through p1 and p2, t in [0, 1] (Catmull & Rom 1974). */
export function catmullRom(p0, p1, p2, p3, t, out) {
  const t2 = t * t;
  const t3 = t2 * t;
  for (let i = 0; i < out.length; i++) {
    out[i] =
      0.5 *
      (2 * p1[i] +
        (p2[i] - p0[i]) * t +
        (2 * p0[i] - 5 * p1[i] + 4 * p2[i] - p3[i]) * t2 +
        (3 * p1[i] - p0[i] - 3 * p2[i] + p3[i]) * t3);
  }
  return out;
}

export class Walk {
  /** @type {[Float32Array, Float32Array, Float32Array, Float32Array]} */
  #stops;
  #t = 0;

  /**
   * @param {Float32Array} codes n × dimensions
   * @param {number} dimensions
   * @param {ArrayLike<number>} start
   * @param {{random?: () => number, unit?: number}} [options] random: uniform in [0, 1); unit: the codes' scale, 1
   *     where the prior is N(0, 1)
   */
  constructor(codes, dimensions, start, { random = Math.random, unit = 1 } = {}) {
    this.unit = unit;
    this.codes = codes;
    this.dimensions = dimensions;
    this.random = random;
    const first = Float32Array.from(start);
    this.#stops = [first, first, this.#next(first), first];
    this.#stops[3] = this.#next(this.#stops[2]);
  }

  /**
   * Advance.
   *
   * @param {number} seconds since the last step
   * @param {Float32Array} out the code reached
   */
  step(seconds, out) {
    this.#t += (seconds * SPEED * this.unit) / Math.max(0.2 * this.unit, distance(this.#stops[1], this.#stops[2]));
    while (this.#t >= 1) {
      this.#t -= 1;
      const [, before, from, to] = this.#stops;
      this.#stops = [before, from, to, this.#next(to)];
      if (this.#t > 1) this.#t = 0; // after a long pause, begin the next leg instead of skipping many
    }
    return catmullRom(...this.#stops, this.#t, out);
  }

  /** The nearest of some random codes that is not the last stop again. @param {Float32Array} last */
  #next(last) {
    const rows = this.codes.length / this.dimensions;
    let best = last;
    let nearest = Infinity;
    for (let i = 0; i < CANDIDATES; i++) {
      const row = Math.floor(this.random() * rows) * this.dimensions;
      const code = this.codes.subarray(row, row + this.dimensions);
      const d = distance(last, code);
      if (d > 0.3 * this.unit && d < nearest) [best, nearest] = [code, d];
    }
    return best;
  }
}

function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** A sample of N(0, 1) (Box & Muller 1958). */
export function normal(random = Math.random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
