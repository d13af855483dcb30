/**
 * Rows of pictures: samples of a picture's posterior, and the test images nearest to it.
 */

import { element } from "./dom.js";
import { paint, pictureCanvas } from "./picture.js";
import { rove } from "./roving.js";
import { normal } from "./walk.js";
import { imageName } from "./labels.js";
import { t } from "./language.js";
import { Operation } from "./protocol.js";

const DRAWS = 10;

export class Strip {
  /**
   * @param {string} title
   * @param {string} explained
   * @param {[number, number, number]} shape
   * @param {number} count
   * @param {(index: number) => void} onPick
   */
  constructor(title, explained, shape, count, onPick) {
    /** @type {number[]} the test images that it shows, where they are such */
    this.rows = [];
    this.shape = shape;
    this.canvases = [];
    this.captions = [];
    const buttons = Array.from({ length: count }, (_, i) => {
      this.canvases.push(pictureCanvas(shape, t("{title}, {number}", { title, number: i + 1 })));
      this.captions.push(element("small"));
      return element("button.frame", { type: "button", hidden: true, onclick: () => onPick(i) }, this.canvases[i], this.captions[i]);
    });
    this.buttons = buttons;
    this.node = element("section.card.picture-strip", { title: explained }, element("h3", { text: title }), rove(element("div.strip", { role: "toolbar", "aria-label": title, style: `grid-template-columns: repeat(${count}, 1fr)` }, ...buttons)));
  }

  /** @param {Uint8Array[]} pictures @param {string[]} [captions] */
  show(pictures, captions = []) {
    this.buttons.forEach((button, i) => (button.hidden = i >= pictures.length));
    pictures.forEach((pixels, i) => {
      paint(this.canvases[i], pixels, this.shape);
      this.captions[i].textContent = captions[i] ?? "";
    });
  }
}

/** Samples of a picture's posterior. Each keeps its noise, so that it follows the picture. */
export class DrawStrip extends Strip {
  /**
   * @param {import("./messages.js").Model} model
   * @param {import("./channel.js").LiveChannel} channel
   * @param {number} lane
   * @param {(code: Float32Array) => void} onPick
   */
  constructor(model, channel, lane, onPick) {
    const explained = t("Codes drawn from the encoder's distribution for this picture, decoded. Click one to open it");
    super(t("Samples of its posterior"), explained, model.imageShape, DRAWS, (i) => onPick(this.#code(i)));
    this.model = model;
    this.channel = channel;
    this.lane = lane;
    this.noise = Array.from({ length: DRAWS * model.latentDim }, () => normal());
  }

  /** @param {import("./point.js").Source} source */
  ask(source) {
    this.source = source;
    const { codeDim } = this.model;
    const codes = new Float32Array(DRAWS * codeDim);
    for (let i = 0; i < DRAWS; i++) codes.set(this.#code(i), i * codeDim);
    this.channel.ask(Operation.DECODE, this.lane, DRAWS, codes, ({ body }) => {
      const size = body.length / DRAWS;
      this.show(Array.from({ length: DRAWS }, (_, i) => body.subarray(i * size, (i + 1) * size)));
    });
  }

  #code(i) {
    const { mean, sigma } = this.source;
    const code = Float32Array.from(mean);
    sigma.forEach((one, d) => (code[d] += one * this.noise[i * sigma.length + d]));
    return code;
  }
}

/** The nearest test images. */
export class NearestStrip extends Strip {
  #turn = 0;

  /**
   * @param {import("./messages.js").Model} model
   * @param {import("./data.js").Data} data
   * @param {(row: number) => void} onPick
   */
  constructor(model, data, onPick) {
    super(t("Nearest test images"), t("The test images with the nearest codes, nearest first. Click one to open it"), model.imageShape, 10, (i) => onPick(this.rows[i]));
    this.model = model;
    this.data = data;
  }

  /** @param {number[]} rows */
  async find(rows) {
    const turn = ++this.#turn;
    if (rows.join() === this.rows.join()) return;
    const [pictures, { labels }] = await Promise.all([this.data.images(rows), this.data.codes]);
    if (turn !== this.#turn) return;
    this.rows = rows;
    const { classes } = this.model;
    this.show(pictures, rows.map((row) => classes[labels[row]] ?? `#${row}`));
    rows.forEach((row, i) => (this.buttons[i].title = t("test {name}", { name: imageName(this.model, row, labels[row]) })));
  }
}
