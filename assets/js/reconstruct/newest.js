/**
 * Runs one task at a time; of the tasks that wait, only the newest.
 */
export class Newest {
  #running = false;
  #next = null;

  /** @param {number} [pause] ms between two tasks */
  constructor(pause = 0) {
    this.pause = pause;
  }

  /** @param {() => Promise<void>} work its errors are logged */
  run(work) {
    this.#next = work;
    if (!this.#running) this.#go();
  }

  /** Drop the waiting task. */
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
