/**
 * The filmstrip: one dimension over its range in nine decoded steps, the other dimensions fixed.
 * It has a fixed place above the sliders, so that nothing moves under the mouse.
 */

import { Operation } from "../core/protocol.js";
import { dimensionName, element, formatNumber, setText } from "../core/dom.js";
import { t, withNodes } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { rove } from "../core/roving.js";

const STEPS = 9;
const LANE = 1;

export class Filmstrip {
  /** @type {import("../core/messages.js").Dimension} */
  #dimension;
  #frames = [];
  #scheduled = 0;

  /**
   * @param {import("../core/point.js").Point} point
   * @param {import("../core/messages.js").Dimension[]} dimensions
   * @param {[number, number, number]} shape
   * @param {import("../core/channel.js").LiveChannel} channel
   */
  constructor(point, dimensions, shape, channel) {
    this.point = point;
    this.shape = shape;
    this.channel = channel;
    this.byIndex = new Map(dimensions.map((dimension) => [dimension.index, dimension]));
    this.name = element("b");
    this.title = element("h3", {}, ...withNodes(t("{dimension} over its range, other dimensions fixed"), { dimension: this.name }));
    const strip = element("div.strip", { role: "toolbar", "aria-label": t("Frames of the filmstrip") });
    for (let i = 0; i < STEPS; i++) {
      const canvas = pictureCanvas(shape, "", "picture");
      const caption = element("small");
      const button = element("button.frame", { type: "button", onclick: (event) => this.#jump(i, event) }, canvas, caption);
      this.#frames.push({ canvas, caption, button });
      strip.append(button);
    }
    this.node = element("section.filmstrip", { "aria-label": t("Filmstrip") }, this.title, rove(strip));
    point.addEventListener("move", (event) => this.#follow(event.change));
    this.attend(dimensions[0].index);
  }

  /** Show another dimension. @param {number} index */
  attend(index) {
    if (this.#dimension?.index === index) return;
    this.#dimension = this.byIndex.get(index);
    setText(this.name, dimensionName(index));
    this.#frames.forEach(({ caption, button }, i) => {
      setText(caption, formatNumber(this.#at(i), 1));
      button.setAttribute("aria-label", t("Set {dimension} to {value}", { dimension: dimensionName(index), value: this.#at(i).toFixed(1) }));
    });
    this.#shown = null;
    this.#follow({});
  }
  #shown = null;

  /** Whether a dimension other than the strip's has changed since the strip was requested. */
  #isStale() {
    const { z } = this.point;
    return !this.#shown || z.some((value, i) => i !== this.#dimension.index && value !== this.#shown[i]);
  }

  /** @param {import("../core/point.js").Change} change */
  #follow({ rest }) {
    if (rest) return;
    this.#mark();
    // Dragging the strip's own dimension does not change its pictures.
    if (!this.#scheduled && this.#isStale()) {
      // At a tenth of the picture's rate: the picture has priority on the channel.
      this.#scheduled = setTimeout(() => {
        this.#scheduled = 0;
        this.#ask();
      }, 90);
    }
  }

  #ask() {
    const dimension = this.#dimension;
    const width = this.point.z.length;
    const codes = new Float32Array(STEPS * width);
    for (let i = 0; i < STEPS; i++) {
      codes.set(this.point.z, i * width);
      codes[i * width + dimension.index] = this.#at(i);
    }
    this.#shown = Float32Array.from(this.point.z);
    this.channel.ask(Operation.DECODE, LANE, STEPS, codes, (reply) => {
      if (dimension !== this.#dimension) return;
      const size = reply.body.length / STEPS;
      this.#frames.forEach(({ canvas }, i) => paint(canvas, reply.body.subarray(i * size, (i + 1) * size), this.shape));
    });
  }

  #mark() {
    const { index, low, high } = this.#dimension;
    const here = Math.round(((this.point.z[index] - low) / (high - low)) * (STEPS - 1));
    this.#frames.forEach(({ button }, i) => button.classList.toggle("here", i === here));
  }

  #jump(i, event) {
    this.point.set(this.#dimension.index, this.#at(i), { since: event.timeStamp });
    this.point.rest();
  }

  #at(i) {
    const { low, high } = this.#dimension;
    return low + ((high - low) * i) / (STEPS - 1);
  }
}
