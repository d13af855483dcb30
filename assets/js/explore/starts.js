/** The starts of Explore: from a test image, a sample of the prior or of a posterior, and the mean of the data. */

import { oneHot } from "../core/classes.js";
import { Operation } from "../core/protocol.js";
import { normal } from "../core/walk.js";

export class Starts {
  #turn = 0; // counts starts, so that a late answer does not undo a newer one
  #touches = 0; // counts uses of controls, which a late answer must not undo

  /**
   * @param {object} parts of the page
   * @param {import("../core/messages.js").Model} parts.model
   * @param {import("../core/data.js").Data} parts.data
   * @param {{next: () => Promise<Float32Array>}} parts.draws samples of the prior
   * @param {import("../core/channel.js").LiveChannel} parts.channel
   * @param {import("../core/point.js").Point} parts.point
   * @param {import("../core/player.js").Player} parts.player
   * @param {import("../core/locks.js").Locks} parts.locks
   */
  constructor({ model, data, draws, channel, point, player, locks }) {
    this.model = model;
    this.data = data;
    this.draws = draws;
    this.channel = channel;
    this.point = point;
    this.player = player;
    this.locks = locks;
  }

  /** A control was used. */
  touch() {
    this.#touches++;
  }

  /** Another start, or another choice, takes the place of one that still waits for data. */
  supersede() {
    this.#turn++;
  }

  /**
   * Start from the test image of that number.
   *
   * @param {number} index
   * @param {boolean} [move] to its code, or stay
   * @param {boolean} [rest] inform Python when it is there, if the point stays
   */
  async image(index, move = true, rest = false) {
    const turn = ++this.#turn;
    const touches = this.#touches;
    this.player.stop(false);
    const [pixels, { labels }] = await Promise.all([this.data.image(index), this.data.codes]);
    this.channel.ask(Operation.ENCODE, 0, 1, pixels, ({ body }) => {
      if (turn !== this.#turn || (move && touches !== this.#touches)) return;
      const { latentDim, codeDim } = this.model;
      const mean = body.slice(0, codeDim);
      // The class of the image is known here; the server had to infer it.
      if (labels[index] < codeDim - latentDim) mean.set(oneHot(codeDim - latentDim, labels[index]), latentDim);
      const sigma = body.slice(codeDim, codeDim + latentDim).map((logVar) => Math.exp(logVar / 2));
      this.point.setSource({ image: index, pixels, label: labels[index], mean, sigma });
      if (move) this.jump(mean);
      else if (rest) this.point.rest();
    });
  }

  async randomImage() {
    const isNewest = this.#begins();
    const { rows } = await this.data.codes;
    if (isNewest()) return this.image(Math.floor(Math.random() * rows));
  }

  /** Sample the prior; the class of a conditional model does not change. */
  async sample() {
    const isNewest = this.#begins();
    this.player.stop(false);
    const z = await this.draws.next();
    if (!isNewest()) return;
    this.#leaveSource();
    this.jump(z.map((value, i) => (this.locks.has(i) ? this.point.z[i] : value)));
  }

  /** Sample the posterior of the image that the user started from. */
  samplePosterior() {
    const { source } = this.point;
    if (!source || !this.model.prior) return;
    this.player.stop(false);
    // Of z: the class does not change.
    this.jump(source.sigma.map((sigma, i) => (this.locks.has(i) ? this.point.z[i] : source.mean[i] + sigma * normal())));
  }

  /** The average code of the data. */
  async mean() {
    const isNewest = this.#begins();
    const mean = await this.data.meanCode();
    if (!isNewest()) return;
    this.#leaveSource();
    this.jump(mean);
  }

  /** Go to a code, and inform Python. @param {Parameters<import("../core/point.js").Point["move"]>[0]} z */
  jump(z) {
    this.point.move(z);
    this.point.rest();
  }

  /** Begin an action that waits for data. The result says whether nothing newer has moved the point since. */
  #begins() {
    const turn = ++this.#turn;
    const touches = this.#touches;
    return () => turn === this.#turn && touches === this.#touches;
  }

  #leaveSource() {
    this.#turn++;
    this.player.stop(false);
    this.point.setSource(null);
  }
}
