/**
 * Dragging on a map moves the point: the server returns the code of each position. The drag ends when the pointer is released
 * and the last answer has arrived.
 */

import { Operation } from "./protocol.js";

export class MapDrag {
  #asked = 0;
  #answered = 0;
  #letGo = false;

  /**
   * @param {import("./point.js").Point} point
   * @param {import("./channel.js").LiveChannel} channel of the map
   * @param {number} codeDim
   * @param {number} lane
   */
  constructor(point, channel, codeDim, lane) {
    this.point = point;
    this.channel = channel;
    this.codeDim = codeDim;
    this.lane = lane;
    // If another control moves the point, late answers must not undo that.
    point.addEventListener("move", ({ change }) => change.by !== this && !change.rest && this.#giveUp());
  }

  /** @param {[number, number]} place @param {number} [since] time of the input event */
  goTo(place, since) {
    const number = ++this.#asked;
    this.#letGo = false;
    const row = new Float32Array(2 + this.codeDim);
    row.set(place);
    row.set(this.point.z, 2); // the values that the map does not determine stay
    this.channel.ask(Operation.INVERT, this.lane, 1, row, ({ body }) => {
      if (number <= this.#answered) return; // cancelled
      this.#answered = number;
      this.point.move(body.slice(0, this.codeDim), { since, by: this });
      if (this.#letGo && number === this.#asked) this.letGo();
    });
  }

  #giveUp() {
    this.#answered = this.#asked;
    this.#letGo = false;
  }

  /** The pointer was released: end the drag, now or when the last answer arrives. */
  letGo() {
    this.#letGo = this.#answered !== this.#asked;
    if (!this.#letGo) this.point.rest();
  }
}
