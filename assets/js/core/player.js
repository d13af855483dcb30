/**
 * Animates a walk through the latent space until a control is used.
 */

import { Walk } from "./walk.js";

export class Player {
  #frame = 0;
  #last = 0;

  /**
   * @param {import("./point.js").Point} point
   * @param {Pick<import("./data.js").Data, "codes">} data
   * @param {number} unit how far apart codes are, see Walk
   * @param {(playing: boolean) => void} onChange
   */
  constructor(point, data, unit, onChange) {
    this.unit = unit;
    this.point = point;
    this.data = data;
    this.onChange = onChange;
    this.playing = false;
  }

  async start() {
    if (this.playing) return;
    this.playing = true;
    this.onChange(true);
    let codes;
    try {
      codes = await this.data.codes;
    } catch (error) {
      this.stop(false);
      throw error;
    }
    const { means, dimensions } = codes;
    if (!this.playing) return; // stopped while the codes were fetched
    // Through z; the class of a conditional model stays as chosen.
    const walk = new Walk(means, dimensions, this.point.z.subarray(0, dimensions), { unit: this.unit });
    const z = new Float32Array(dimensions);
    this.#last = performance.now();
    const tick = (now) => {
      if (!this.playing) return;
      // At most a tenth of a second per step: a hidden tab gets no frames and must not jump when it returns.
      walk.step(Math.min(0.1, Math.max(0, now - this.#last) / 1000), z);
      this.#last = now;
      this.point.setSource(null);
      this.point.move(z); // no input event: no latency to measure
      this.#frame = requestAnimationFrame(tick);
    };
    this.#frame = requestAnimationFrame(tick);
  }

  /** @param {boolean} [tell] whether the point rests, so that others are informed */
  stop(tell = true) {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.#frame);
    this.onChange(false);
    if (tell) this.point.rest();
  }

  toggle() {
    return this.playing ? this.stop() : this.start();
  }
}
