/**
 * Requests the server's assessment of inputs: soon after an input ends, and now and then while it lasts.
 */

import { parseHead } from "../core/head.js";
import { Newest } from "./newest.js";
import { cut, post } from "./wire.js";

const BETWEEN = 100; // ms between two requests
const UNREAD = 700; // ms that an input may last without one

export class Assessor {
  #newest = new Newest(BETWEEN);
  #at = -Infinity;
  #turn = 0; // of the last assessed input

  /**
   * @param {string} url
   * @param {[number, number, number]} shape of the model's images
   * @param {(reading: import("../core/messages.js").Reading, odd: Uint8Array, turn: number) => void} onCome
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
        const { head, rest } = parseHead(await post(this.url, pixels));
        this.onCome(head, cut(rest, [this.shape.slice(0, 2)])[0], turn);
      } catch (error) {
        if (turn === this.#turn) this.#turn = 0; // request it again
        this.onFail(error, turn);
      }
    });
  }

  /** Drop the waiting request. */
  clear() {
    this.#newest.clear();
    this.#turn = 0;
  }
}
