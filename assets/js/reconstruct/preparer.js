/**
 * Sends pictures to the server, which prepares them for the model; only the newest waits.
 */

import { packHead, parseHead } from "../core/head.js";
import { Newest } from "./newest.js";
import { cut, post } from "./wire.js";

/**
 * @typedef {object} Picture
 * @property {Blob} [file] as it was chosen
 * @property {string} [name]
 * @property {Uint8Array<ArrayBuffer>} [pixels] upright, at most 1024 a side; for a file, known after the server has read it
 * @property {[number, number, number]} [shape]
 * @property {boolean} [live] a frame of the camera
 */

export class Preparer {
  #newest = new Newest();

  /**
   * @param {string} url
   * @param {(picture: Picture, prepared: {steps: import("./steps.js").Step[], box: import("./cropper.js").Box | null, found: boolean}) => void} onCome
   * @param {(picture: Picture, error: Error) => void} onFail
   */
  constructor(url, onCome, onFail) {
    this.url = url;
    this.onCome = onCome;
    this.onFail = onFail;
  }

  /** @param {Picture} picture @param {import("./steps.js").Settings} settings */
  prepare(picture, settings) {
    if (this.destroyed) return;
    this.#newest.run(async () => {
      try {
        const { pixels, shape, file } = picture;
        const buffer = await post(this.url, pixels ? packHead({ settings, raw: shape }, pixels) : packHead({ settings }, file));
        const { head, rest } = parseHead(buffer);
        const shapes = head.steps.map((step) => step.shape);
        const arrays = cut(rest, pixels ? shapes : [head.picture, ...shapes]);
        if (!pixels) Object.assign(picture, { pixels: arrays.shift(), shape: head.picture });
        const steps = head.steps.map((step, i) => ({ ...step, pixels: arrays[i] }));
        this.onCome(picture, { steps, box: head.box, found: head.found });
      } catch (error) {
        this.onFail(picture, error);
      }
    });
  }

  destroy() {
    this.destroyed = true;
    this.#newest.clear();
    this.onCome = this.onFail = () => {};
  }
}
