/**
 * Calls a function at most once per interval: at once, and again after the interval if it was called in between. Use it for
 * figures that change faster than people can read them. Pictures have priority.
 */
export class Paced {
  #timer = 0;
  #wanted = false;

  /**
   * @param {number} interval ms
   * @param {() => void} action
   */
  constructor(interval, action) {
    this.interval = interval;
    this.action = action;
  }

  call() {
    if (this.#timer) {
      this.#wanted = true;
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (this.#wanted) this.call();
    }, this.interval);
    this.#wanted = false;
    this.action();
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#wanted = false;
  }
}
