/**
 * One end of the paths: its picture, and where it comes from.
 */

import { oneHot } from "../explore/classes.js";
import { element } from "../explore/dom.js";
import { ImagePicker } from "../explore/picker.js";
import { paint, pictureCanvas } from "../explore/picture.js";
import { imageName } from "../explore/words.js";
import { Operation } from "../live/protocol.js";

export class End {
  #turn = 0;

  /**
   * @param {string} name A or B
   * @param {import("../explore/explorer.js").Model} model
   * @param {import("../explore/data.js").Data} data
   * @param {import("../live/channel.js").LiveChannel} channel
   * @param {number} lane of its picture
   * @param {{draw: () => Promise<Float32Array>, here: () => number[] | null, onChange: () => void, onError: (error: Error) => void}} means
   */
  constructor(name, model, data, channel, lane, means) {
    Object.assign(this, { name, model, data, channel, lane, means });
    this.code = null; // Float32Array, or null before there is one
    this.image = null; // number of the test image, or null
    this.canvas = pictureCanvas(model.imageShape, `the picture of ${name}`);
    this.caption = element("figcaption");
    this.picker = new ImagePicker(model, data, (index) => this.attempt(() => this.take(index)), () => {});
    const button = (text, title, action) => element("button", { type: "button", text, title, onclick: () => this.attempt(action) });
    const choose = button("▾", "Choose a test image by class or number", () => {});
    choose.classList.add("joined");
    choose.setAttribute("aria-label", `Choose a test image for ${name}`);
    this.picker.attach(choose);
    const here = button("Point", "The point that Explore and the map show", () => this.set(Float32Array.from(means.here()), null));
    here.disabled = !means.here();
    this.node = element(
      "section.card.end",
      { "data-end": name },
      element("h2", { text: name }),
      element("figure", {}, this.canvas, this.caption),
      element(
        "div.toolbar",
        {},
        element("span.pair", {}, button("Test image", "A random test image", () => this.random()), choose),
        button("Draw", model.prior ? "A draw from the prior" : "A code near that of a random image", async () => this.set(await this.#drawn(), null)),
        here,
      ),
      this.picker.node,
    );
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
    const { rows } = await this.data.codes;
    return this.take(Math.floor(Math.random() * rows));
  }

  /** A test image. @param {number} index */
  async take(index) {
    const turn = ++this.#turn;
    const { means, labels, dimensions } = await this.data.codes;
    if (turn !== this.#turn) return;
    const { codeDim, latentDim } = this.model;
    const code = new Float32Array(codeDim);
    code.set(means.subarray(index * dimensions, (index + 1) * dimensions));
    if (labels[index] < codeDim - latentDim) code.set(oneHot(codeDim - latentDim, labels[index]), latentDim);
    this.set(code, index, imageName(this.model, index, labels[index]));
  }

  /** @param {Float32Array} code @param {number | null} image @param {string} [words] */
  set(code, image, words = image === null ? "a point" : `#${image}`) {
    this.#turn++;
    Object.assign(this, { code, image });
    this.caption.textContent = words;
    this.channel.ask(Operation.DECODE, this.lane, 1, code, ({ body }) => paint(this.canvas, body, this.model.imageShape));
    this.means.onChange();
  }

  async #drawn() {
    const { codeDim, latentDim } = this.model;
    const code = new Float32Array(codeDim);
    code.set(await this.means.draw());
    if (codeDim > latentDim) code.set(oneHot(codeDim - latentDim, Math.floor(Math.random() * (codeDim - latentDim))), latentDim);
    return code;
  }
}
