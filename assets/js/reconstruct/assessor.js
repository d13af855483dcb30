/**
 * What the server says of inputs: soon when the hand rests, now and then while it is at it; its pictures go first.
 */

import { Newest } from "./newest.js";
import { cut, post, unpacked } from "./wire.js";

const BETWEEN = 100; // ms between two readings
const UNREAD = 700; // ms that a hand may go on without one

export class Assessor {
  #newest = new Newest(BETWEEN);
  #at = -Infinity;
  #turn = 0; // of the input that was asked about last

  /**
   * @param {string} url
   * @param {[number, number, number]} shape of the model's images
   * @param {(reading: import("./assessment.js").Reading, odd: Uint8Array, turn: number) => void} onCome
   * @param {(error: Error, turn: number) => void} onFail
   */
  constructor(url, shape, onCome, onFail) {
    this.url = url;
    this.shape = shape;
    this.onCome = onCome;
    this.onFail = onFail;
  }

  /** @param {Uint8Array<ArrayBuffer>} pixels @param {number} turn of the input @param {boolean} resting */
  ask(pixels, turn, resting) {
    if (turn === this.#turn || (!resting && performance.now() - this.#at < UNREAD)) return;
    this.#turn = turn;
    this.#at = performance.now();
    this.#newest.run(async () => {
      try {
        const { head, rest } = unpacked(await post(this.url, pixels));
        this.onCome(head, cut(rest, [this.shape.slice(0, 2)])[0], turn);
      } catch (error) {
        if (turn === this.#turn) this.#turn = 0; // to be asked again
        this.onFail(error, turn);
      }
    });
  }

  /** What waits is not asked. */
  clear() {
    this.#newest.clear();
    this.#turn = 0;
  }
}
