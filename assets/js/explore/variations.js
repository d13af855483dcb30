/**
 * Variations: nine pictures around the point. A click on one moves there and shows nine new ones. Locked dimensions do not change.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Operation } from "../core/protocol.js";
import { rove } from "../core/roving.js";
import { normal } from "../core/walk.js";

const LANE = 4;
const COUNT = 9;
const MIDDLE = 4; // shows the point itself

export class Variations {
  codes = new Float32Array(); // of the nine pictures
  #shown = 0; // number of the latest request

  /**
   * @param {import("../core/point.js").Point} point
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/messages.js").Dimension[]} dimensions
   * @param {import("../core/locks.js").Locks} locks
   * @param {import("../core/channel.js").LiveChannel} channel
   * @param {(z: Float32Array) => void} onPick called with the code of a chosen picture
   */
  constructor(point, model, dimensions, locks, channel, onPick) {
    this.point = point;
    this.model = model;
    this.dimensions = dimensions;
    this.locks = locks;
    this.channel = channel;
    this.onPick = onPick;
    this.button = element("button", { type: "button", text: t("Variations"), title: t("Choose among nine pictures around the point (V). Click the name of a dimension to lock it") });
    this.amount = element("input", { type: "range", min: 0.05, max: 1.5, step: 0.05, value: 0.4, "aria-label": t("Amount of variation") });
    this.amount.addEventListener("input", () => this.#fill());
    this.canvases = Array.from({ length: COUNT }, () => pictureCanvas(model.imageShape, ""));
    const grid = element("div.nine", { role: "toolbar", "aria-label": t("Variations") });
    this.canvases.forEach((canvas, i) => {
      const name = i === MIDDLE ? t("The current point") : t("Variation {number}", { number: i < MIDDLE ? i + 1 : i });
      grid.append(element("button.variation", { type: "button", "aria-label": name, title: i === MIDDLE ? name : t("Go to this variation"), onclick: () => this.#pick(i) }, canvas));
    });
    this.note = element("p.aside");
    this.node = element(
      "div.variations",
      { popover: "manual", role: "dialog", "aria-label": t("Variations") },
      element("header", {}, element("b", { text: t("Variations") }), element("label.amount", {}, t("Amount"), this.amount), element("button", { type: "button", text: t("Show others"), title: t("Show other variations (V)"), onclick: () => this.#fill() }), element("button", { type: "button", text: "✕", title: t("Close"), "aria-label": t("Close"), onclick: () => this.node.hidePopover() })),
      rove(grid, 3),
      this.note,
    );
    this.button.addEventListener("click", () => this.show());
    this.node.addEventListener("toggle", (event) => this.button.setAttribute("aria-expanded", String(event.newState === "open")));
    // The middle follows when the point is moved elsewhere.
    point.addEventListener("move", ({ change }) => change.rest && this.open && this.#moved() && this.#fill());
    locks.addEventListener("change", () => this.open && this.#fill());
  }

  get open() {
    return this.node.matches(":popover-open");
  }

  /** Open it below its button, or show other variations. */
  show() {
    if (!this.open) {
      this.button.closest(".root").append(this.node); // beside what a presentation hides
      this.node.showPopover();
      const { left, bottom, width } = this.button.getBoundingClientRect(); // without a width in a presentation: at the right
      this.node.style.left = `${Math.max(8, Math.min(width ? left : Infinity, innerWidth - this.node.offsetWidth - 8))}px`;
      this.node.style.top = `${Math.max(8, Math.min(bottom + 6, innerHeight - this.node.offsetHeight - 8))}px`;
    }
    this.#fill();
  }

  hide() {
    if (this.open) this.node.hidePopover();
  }

  #moved() {
    const width = this.point.z.length;
    return this.point.z.some((value, i) => value !== this.codes[MIDDLE * width + i]);
  }

  #fill() {
    const { z } = this.point;
    const codes = new Float32Array(COUNT * z.length);
    const amount = this.amount.valueAsNumber;
    const free = this.dimensions.filter(({ index, active }) => active && !this.locks.has(index));
    for (let i = 0; i < COUNT; i++) {
      codes.set(z, i * z.length);
      if (i !== MIDDLE) for (const { index, spread } of free) codes[i * z.length + index] += amount * spread * normal();
    }
    this.codes = codes;
    this.note.textContent = this.locks.size ? t("{locked} of {all} dimensions locked", { locked: this.locks.size, all: this.dimensions.length }) : "";
    const number = ++this.#shown;
    this.channel.ask(Operation.DECODE, LANE, COUNT, codes, ({ body }) => {
      if (number !== this.#shown) return;
      const size = body.length / COUNT;
      this.canvases.forEach((canvas, i) => paint(canvas, body.subarray(i * size, (i + 1) * size), this.model.imageShape));
      this.node.dataset.drawn = String(number);
    });
  }

  #pick(i) {
    const width = this.point.z.length;
    if (i === MIDDLE) return this.#fill();
    this.onPick(this.codes.slice(i * width, (i + 1) * width));
  }
}
