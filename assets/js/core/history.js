/**
 * The points that the user has visited, for undo and redo. Each model has one history while the document lives: all pages that
 * Streamlit opens in it share the history.
 */

const MOST = 200; // points that are kept
const SAME = 1e-3; // Python returns a point with four decimals
/** @type {Map<string, History>} by the model's id */
const histories = new Map();

/** @typedef {{z: Float32Array, image: number | null}} Visited a code, and the index of the test image that the user started from */

export class History extends EventTarget {
  /** @type {Visited[]} */
  #visited = [];
  #at = -1;

  /** The history of a model. @param {string} model its id */
  static of(model) {
    if (!histories.has(model)) histories.set(model, new History());
    return histories.get(model);
  }

  /** @returns {Visited | undefined} */
  get current() {
    return this.#visited[this.#at];
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#visited.length - 1;
  }

  /** Add a point after the current one, unless it is the same; what could be redone is lost. @param {ArrayLike<number>} z @param {number | null} image */
  record(z, image) {
    const { current } = this;
    if (current && isSame(current.z, z)) {
      current.image ??= image; // it may become known later than the point
      return;
    }
    this.#visited.splice(this.#at + 1);
    this.#visited.push({ z: Float32Array.from(z), image });
    if (this.#visited.length > MOST) this.#visited.shift();
    this.#at = this.#visited.length - 1;
    this.dispatchEvent(new Event("change"));
  }

  /** The point before or after the current one, which becomes the current one; null at the end. @param {1 | -1} direction @returns {Visited | null} */
  step(direction) {
    if (!this.#visited[this.#at + direction]) return null;
    this.#at += direction;
    this.dispatchEvent(new Event("change"));
    return this.current;
  }
}

function isSame(a, b) {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < SAME);
}
