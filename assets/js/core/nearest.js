/**
 * Nearest-point search: the points are sorted into the cells of a grid once.
 */

const PER_CELL = 4; // points, on average

export class Nearest {
  /** @param {Float32Array} places count × 2 @param {{x: [number, number], y: [number, number]}} box around them */
  constructor(places, { x: [left, right], y: [low, high] }) {
    const count = places.length / 2;
    this.places = places;
    this.side = Math.max(1, Math.ceil(Math.sqrt(count / PER_CELL)));
    this.origin = [left, low];
    this.size = [(right - left || 1) / this.side, (high - low || 1) / this.side];
    // Counting sort: the points of cell c are order[start[c]] … order[start[c + 1] - 1].
    const cells = new Uint32Array(count);
    this.start = new Uint32Array(this.side * this.side + 1);
    for (let i = 0; i < count; i++) this.start[(cells[i] = this.#cell(places[2 * i], places[2 * i + 1])) + 1]++;
    for (let c = 0; c < this.side * this.side; c++) this.start[c + 1] += this.start[c];
    this.order = new Uint32Array(count);
    const next = this.start.slice();
    for (let i = 0; i < count; i++) this.order[next[cells[i]]++] = i;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {[number, number]} reach largest distance along each axis; also the unit of distances along it
   * @param {(index: number) => boolean} [wanted] whether to consider a point
   * @returns {number} index of the point, or -1
   */
  find(x, y, [reachX, reachY], wanted = () => true) {
    let best = -1;
    let least = 1;
    this.visit([x - reachX, x + reachX], [y - reachY, y + reachY], (i) => {
      const squared = ((this.places[2 * i] - x) / reachX) ** 2 + ((this.places[2 * i + 1] - y) / reachY) ** 2;
      if (squared < least && wanted(i)) [best, least] = [i, squared];
    });
    return best;
  }

  /**
   * Visit every point in a box, and some points near it.
   *
   * @param {[number, number]} across left and right edge
   * @param {[number, number]} up lower and upper edge
   * @param {(index: number) => void} visitor
   */
  visit([left, right], [low, high], visitor) {
    const [fromX, toX] = [this.#column(left, 0), this.#column(right, 0)];
    const [fromY, toY] = [this.#column(low, 1), this.#column(high, 1)];
    for (let row = fromY; row <= toY; row++) {
      for (let at = this.start[row * this.side + fromX]; at < this.start[row * this.side + toX + 1]; at++) visitor(this.order[at]);
    }
  }

  #column(value, axis) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((value - this.origin[axis]) / this.size[axis])));
  }

  #cell(x, y) {
    return this.#column(y, 1) * this.side + this.#column(x, 0);
  }
}
