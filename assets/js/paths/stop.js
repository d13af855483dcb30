/**
 * One picture of the way: its code, where that comes from, how long the film stays there.
 */

import { oneHot } from "../core/classes.js";
import { element } from "../core/dom.js";
import { ImagePicker } from "../core/picker.js";
import { pictureCanvas } from "../core/picture.js";
import { imageName } from "../core/labels.js";
import { firstImage } from "./first_image.js";

export class Stop {
  #turn = 0;

  /**
   * @param {import("../core/model.js").Model} model
   * @param {import("../core/data.js").Data} data
   * @param {{draw: () => Promise<Float32Array>, here: () => number[] | null, onChange: () => void, onError: (error: Error) => void,
   *     onMap: ((stop: Stop) => void) | null, onMove: (stop: Stop, by: number) => void, onRemove: (stop: Stop) => void, onHold: () => void}} means
   */
  constructor(model, data, means) {
    this.model = model;
    this.data = data;
    this.means = means;
    /** @type {Float32Array | null} null before there is one */
    this.code = null;
    /** @type {number | null} number of the test image */
    this.image = null;
    /** @type {number | null} */
    this.coming = null; // that of the image whose code is fetched, then `image`
    this.words = "";
    this.canvas = pictureCanvas(model.imageShape, "its picture");
    this.title = element("h2");
    this.caption = element("span.aside");
    this.picker = new ImagePicker(model, data, (index) => this.attempt(() => this.take(index)), () => {});
    const button = (text, title, action) => element("button", { type: "button", text, title, "aria-label": title, onclick: () => this.attempt(action) });
    const choose = button("▾", "Choose a test image by class or number", () => {});
    choose.classList.add("joined");
    this.picker.attach(choose);
    const here = button("Point", "The point that Explore and the map show", () => this.set(Float32Array.from(means.here()), null, "the current point"));
    here.disabled = !means.here();
    this.earlier = button("←", "Earlier on the way", () => means.onMove(this, -1));
    this.later = button("→", "Later on the way", () => means.onMove(this, 1));
    this.remove = button("✕", "Take it out", () => means.onRemove(this));
    this.hold = element("input.steps", { type: "number", min: 0, max: 10, step: 0.1, value: 0, title: "Seconds that play and film stay here", onchange: () => this.#held() });
    this.onMap = button("Map", "Then click an image on the map below", () => means.onMap(this));
    this.onMap.hidden = !means.onMap;
    this.node = element(
      "section.card.stop",
      {},
      element("header", {}, this.title, this.caption, element("span.order", {}, this.earlier, this.later, this.remove)),
      this.canvas,
      element(
        "div.toolbar",
        {},
        element("span.pair", {}, button("Test image", "A random test image", () => this.random()), choose),
        button("Draw", model.prior ? "A draw from the prior" : "A code near that of a random image", () => this.#draw()),
        here,
        this.onMap,
        element("label.hold", {}, "Hold", this.hold, "s"),
      ),
      this.picker.node,
    );
  }

  /** What it is called, and whether it can move. @param {number} index @param {number} count @param {number} least stops there must be */
  name(index, count, least) {
    this.letter = String.fromCharCode(65 + index);
    this.title.textContent = this.letter;
    this.node.dataset.stop = this.letter;
    this.canvas.setAttribute("aria-label", `the picture of ${this.letter}`);
    this.earlier.disabled = index === 0;
    this.later.disabled = index === count - 1;
    this.remove.hidden = count <= least;
  }

  /** What goes wrong is said. @param {() => any} action */
  async attempt(action) {
    try {
      await action();
    } catch (error) {
      this.means.onError(error);
    }
  }

  async random() {
    const turn = ++this.#turn;
    const { rows } = await this.data.codes;
    if (turn === this.#turn) await this.take(Math.floor(Math.random() * rows));
  }

  /** A random test image, of a class that none of the others is of. @param {() => Stop[]} others */
  async begin(others) {
    const turn = ++this.#turn;
    const { labels } = await this.data.codes;
    if (turn !== this.#turn) return;
    const taken = others().map(({ coming }) => coming).filter((image) => image !== null); // prettier-ignore
    await this.take(firstImage(labels, taken));
  }

  /** A test image. @param {number} index */
  async take(index) {
    const turn = ++this.#turn;
    this.coming = index;
    const { means, labels, dimensions } = await this.data.codes;
    if (turn !== this.#turn) return; // another choice since
    this.set(this.withClass(means.subarray(index * dimensions, (index + 1) * dimensions), labels[index]), index, imageName(this.model, index, labels[index]));
  }

  /** @param {Float32Array} code @param {number | null} image @param {string} words where it comes from */
  set(code, image, words) {
    this.#turn++;
    this.code = code;
    this.image = image;
    this.coming = image;
    this.words = words;
    this.caption.textContent = words;
    this.means.onChange();
  }

  /** z with the class weights of a class, where the model has any. @param {ArrayLike<number>} z @param {number} label */
  withClass(z, label) {
    const { codeDim, latentDim } = this.model;
    const code = new Float32Array(codeDim);
    code.set(z);
    if (codeDim > latentDim) code.set(oneHot(codeDim - latentDim, label < codeDim - latentDim ? label : 0), latentDim);
    return code;
  }

  get seconds() {
    return Math.min(10, Math.max(0, this.hold.valueAsNumber || 0));
  }

  async #draw() {
    const turn = ++this.#turn;
    const z = await this.means.draw();
    if (turn !== this.#turn) return;
    const { codeDim, latentDim } = this.model;
    this.set(this.withClass(z, Math.floor(Math.random() * Math.max(1, codeDim - latentDim))), null, "a draw");
  }

  #held() {
    this.hold.value = String(this.seconds);
    this.means.onHold();
  }
}
