/**
 * The class of a conditional model's code: one button per class. A click decodes as that class. Shift and a click (or Enter)
 * adds a class to an equal mix or removes it.
 */

import { element } from "./dom.js";
import { t } from "./language.js";
import { rove } from "./roving.js";

/** Class weights that name one class. @param {number} classes @param {number} index @returns {Float32Array} */
export function oneHot(classes, index) {
  const weights = new Float32Array(classes);
  weights[index] = 1;
  return weights;
}

/**
 * Add a class to a mix of equal parts, or remove it; the last one stays.
 *
 * @param {ArrayLike<number>} weights
 * @param {number} index
 * @returns {Float32Array}
 */
export function mixed(weights, index) {
  const chosen = new Set(Array.from(weights, (_, i) => i).filter((i) => weights[i] > 0));
  if (!chosen.delete(index)) chosen.add(index);
  return chosen.size ? Float32Array.from(weights, (_, i) => (chosen.has(i) ? 1 / chosen.size : 0)) : oneHot(weights.length, index);
}

export class ClassChips {
  #buttons;
  #shown = null;

  /**
   * @param {import("./point.js").Point} point
   * @param {import("./messages.js").Model} model a conditional one
   * @param {string[]} colors of the classes
   * @param {(weights: Float32Array, since?: number) => void} onChoose
   */
  constructor(point, model, colors, onChoose) {
    this.point = point;
    this.model = model;
    this.onChoose = onChoose;
    this.#buttons = Array.from({ length: model.codeDim - model.latentDim }, (_, index) => {
      const swatch = element("i");
      swatch.style.background = colors[index % colors.length];
      const button = element(
        "button",
        {
          type: "button",
          title: t("Decode as this class. With Shift: add the class to a mix, or remove it"),
          onclick: (event) => this.choose(index, event.shiftKey, event.timeStamp),
        },
        swatch,
        nameOf(model, index),
      );
      return button;
    });
    this.node = element(
      "section.class-chips",
      {},
      element("h3", { text: t("Class"), title: t("This model's decoder gets the class as a second input beside z.") }),
      rove(element("div.chips", { role: "toolbar", "aria-label": t("Class to decode as") }, ...this.#buttons)),
    );
    point.addEventListener("move", (event) => event.change.rest || this.#follow());
    this.#follow();
  }

  /** @param {number} index @param {boolean} [mix] add it to the mix or remove it @param {number} [since] */
  choose(index, mix = false, since = undefined) {
    if (index >= this.#buttons.length) return;
    this.onChoose(mix ? mixed(this.#weights(), index) : oneHot(this.#buttons.length, index), since);
  }

  #weights() {
    return this.point.z.slice(this.model.latentDim);
  }

  #follow() {
    const weights = this.#weights();
    if (this.#shown?.every((value, i) => value === weights[i])) return;
    this.#shown = weights;
    this.#buttons.forEach((button, i) => {
      const share = `${Math.round(100 * weights[i])}%`;
      button.setAttribute("aria-pressed", String(weights[i] > 0));
      // Show the share as a filled part, not as a number: a wider chip would move the others under the mouse.
      button.style.setProperty("--share", share);
      const part = weights[i] > 0 && weights[i] < 0.995;
      button.setAttribute("aria-label", part ? t("{name}, {share}", { name: nameOf(this.model, i), share }) : nameOf(this.model, i));
    });
  }
}

function nameOf(model, index) {
  return model.classes[index] ?? t("class {i}", { i: index });
}
