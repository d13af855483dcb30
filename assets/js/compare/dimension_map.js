/**
 * The dimension map: how B follows A. Both start at an anchor, their codes of one image; B moves in relation to A's movement. Pure.
 */

/** @typedef {"matched" | "linear"} Way matched: each dimension moves its partner only; linear: all of A moves all of B */

export class DimensionMap {
  /**
   * @param {number} dimensions of B's z
   * @param {import("./wire.js").Matching | null} matching null: B does not move
   */
  constructor(dimensions, matching) {
    this.dimensions = dimensions;
    this.matching = matching;
    /** @type {Way} */
    this.way = "matched";
  }

  /** Set two codes that belong together. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
  anchor(a, b) {
    this.a = Float64Array.from(a);
    this.b = Float64Array.from(b);
  }

  /**
   * The code of B for a code of A; class weights behind z stay as at the anchor.
   *
   * @param {ArrayLike<number>} a
   * @returns {Float32Array}
   */
  follow(a) {
    const b = Float32Array.from(this.b);
    if (!this.matching) return b;
    if (this.way === "matched") {
      for (const pair of this.matching.pairs) b[pair.b] += pair.slope * (a[pair.a] - this.a[pair.a]);
      return b;
    }
    const { weights } = this.matching;
    const width = this.dimensions;
    for (let i = 0; i < weights.length / width; i++) {
      const step = a[i] - this.a[i];
      if (step) for (let j = 0; j < width; j++) b[j] += step * weights[i * width + j];
    }
    return b;
  }
}
