/**
 * Sends a state to Python some time after its last change, since a run of the page takes the cores. A pending state is sent at
 * once when the page is left.
 */
export class DelayedSend {
  #timer = 0;

  /**
   * @param {number} delay ms without a change
   * @param {() => void} send
   */
  constructor(delay, send) {
    this.delay = delay;
    this.send = send;
  }

  /** The state has changed. */
  schedule() {
    this.cancel();
    this.#timer = setTimeout(() => this.now(), this.delay);
  }

  /** Send a pending state. */
  flush() {
    if (this.#timer) this.now();
  }

  /** Send the state, pending or not. */
  now() {
    this.cancel();
    this.send();
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}
