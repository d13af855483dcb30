/**
 * The picture's code on sliders, with a button to reset them.
 */

import { ClassChips } from "../core/classes.js";
import { element } from "../core/dom.js";
import { Sliders } from "../core/sliders.js";
import { isConditional, orderName } from "../core/labels.js";
import { t } from "../core/language.js";

export class CodeCard {
  /**
   * @param {import("../core/point.js").Point} point
   * @param {import("../core/messages.js").Model} model
   * @param {object[]} dimensions
   * @param {string[]} colors
   */
  constructor(point, model, dimensions, colors) {
    this.point = point;
    this.model = model;
    this.sliders = new Sliders(point, model, dimensions, () => {});
    const chips = isConditional(model) ? [new ClassChips(point, model, colors, (...choice) => this.#choose(...choice)).node] : [];
    this.backButton = element("button", { type: "button", text: t("Reset to my image"), title: t("Move the sliders to the picture's code (B)"), disabled: true, onclick: () => this.back() });
    const order = orderName(model);
    const title = element("span.aside", { text: model.prior ? t("mean ± σ of the posterior; {order}", { order }) : order });
    this.node = element("section.card.latents", {}, element("header", {}, element("h2", { text: t("Code of the picture") }), title, this.backButton), ...chips, this.sliders.node);
  }

  /** Move to the picture's code. */
  back() {
    if (!this.node.inert && this.point.source) this.jump(this.point.source.mean);
  }

  /** @param {ArrayLike<number>} code */
  jump(code) {
    this.point.move(code);
    this.point.rest();
  }

  /** Decode as other classes. */
  #choose(weights, since) {
    const code = Float32Array.from(this.point.z);
    code.set(weights, this.model.latentDim);
    this.point.move(code, { since });
    this.point.rest();
  }
}
