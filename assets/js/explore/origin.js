/**
 * Below the picture: the source image, its reconstruction and their difference, and the nearest image of the data.
 */

import { Operation } from "../core/protocol.js";
import { element, setText } from "../core/dom.js";
import { difference, paint, pictureCanvas } from "../core/picture.js";
import { imageName } from "../core/labels.js";
import { t } from "../core/language.js";

const LANE = 3;

export class Origin {
  #nearestShown = -1;
  #nearestWanted = -1;
  #timer = 0;

  /**
   * @param {import("../core/point.js").Point} point
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/data.js").Data} data
   * @param {import("../core/channel.js").LiveChannel} channel
   * @param {(index: number) => void} onStart called to start from an image
   * @param {(label: number) => void} onNearest called with the class of the nearest image
   */
  constructor(point, model, data, channel, onStart, onNearest) {
    this.onNearest = onNearest;
    this.point = point;
    this.model = model;
    this.data = data;
    this.channel = channel;
    this.image = tile(model.imageShape, t("image"), () => point.source && onStart(point.source.image));
    this.reconstruction = tile(model.imageShape, t("reconstruction"));
    this.difference = tile(model.imageShape, t("difference"));
    this.nearest = tile(model.imageShape, t("nearest image"), () => this.#nearestShown >= 0 && onStart(this.#nearestShown));
    this.nearest.node.title = t("The test image whose code is nearest to the point. Click to start from it.");
    this.image.node.title = t("The image that you started from. Click to return to it.");
    this.difference.node.title = t("Orange: the reconstruction is brighter than the image. Blue: it is darker.");
    this.node = element(
      "div.origin",
      {},
      this.image.node,
      this.reconstruction.node,
      this.difference.node,
      this.nearest.node,
    );
    point.addEventListener("source", () => this.#showSource());
    this.#showSource();
  }

  /** Show the test image nearest to the point, as measured for the meter. @param {number} index */
  showNearest(index) {
    this.#nearestWanted = index;
    // Not at every step of a drag: each is a request, and faster changes cannot be read.
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.#fetchNearest(this.#nearestWanted);
    }, 60);
  }

  async #fetchNearest(index) {
    if (index === this.#nearestShown) return;
    let pixels, codes;
    try {
      [pixels, codes] = await Promise.all([this.data.image(index), this.data.codes]);
    } catch {
      return; // the next move requests it again
    }
    if (this.#nearestShown === this.#nearestWanted) return; // a newer one came first
    this.#nearestShown = index;
    paint(this.nearest.canvas, pixels, this.model.imageShape);
    setText(this.nearest.caption, t("nearest: {name}", { name: imageName(this.model, index, codes.labels[index]) }));
    this.onNearest(codes.labels[index]);
  }

  #showSource() {
    const { source } = this.point;
    this.node.classList.toggle("without-source", !source);
    if (!source) return;
    const { imageShape: shape } = this.model;
    paint(this.image.canvas, source.pixels, shape);
    this.image.caption.textContent = t("test {name}", { name: imageName(this.model, source.image, source.label) });
    this.channel.ask(Operation.DECODE, LANE, 1, source.mean, (reply) => {
      if (source !== this.point.source) return;
      paint(this.reconstruction.canvas, reply.body, shape);
      const { image, mse } = difference(source.pixels, reply.body, shape);
      this.difference.canvas.getContext("2d").putImageData(image, 0, 0);
      this.difference.caption.textContent = t("difference, MSE {mse}", { mse: mse.toFixed(4) });
    });
  }
}

function tile(shape, name, onclick) {
  const canvas = pictureCanvas(shape, name);
  const caption = element("figcaption", { text: name });
  const node = onclick
    ? element("button.tile", { type: "button", onclick }, canvas, caption)
    : element("figure.tile", {}, canvas, caption);
  return { node, canvas, caption };
}
