/** A plane of two latent dimensions: shows the point, and moves it by touch or by arrow keys. */

import { element, formatNumber } from "../core/dom.js";
import { t } from "../core/language.js";

const STEPS = 40; // of the arrow keys through a range

/** @typedef {import("../core/messages.js").RoomControl} RoomControl */

export class Pad {
  /** @type {[number, number]} */
  #at = [0, 0];

  /**
   * @param {RoomControl[]} controls two
   * @param {(values: [number, number][]) => void} onMove
   */
  constructor(controls, onMove) {
    const [across, up] = [...controls].sort((a, b) => a.index - b.index);
    this.across = across;
    this.up = up;
    this.swapped = controls[0] !== this.across; // the order of values in a picture is that of the controls
    this.onMove = onMove;
    this.marker = element("i");
    this.node = element("div.pad", { tabindex: 0, role: "application", "aria-roledescription": t("plane"), "aria-label": t("Latent plane: drag the point, or move it with the arrow keys") }, this.marker);
    this.node.addEventListener("pointerdown", (event) => {
      this.node.setPointerCapture(event.pointerId);
      this.#drag(event);
    });
    this.node.addEventListener("pointermove", (event) => this.node.hasPointerCapture(event.pointerId) && this.#drag(event));
    this.node.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {[number, number]} values in the order of the controls */
  show([first, second]) {
    this.#draw(this.swapped ? [second, first] : [first, second]);
  }

  /** @param {[number, number]} at */
  #draw(at) {
    this.#at = at;
    const [x, y] = [share(at[0], this.across), share(at[1], this.up)];
    this.marker.style.left = `${100 * x}%`;
    this.marker.style.top = `${100 * (1 - y)}%`;
    this.node.setAttribute("aria-valuetext", `${formatNumber(at[0])}, ${formatNumber(at[1])}`);
  }

  /** @param {[number, number]} at */
  #go(at) {
    this.#draw(at);
    this.onMove([[this.across.index, at[0]], [this.up.index, at[1]]]); // prettier-ignore
  }

  /** @param {PointerEvent} event */
  #drag({ clientX, clientY }) {
    const { left, top, width, height } = this.node.getBoundingClientRect();
    this.#go([valueAt((clientX - left) / width, this.across), valueAt(1 - (clientY - top) / height, this.up)]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#go([valueAt(share(this.#at[0], this.across) + step[0] / STEPS, this.across), valueAt(share(this.#at[1], this.up) + step[1] / STEPS, this.up)]);
  }
}

/** @param {number} value @param {RoomControl} range */
function share(value, { low, high }) {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** @param {number} part 0 to 1; beyond, the nearer end @param {RoomControl} range */
export function valueAt(part, { low, high }) {
  return low + Math.min(1, Math.max(0, part)) * (high - low);
}
