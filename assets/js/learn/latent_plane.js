/**
 * The plane of a small model with two dimensions, decoded in the browser, with its codes of the test images.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Plane } from "../core/plane.js";
import { Point } from "../core/point.js";
import { LocalChannel } from "../demo/localchannel.js";
import { SHAPE } from "./small_models.js";

const GRID = 18; // pictures along each side

export class LatentPlane {
  #pending = 0;

  /**
   * @param {import("./small_models.js").SmallModel} model
   * @param {Uint8Array} labels of the test images
   * @param {string[]} colors of the classes
   * @param {number} half the plane shows −half … half
   * @param {ArrayLike<number>} start
   */
  constructor(model, labels, colors, half, start = [0, 0]) {
    this.model = model;
    this.half = half;
    this.point = new Point(start);
    const shown = { codeDim: 2, latentDim: 2, imageShape: SHAPE, decodeRows: GRID * GRID, classes: colors.map((_, digit) => String(digit)) };
    // Plane adds a margin of 6 % to the range of its dimensions.
    const dimensions = [0, 1].map((index) => ({ index, low: -half / 1.06, high: half / 1.06 }));
    this.plane = new Plane(this.point, /** @type {any} */ (shown), /** @type {any} */ (dimensions), colors, new LocalChannel(model.decoder, 2));
    this.plane.showCodes(model.codes(labels));
    this.picture = pictureCanvas(SHAPE, t("The picture decoded at the point"));
    this.point.addEventListener("move", ({ change }) => change.rest || this.refresh());
    this.refresh();
  }

  get node() {
    return this.plane.node;
  }

  destroy() {
    this.plane.destroy();
    cancelAnimationFrame(this.#pending);
  }

  refresh() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      const pixels = this.model.decode(this.point.z);
      paint(this.picture, pixels, SHAPE);
      this.picture.dataset.ink = String(pixels.reduce((sum, value) => sum + value, 0));
    });
  }
}

/** The half range that contains most codes of a model. @param {import("./small_models.js").SmallModel} model @param {number} [share] */
export function halfRange(model, share = 0.98) {
  const sorted = Float32Array.from(model.tensors.z_mean.data, Math.abs).sort();
  return Math.max(1, sorted[Math.floor(sorted.length * share)] * 1.15);
}

/** @param {HTMLElement} picture @param {string} caption */
export function captioned(picture, caption) {
  return element("figure", {}, picture, element("figcaption", { text: caption }));
}
