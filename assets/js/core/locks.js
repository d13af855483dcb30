/** The dimensions that random changes leave as they are. */

export class Locks extends EventTarget {
  /** @type {Set<number>} */
  #locked = new Set();

  get size() {
    return this.#locked.size;
  }

  /** @param {number} index of a dimension */
  has(index) {
    return this.#locked.has(index);
  }

  /** @param {number} index @returns {boolean} whether it is locked now */
  toggle(index) {
    if (!this.#locked.delete(index)) this.#locked.add(index);
    this.dispatchEvent(new Event("change"));
    return this.has(index);
  }
}
