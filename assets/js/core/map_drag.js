/**
 * A hand on a map leads the point: places are asked for their codes, the newest first, and when the hand has let go and the
 * last answer is there, the point rests.
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
    // Another hand has the point now: what is still to come must not take it away.
    point.addEventListener("move", ({ change }) => change.by !== this && !change.rest && this.#giveUp());
  }

  /** @param {[number, number]} place @param {number} [since] when the hand moved */
  goTo(place, since) {
    const number = ++this.#asked;
    this.#letGo = false;
    const row = new Float32Array(2 + this.codeDim);
    row.set(place);
    row.set(this.point.z, 2); // what the map does not show stays
    this.channel.ask(Operation.INVERT, this.lane, 1, row, ({ body }) => {
      if (number <= this.#answered) return; // given up
      this.#answered = number;
      this.point.move(body.slice(0, this.codeDim), { since, by: this });
      if (this.#letGo && number === this.#asked) this.letGo();
    });
  }

  #giveUp() {
    this.#answered = this.#asked;
    this.#letGo = false;
  }

  /** The hand is gone: the point rests, now or with the answer that is still to come. */
  letGo() {
    this.#letGo = this.#answered !== this.#asked;
    if (!this.#letGo) this.point.rest();
  }
}
