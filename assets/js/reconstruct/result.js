/**
 * The result: the input, its reconstruction and their difference, with the assessment in numbers and words.
 */

import { element, setText } from "../core/dom.js";
import { t } from "../core/language.js";
import { difference, paint, pictureCanvas } from "../core/picture.js";
import { basisWords, boundWords, headline, quality, share, voteWords } from "./assessment.js";

const OVER = 8; // canvas pixels per pixel of the model
/** Names and explanations of the gauges. */
const gauges = () => ({
  mse: [t("Error"), t("Mean squared error per pixel, for pixels from 0 to 1")],
  kl: ["KL", t("KL divergence of the picture's posterior from the prior, in nats")],
  off: [t("Distance"), t("Distance from its code to the 10th nearest code of the test images, in latent units")],
});

export class Result {
  /** @param {import("../core/messages.js").Model} model */
  constructor(model) {
    this.model = model;
    const { imageShape: shape } = model;
    const figure = (name, title) => {
      const canvas = pictureCanvas(shape, name);
      const caption = element("figcaption", { text: name });
      return { canvas, caption, node: element("figure.seen-tile", { title }, element("div.stack", {}, canvas), caption) };
    };
    this.input = figure(t("input"), t("The model's input. Outlined: errors larger than any error on 95 % of the test images"));
    this.output = figure(t("reconstruction"), t("The picture at the sliders' point"));
    this.error = figure(t("difference"), t("Orange: the reconstruction is brighter; blue: darker"));
    this.marks = element("canvas.odd-marks", { height: shape[0] * OVER, width: shape[1] * OVER });
    this.input.canvas.after(this.marks);
    this.words = element("p.headline", { role: "status" });
    this.quality = element("p.quality", { title: t("R² = 1 − error / error of a constant prediction (the mean picture of the data or a uniform surface, whichever is closer). 1 is perfect; 0 is no better than that") });
    this.vote = element("p.aside");
    this.basis = element("p.aside");
    this.bound = element("p.aside", { title: t("The evidence lower bound (ELBO) and its two parts; the first from 16 samples of the posterior") });
    this.gauges = Object.fromEntries(Object.entries(gauges()).map(([name, [text, title]]) => [name, gauge(text, title)]));
    this.gauges.kl.node.hidden = !model.prior;
    this.node = element(
      "section.card.answer",
      {},
      element("div.trio", {}, this.input.node, this.output.node, this.error.node),
      this.words,
      this.quality,
      this.vote,
      element("div.gauges", {}, ...Object.values(this.gauges).map(({ node }) => node)),
      this.basis,
      this.bound,
    );
  }

  /**
   * Show an input and the decoded picture that belongs to it.
   *
   * @param {Uint8Array | null} input
   * @param {Uint8Array} output
   * @param {boolean} moved whether the point has left the picture's code
   */
  show(input, output, moved) {
    const { imageShape: shape } = this.model;
    paint(this.output.canvas, output, shape);
    setText(this.output.caption, moved ? t("at the point") : t("reconstruction"));
    if (!input) return;
    paint(this.input.canvas, input, shape);
    const { image, mse } = difference(input, output, shape);
    this.error.canvas.getContext("2d").putImageData(image, 0, 0);
    setText(this.error.caption, t("difference, MSE {mse}", { mse: mse.toFixed(4) }));
  }

  /** @param {import("../core/messages.js").Reading} reading @param {Uint8Array} odd */
  setReading(reading, odd) {
    const { level, text } = headline(reading);
    setText(this.words, text);
    this.node.dataset.level = level;
    const made = quality(reading);
    setText(this.quality, made.text);
    this.quality.dataset.level = made.level;
    setText(this.basis, basisWords(reading.compared));
    setText(this.vote, voteWords(reading, this.model.classes));
    setText(this.bound, boundWords(reading, this.model));
    this.gauges.mse.show(reading.mse_percentile, reading.mse.toFixed(4));
    this.gauges.kl.show(reading.kl_percentile, reading.kl.toFixed(1));
    this.gauges.off.show(reading.off_data, reading.distance.toFixed(2));
    this.#mark(odd);
  }

  /** Clear the assessment, which is outdated or unknown. @param {string} [words] */
  unread(words = "") {
    setText(this.words, words);
    for (const node of [this.vote, this.bound, this.quality, this.basis]) setText(node, "");
    delete this.node.dataset.level;
    delete this.quality.dataset.level;
    for (const { clear } of Object.values(this.gauges)) clear();
    this.#mark(new Uint8Array(0));
  }

  /** Show that there is no input. @param {string} words */
  empty(words) {
    this.unread(words);
    for (const { canvas } of [this.input, this.output, this.error]) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    this.output.caption.textContent = t("reconstruction");
    this.error.caption.textContent = t("difference");
  }

  /** Outline the marked pixels. */
  #mark(odd) {
    const [height, width] = this.model.imageShape;
    const context = this.marks.getContext("2d");
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    context.strokeStyle = "#f5b86a";
    context.lineWidth = 2.5;
    context.beginPath();
    for (const [x, y, toX, toY] of outlines(odd, height, width)) {
      context.moveTo(x * OVER, y * OVER);
      context.lineTo(toX * OVER, toY * OVER);
    }
    context.stroke();
    this.node.dataset.odd = odd.reduce((sum, one) => sum + one, 0);
  }
}

function gauge(text, title) {
  const needle = element("i.needle", { hidden: true });
  const value = element("b");
  const words = element("small");
  const node = element("div.gauge", { title }, element("span", { text }), value, element("div.scale", {}, needle), words);
  return {
    node,
    show(percentile, number) {
      needle.hidden = false;
      needle.style.transform = `translateX(${percentile}cqw)`; // of the scale
      setText(value, number);
      setText(words, share(percentile));
    },
    clear() {
      needle.hidden = true;
      setText(value, "");
      setText(words, "");
    },
  };
}

/**
 * The edges between marked and other pixels.
 *
 * @param {ArrayLike<number>} mask
 * @param {number} height
 * @param {number} width
 * @returns {[number, number, number, number][]} x, y, to x, to y
 */
export function outlines(mask, height, width) {
  /** @type {[number, number, number, number][]} */
  const lines = [];
  const at = (x, y) => (x >= 0 && y >= 0 && x < width && y < height ? mask[y * width + x] : 0);
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      if (at(x, y) && !at(x - 1, y)) lines.push([x, y, x, y + 1]);
      if (!at(x, y) && at(x - 1, y)) lines.push([x, y, x, y + 1]);
      if (Boolean(at(x, y)) !== Boolean(at(x, y - 1))) lines.push([x, y, x + 1, y]);
    }
  }
  return lines;
}
