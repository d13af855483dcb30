/** What a phone can move: sliders, or a plane for two dimensions, and the class of a conditional model. They follow the speaker. */

import { dimensionName, element, formatNumber } from "../core/dom.js";
import { t } from "../core/language.js";
import { Pad } from "./pad.js";

const OWN = 600; // ms after its own input in which a control does not follow: the picture of the move is on its way

/** @typedef {import("../core/messages.js").RoomState} RoomState */
/** @typedef {import("../core/messages.js").RoomControl} RoomControl */

export class Controls {
  #ownUntil = 0;

  /**
   * @param {RoomState} room
   * @param {(values: [number, number][], chosen?: number | null) => void} onMove
   */
  constructor(room, onMove) {
    this.room = room;
    this.onMove = (values, chosen = null) => {
      this.#ownUntil = performance.now() + OWN;
      onMove(values, chosen);
    };
    const { controls = [], classWeights = 0, latentDim = 0 } = room;
    this.pad = latentDim === 2 && controls.length === 2 ? new Pad(controls, (values) => this.onMove(values)) : null;
    this.rows = this.pad ? [] : controls.map((control) => this.#row(control));
    this.choice = classWeights ? this.#classes(classWeights) : null;
    this.node = element("section.controls", { "aria-label": t("Move the point") }, ...[this.choice, this.pad?.node, ...this.rows.map(({ node }) => node)].filter(Boolean));
  }

  /** Show the point, unless this phone moves it. @param {Float32Array} values */
  follow(values) {
    if (performance.now() < this.#ownUntil) return;
    this.pad?.show([values[0], values[1]]);
    this.rows.forEach(({ input, output }, i) => {
      input.value = String(values[i]);
      output.textContent = formatNumber(values[i]);
    });
    const weights = values.subarray(this.room.controls.length);
    if (this.choice && weights.length) this.select.value = String(weights.indexOf(Math.max(...weights)));
  }

  /** @param {RoomControl} control */
  #row({ index, low, high }) {
    const name = dimensionName(index);
    const output = element("output", { "aria-hidden": "true" });
    const input = element("input", { type: "range", min: low, max: high, step: "any", "aria-label": name });
    input.addEventListener("input", () => {
      output.textContent = formatNumber(input.valueAsNumber);
      this.onMove([[index, input.valueAsNumber]]);
    });
    return { node: element("label.row", {}, element("span", { text: name }), input, output), input, output };
  }

  /** @param {number} count */
  #classes(count) {
    const options = Array.from({ length: count }, (_, i) => element("option", { value: i, text: this.room.classes?.[i] ?? t("class {i}", { i }) }));
    this.select = element("select", {}, ...options);
    this.select.addEventListener("change", () => this.onMove([], Number(this.select.value)));
    return element("label.row.class", {}, element("span", { text: t("Class") }), this.select);
  }
}
