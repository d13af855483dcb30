/**
 * The current code and the image that it came from. All parts of a page listen to one such point.
 */

/**
 * @typedef {object} Source
 * @property {number} image index in the test split
 * @property {Uint8Array} pixels
 * @property {number} label
 * @property {Float32Array} mean of its posterior; for a conditional model, followed by its class weights
 * @property {Float32Array} sigma standard deviation of its posterior, for z alone
 */

/**
 * @typedef {object} Change
 * @property {number} [since] time of the input event, in performance.now() time; for the latency read-out
 * @property {object} [by] the control that changed it, which need not update itself
 * @property {boolean} [rest] the input has ended
 */

export class MoveEvent extends Event {
  /** @param {Change} change */
  constructor(change) {
    super("move");
    this.change = change;
  }
}

export class Point extends EventTarget {
  /** @param {ArrayLike<number>} z */
  constructor(z) {
    super();
    this.z = Float32Array.from(z);
    /** @type {Source | null} */
    this.source = null;
  }

  /**
   * @overload
   * @param {"move"} type
   * @param {(event: MoveEvent) => void} listener
   * @returns {void}
   */
  /**
   * @overload
   * @param {"source"} type
   * @param {(event: Event) => void} listener
   * @returns {void}
   */
  /** @param {string} type @param {(event: any) => void} listener */
  addEventListener(type, listener) {
    super.addEventListener(type, listener);
  }

  /** Set one number. @param {number} index @param {number} value @param {Change} change */
  set(index, value, change = {}) {
    this.z[index] = value;
    this.#announce(change);
  }

  /** Set the whole code, or z alone: then the class weights stay. @param {ArrayLike<number>} z @param {Change} change */
  move(z, change = {}) {
    this.z.set(z);
    this.#announce(change);
  }

  /** @param {Source | null} source */
  setSource(source) {
    if (source === this.source) return;
    this.source = source;
    this.dispatchEvent(new Event("source"));
  }

  /** The input has ended: inform Python and other parts. */
  rest() {
    this.#announce({ rest: true });
  }

  /** @param {Change} change */
  #announce(change) {
    this.dispatchEvent(new MoveEvent(change));
  }
}
