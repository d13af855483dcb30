/**
 * One thing at a time; of what comes meanwhile, the newest is next.
 */
export class Newest {
  #running = false;
  #next = null;

  /** @param {number} [pause] ms between two of them */
  constructor(pause = 0) {
    this.pause = pause;
  }

  /** @param {() => Promise<void>} work what it throws is its own affair */
  run(work) {
    this.#next = work;
    if (!this.#running) this.#go();
  }

  /** What waits is not done. */
  clear() {
    this.#next = null;
  }

  async #go() {
    this.#running = true;
    while (this.#next) {
      const work = this.#next;
      this.#next = null;
      await work().catch((error) => console.error(error));
      if (this.pause) await new Promise((resolve) => setTimeout(resolve, this.pause));
    }
    this.#running = false;
  }
}
