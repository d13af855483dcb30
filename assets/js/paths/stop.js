/**
 * One stop of the path: its code, the source of the code, and how long the film pauses there.
 */

import { oneHot } from "../core/classes.js";
import { button, element } from "../core/dom.js";
import { ImagePicker } from "../core/picker.js";
import { pictureCanvas } from "../core/picture.js";
import { imageName, randomName } from "../core/labels.js";
import { t } from "../core/language.js";
import { firstImage } from "./first_image.js";

const SAME = 0.01; // codes of one image differ less: links round them, and batches are computed differently

export class Stop {
  #turn = 0;

  /**
   * @param {import("../core/messages.js").Model} model
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
    this.canvas = pictureCanvas(model.imageShape, t("picture of the stop"));
    this.title = element("h2");
    this.caption = element("span.aside");
    this.picker = new ImagePicker(model, data, (index) => this.attempt(() => this.take(index)), () => {});
    const trying = (text, title, action) => button(text, title, () => this.attempt(action));
    const choose = trying("▾", t("Choose a test image by its class or number"), () => {});
    choose.classList.add("joined");
    this.picker.attach(choose);
    const here = trying(t("Use point"), t("Use the current point of Explore and the Map page"), () => this.set(Float32Array.from(means.here()), null, t("current point")));
    here.disabled = !means.here();
    this.earlier = trying("←", t("Move towards the start"), () => means.onMove(this, -1));
    this.later = trying("→", t("Move towards the end"), () => means.onMove(this, 1));
    this.remove = trying("✕", t("Remove this stop"), () => means.onRemove(this));
    this.hold = element("input.steps", { type: "number", min: 0, max: 10, step: 0.1, value: 0, title: t("Seconds that animation and film pause here"), onchange: () => this.#held() });
    this.onMap = trying(t("Choose on map"), t("Choose an image on the map below"), () => means.onMap(this));
    this.onMap.hidden = !means.onMap;
    this.node = element(
      "section.card.stop",
      {},
      element("header", {}, this.title, this.caption, element("span.order", {}, this.earlier, this.later, this.remove)),
      this.canvas,
      element(
        "div.toolbar",
        {},
        element("span.pair", {}, trying(t("Random test image"), t("Use a random test image"), () => this.random()), choose),
        trying(randomName(model), model.prior ? t("Use a sample of the prior") : t("Use a code near that of a random image"), () => this.#draw()),
        here,
        this.onMap,
        element("label.hold", {}, t("Hold"), this.hold, t("s")),
      ),
      this.picker.node,
    );
  }

  /** Set its letter, and whether it can move. @param {number} index @param {number} count @param {number} least number of stops */
  name(index, count, least) {
    this.letter = String.fromCharCode(65 + index);
    this.title.textContent = this.letter;
    this.node.dataset.stop = this.letter;
    this.canvas.setAttribute("aria-label", t("picture of {letter}", { letter: this.letter }));
    this.earlier.disabled = index === 0;
    this.later.disabled = index === count - 1;
    this.remove.hidden = count <= least;
  }

  /** Run an action and show its errors. @param {() => any} action */
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

  /** Use a random test image of a class that no other stop has. @param {() => Stop[]} others */
  async begin(others) {
    const turn = ++this.#turn;
    const { labels } = await this.data.codes;
    if (turn !== this.#turn) return;
    const taken = others().map(({ coming }) => coming).filter((image) => image !== null); // prettier-ignore
    await this.take(firstImage(labels, taken));
  }

  /** Use a point. Its image names it only if the point is the image's code: on Explore, a point keeps the image that it began with. @param {{z: number[], image: number | null}} point */
  async start({ z, image }) {
    if (image === null) return this.set(Float32Array.from(z), null, "point");
    const turn = ++this.#turn;
    this.coming = image;
    const { means, dimensions } = await this.data.codes;
    if (turn !== this.#turn) return;
    const mean = means.subarray(image * dimensions, (image + 1) * dimensions);
    if (mean.every((value, i) => Math.abs(value - z[i]) < SAME)) return this.take(image);
    this.set(Float32Array.from(z), null, "point");
  }

  /** Use a test image. @param {number} index */
  async take(index) {
    const turn = ++this.#turn;
    this.coming = index;
    const { means, labels, dimensions } = await this.data.codes;
    if (turn !== this.#turn) return; // another image was chosen meanwhile
    this.set(this.withClass(means.subarray(index * dimensions, (index + 1) * dimensions), labels[index]), index, imageName(this.model, index, labels[index]));
  }

  /** @param {Float32Array} code @param {number | null} image @param {string} words the source of the code */
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
    this.set(this.withClass(z, Math.floor(Math.random() * Math.max(1, codeDim - latentDim))), null, t("sample"));
  }

  #held() {
    this.hold.value = String(this.seconds);
    this.means.onHold();
  }
}
