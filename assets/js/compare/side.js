/**
 * One of the two models: its channel, its code, its reconstruction of the shared input and their difference.
 */

import { oneHot } from "../core/classes.js";
import { element } from "../core/dom.js";
import { difference, paint, pictureCanvas } from "../core/picture.js";
import { Point } from "../core/point.js";
import { LiveChannel, channelUrl } from "../core/channel.js";
import { faultText } from "../core/failure.js";
import { t } from "../core/language.js";
import { Operation } from "../core/protocol.js";

const LANES = { input: 0, point: 0, many: 2 };

export class Side {
  #turn = 0; // number of the latest input

  /**
   * @param {"A" | "B"} letter
   * @param {import("../core/messages.js").Model} model
   * @param {string} base of our routes
   * @param {(side: Side, status: import("../core/channel.js").Status) => void} onStatus
   * @param {(since: number | undefined, reply: import("../core/protocol.js").Reply) => void} onDrawn
   */
  constructor(letter, model, base, onStatus, onDrawn) {
    this.letter = letter;
    this.model = model;
    this.onDrawn = onDrawn;
    this.point = new Point(new Float32Array(model.codeDim));
    const { imageShape: shape } = model;
    this.output = pictureCanvas(shape, t("{model}: the picture at the point", { model: model.title }));
    this.error = pictureCanvas(shape, t("{model}: where it differs from the input", { model: model.title }));
    this.caption = element("figcaption", { text: reconstruction() });
    this.errorCaption = element("figcaption", { text: t("difference") });
    this.message = element("p.aside", { role: "status", hidden: true });
    this.node = element(
      "section.side",
      { "data-side": letter },
      element("h2", { title: model.id }, element("b.letter", { text: letter }), ` ${model.title}`),
      element(
        "div.duo",
        {},
        element("figure.seen-tile", { title: t("The picture at the sliders' point") }, this.output, this.caption),
        element("figure.seen-tile", { title: t("Orange: brighter than the input. Blue: darker. MSE: mean squared error per pixel") }, this.error, this.errorCaption),
      ),
      this.message,
    );
    this.channel = new LiveChannel(channelUrl(`${base}/live`), model.id, (status) => onStatus(this, status), (error) => this.showText(faultText(error)));
    this.point.addEventListener("move", ({ change }) => !change.rest && this.#decode(change.since));
  }

  close() {
    this.channel.close();
  }

  /** @param {string} text */
  showText(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  /**
   * The model's code of an image.
   *
   * @param {Uint8Array} pixels
   * @param {number} label its class
   * @param {(code: {mean: Float32Array, sigma: Float32Array}) => void} then not called when a newer input was encoded first
   */
  encode(pixels, label, then) {
    const turn = ++this.#turn;
    this.channel.ask(Operation.ENCODE, LANES.input, 1, pixels, ({ body }) => {
      if (turn !== this.#turn) return;
      const { latentDim, codeDim } = this.model;
      const sigma = body.slice(codeDim, codeDim + latentDim).map((logVar) => Math.exp(logVar / 2));
      const mean = body.slice(0, codeDim);
      // The class of the image is known here; the server had to infer it.
      if (label < codeDim - latentDim) mean.set(oneHot(codeDim - latentDim, label), latentDim);
      then({ mean, sigma });
    });
  }

  /**
   * Reconstructions of several images.
   *
   * @param {Uint8Array} pixels one after the other
   * @param {number} rows
   * @param {(pictures: Uint8Array[]) => void} then
   */
  reconstruct(pixels, rows, then) {
    this.channel.ask(Operation.RECONSTRUCT, LANES.many, rows, pixels, ({ body }) => {
      const size = body.length / rows;
      then(Array.from({ length: rows }, (_, i) => body.subarray(i * size + 8 * this.model.codeDim, (i + 1) * size)));
    });
  }

  /** Set the picture to compare with. @param {Uint8Array} pixels */
  setInput(pixels) {
    this.input = pixels;
  }

  #decode(since) {
    const z = Float32Array.from(this.point.z);
    this.channel.ask(Operation.DECODE, LANES.point, 1, z, (reply) => {
      this.#show(reply.body);
      this.onDrawn(since, reply);
    });
  }

  #show(picture) {
    const { imageShape: shape } = this.model;
    paint(this.output, picture, shape);
    this.node.dataset.drawn = String(Number(this.node.dataset.drawn ?? 0) + 1); // a count, for tests
    const moved = !this.point.source || this.point.z.some((value, i) => Math.abs(value - this.point.source.mean[i]) > 1e-6);
    this.caption.textContent = moved ? t("at the point") : reconstruction();
    if (!this.input) return;
    const { image, mse } = difference(this.input, picture, shape);
    this.error.getContext("2d").putImageData(image, 0, 0);
    this.errorCaption.textContent = `MSE ${mse.toFixed(4)}`;
    this.node.dataset.mse = String(mse);
  }
}

/** With a soft hyphen: on a phone the word is wider than the picture. */
function reconstruction() {
  return t("recon\u00ADstruction");
}
