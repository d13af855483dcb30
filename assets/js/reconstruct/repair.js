/**
 * Repair: hide a part of the picture, add noise, or reduce it. Gradient descent over the code finds the best explanation of the
 * rest, which is shown while it converges.
 */

import { button, element } from "../core/dom.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { rove } from "../core/roving.js";
import { normal } from "../core/walk.js";
import { Operation } from "../core/protocol.js";
import { packHead } from "../core/head.js";
import { t } from "../core/language.js";
import { readLines } from "../core/stream.js";

const OVER = 10; // canvas pixels per pixel of the model, about
const BRUSH = 0.16; // of the longer side
const PATIENCE = 200; // ms without another change
const OTHERS = 7;

export class Repair {
  #stroke = null;
  #seed = 1;

  /**
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/channel.js").LiveChannel} channel
   * @param {{repaired: number, encoder: number}} lanes
   * @param {string} url
   * @param {number} background level of hidden pixels, for the encoder
   * @param {(code: Float32Array) => void} onPick
   */
  constructor(model, channel, lanes, url, background, onPick) {
    this.model = model;
    this.channel = channel;
    this.lanes = lanes;
    this.url = url;
    this.background = background;
    this.onPick = onPick;
    this.codes = [];
    const [height, width] = model.imageShape;
    this.hidden = new Uint8Array(height * width); // 1: hidden
    const times = Math.max(1, Math.round((OVER * 28) / Math.max(height, width)));
    this.canvas = element("canvas.picture", {
      height: height * times,
      width: width * times,
      role: "img",
      "aria-label": t("Brush over the part to hide"),
      onpointerdown: (event) => this.#begin(event),
      onpointermove: (event) => this.#stroke !== null && this.#brush(event),
      onpointerup: () => (this.#stroke = null),
      onpointercancel: () => (this.#stroke = null),
    });
    const figure = (name, canvas) => element("figure.seen-tile", {}, canvas, element("figcaption", { text: name }));
    this.encoder = pictureCanvas(model.imageShape, t("reconstruction by the encoder"));
    this.result = pictureCanvas(model.imageShape, t("repaired"));
    this.others = Array.from({ length: OTHERS }, () => pictureCanvas(model.imageShape, t("another result")));
    this.noise = element("input", { type: "range", min: 0, max: 0.8, step: 0.02, value: 0, "aria-label": t("Noise"), oninput: () => this.#changed() });
    this.pool = element("select", { "aria-label": t("Size"), onchange: () => this.#changed() }, ...sizesOf(height, width).map((pool) => element("option", { value: pool, text: pool === 1 ? t("full size") : `${height / pool} × ${width / pool}` })));
    this.added = element("select", { "aria-label": t("Source of the noise"), onchange: () => this.#changed() }, element("option", { value: "added", text: t("added") }), element("option", { value: "own", text: t("already in the picture") }));
    this.noiseValue = element("output", { text: "0" });
    this.message = element("p.aside", { role: "status" });
    this.progress = element("progress", { max: 1, value: 0 });
    this.node = element(
      "section.card.repair",
      {},
      element("header", {}, element("h2", { text: t("Repair") }), element("span.aside", { text: t("Brush over a part, add noise, or reduce the size, to get the most likely complete picture") })),
      element(
        "div.toolbar",
        {},
        button(t("Hide lower half"), t("Hide the lower half of the picture"), () => this.#hide((y) => y >= height / 2)),
        button(t("Hide right half"), t("Hide the right half of the picture"), () => this.#hide((y, x) => x >= width / 2)),
        button(t("Show all"), t("Show the whole picture at full size, without noise"), () => this.#showAll()),
        element("label", { title: t("Standard deviation for pixels from 0 to 1: added here, or already in your picture") }, t("Noise"), this.noise, this.noiseValue, this.added),
        element("label", {}, t("Given at"), this.pool),
        button(t("Draw new noise"), t("Add other random noise"), () => this.#drawNoise()),
      ),
      element(
        "div.repair-row",
        {},
        figure(t("given: brush over it"), this.canvas),
        figure(t("encoder only"), this.encoder),
        element("figure.seen-tile", {}, element("button.frame", { type: "button", title: t("Open this code"), onclick: () => this.codes[0] && onPick(this.codes[0]) }, this.result), element("figcaption", {}, `${t("repaired")} `, this.progress)),
        element("p.aside.whole-hint", { text: t("The whole picture is visible. Brush over a part, hide a half, add noise, or reduce the size.") }),
        element("div.others", {}, element("small", { text: t("Less likely results of other starts:") }), rove(element("div.strip", { role: "toolbar", "aria-label": t("Other starts") }, ...this.others.map((canvas, i) => element("button.frame", { type: "button", title: t("Open this code"), onclick: () => this.codes[i + 1] && onPick(this.codes[i + 1]) }, canvas))))),
      ),
      this.message,
    );
    this.#clear();
  }

  destroy() {
    clearTimeout(this.timer);
    this.controller?.abort();
  }

  /** Set the picture to repair; hidden pixels stay hidden. @param {Uint8Array | null} pixels */
  setInput(pixels) {
    this.pixels = pixels;
    this.controller?.abort(); // late answers are of the earlier picture
    this.#draw();
    if (!pixels || this.isWhole) this.#clear();
    else this.#changed();
  }

  get isWhole() {
    return !this.hidden.includes(1) && this.noise.valueAsNumber === 0 && this.pool.value === "1";
  }

  #hide(where) {
    const [height, width] = this.model.imageShape;
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) this.hidden[y * width + x] = Number(where(y, x));
    this.#changed();
  }

  #showAll() {
    this.hidden.fill(0);
    this.noise.value = "0";
    this.pool.value = "1";
    this.#changed();
  }

  #drawNoise() {
    this.#seed++;
    this.#changed();
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const [y, x] = this.#at(event);
    this.#stroke = 1 - (this.hidden[Math.floor(y) * this.model.imageShape[1] + Math.floor(x)] ?? 0); // brushing hidden pixels shows them again
    this.#brush(event);
  }

  #brush(event) {
    const [height, width] = this.model.imageShape;
    const [row, column] = this.#at(event);
    const reach = (BRUSH * Math.max(height, width)) / 2;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) if (Math.hypot(y + 0.5 - row, x + 0.5 - column) <= reach) this.hidden[y * width + x] = this.#stroke;
    }
    this.#changed();
  }

  #at(event) {
    const [height, width] = this.model.imageShape;
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width];
  }

  #changed() {
    this.noiseValue.textContent = this.noise.value;
    this.#draw();
    clearTimeout(this.timer);
    if (!this.pixels || this.isWhole) return this.#clear();
    this.timer = setTimeout(() => this.#find(), PATIENCE);
  }

  /** Clear the results: there is nothing to repair. */
  #clear() {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.codes = [];
    this.progress.hidden = true;
    this.message.textContent = "";
    for (const canvas of [this.encoder, this.result, ...this.others]) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    this.node.classList.add("whole");
  }

  /** The given pixels `(h / pool, w / pool, c)`, and the visibility of each, 0…255. */
  given() {
    const [height, width, channels] = this.model.imageShape;
    const pool = Number(this.pool.value);
    const [rows, columns] = [height / pool, width / pool];
    const pixels = new Uint8Array(rows * columns * channels);
    const visible = new Uint8Array(rows * columns);
    const noise = this.noise.valueAsNumber;
    const added = this.added.value === "added" ? 255 * noise : 0;
    const random = seeded(this.#seed);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let seen = 0;
        const sums = new Float64Array(channels);
        for (let v = 0; v < pool; v++) {
          for (let u = 0; u < pool; u++) {
            const at = (y * pool + v) * width + x * pool + u;
            seen += 1 - this.hidden[at];
            for (let c = 0; c < channels; c++) sums[c] += this.pixels[at * channels + c];
          }
        }
        visible[y * columns + x] = seen === pool * pool ? 255 : 0; // a mean with hidden pixels is unusable
        for (let c = 0; c < channels; c++) pixels[(y * columns + x) * channels + c] = Math.min(255, Math.max(0, Math.round(sums[c] / pool ** 2 + added * normal(random))));
      }
    }
    return { pixels, visible, pool, noise, shape: [rows, columns, channels] };
  }

  async #find() {
    this.controller?.abort();
    const { signal } = (this.controller = new AbortController());
    const { pixels, visible, pool, noise } = this.given();
    this.#askEncoder();
    this.node.classList.remove("whole");
    this.progress.hidden = false;
    this.progress.value = 0;
    this.message.textContent = "";
    this.node.dataset.done = "false";
    try {
      await readLines(this.url, signal, (line) => signal.aborted || this.#came(line), packHead({ pool, noise }, pixels, visible));
      if (this.node.dataset.done !== "true") throw new Error(t("The server's answer is incomplete. Change a setting to try again."));
    } catch (error) {
      if (signal.aborted) return;
      this.#clear();
      this.message.textContent = error.message;
    }
  }

  #came(line) {
    this.message.textContent = line.note ? t(line.note) : "";
    if (line.note) return;
    this.progress.value = line.step / line.of;
    this.progress.hidden = Boolean(line.done);
    this.node.dataset.done = String(Boolean(line.done));
    this.codes = line.codes.map((code) => Float32Array.from(code));
    const { codeDim, imageShape } = this.model;
    const rows = new Float32Array(this.codes.length * codeDim);
    this.codes.forEach((code, i) => rows.set(code, i * codeDim));
    this.channel.ask(Operation.DECODE, this.lanes.repaired, this.codes.length, rows, ({ body }) => {
      const size = body.length / this.codes.length;
      [this.result, ...this.others].forEach((canvas, i) => i < this.codes.length && paint(canvas, body.subarray(i * size, (i + 1) * size), imageShape));
    });
  }

  /** Request the reconstruction by the encoder only, with hidden pixels as background. */
  #askEncoder() {
    const [height, width, channels] = this.model.imageShape;
    const { pixels, visible, pool } = this.given();
    const whole = new Uint8Array(height * width * channels);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = Math.floor(y / pool) * (width / pool) + Math.floor(x / pool);
        for (let c = 0; c < channels; c++) whole[(y * width + x) * channels + c] = visible[from] ? pixels[from * channels + c] : this.background;
      }
    }
    const { lanes, channel, model } = this;
    channel.ask(Operation.ENCODE, lanes.encoder, 1, whole, ({ body }) => {
      channel.ask(Operation.DECODE, lanes.encoder, 1, body.slice(0, model.codeDim), (reply) => paint(this.encoder, reply.body, model.imageShape));
    });
  }

  /** Draw the given picture, with hidden pixels hatched. */
  #draw() {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.clearRect(0, 0, width, height);
    if (!this.pixels) return;
    const { pixels, visible, shape } = this.given();
    const small = new OffscreenCanvas(shape[1], shape[0]);
    paint(small, pixels, shape);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, width, height);
    const [tall, wide] = [height / shape[0], width / shape[1]];
    context.fillStyle = "#5a6b8c";
    for (let y = 0; y < shape[0]; y++) for (let x = 0; x < shape[1]; x++) if (!visible[y * shape[1] + x]) context.fillRect(x * wide, y * tall, wide, tall);
    context.strokeStyle = "rgb(255 255 255 / 0.35)";
    context.beginPath();
    for (let y = 0; y < shape[0]; y++) {
      for (let x = 0; x < shape[1]; x++) {
        if (visible[y * shape[1] + x]) continue;
        context.moveTo(x * wide, (y + 1) * tall);
        context.lineTo((x + 1) * wide, y * tall);
      }
    }
    context.stroke();
  }
}

/** Possible reductions: divisors of both sides that leave at least four pixels. @param {number} height @param {number} width @returns {number[]} */
export function sizesOf(height, width) {
  const sizes = [];
  for (let pool = 1; pool <= Math.min(height, width) / 4; pool++) if (height % pool === 0 && width % pool === 0) sizes.push(pool);
  return sizes;
}

/** The same numbers for the same seed (mulberry32, T. Ettinger 2017). @param {number} seed @returns {() => number} in [0, 1) */
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
