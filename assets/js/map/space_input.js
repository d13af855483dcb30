/** Pointer and keyboard on a map of three dimensions: hovering, clicks, and keys that rotate it. */

import { t } from "../core/language.js";

const CLICK = 4; // pixels that the pointer may move between press and release
const FIND = 120; // ms that Plotly may take to find the point under the pointer
const AFTER_TOUCH = 60; // ms after which the browser has sent the mouse events of a touch

export class SpaceInput {
  #on = -1; // index of the hovered point
  /** @type {[number, number] | null} where the pointer was pressed */
  #pressed = null;
  /** @type {PointerEvent | null} the last one over the plot */
  #last = null;
  #going = 0;

  /**
   * @param {{plotNode: HTMLElement, plot: import("./space_plot.js").SpacePlot, hover: import("./hover.js").Hover, stage: HTMLElement}} parts of the map
   * @param {(index: number) => void} goTo
   */
  constructor({ plotNode, plot, hover, stage }, goTo) {
    this.hover = hover;
    this.stage = stage;
    this.goTo = goTo;
    plotNode.tabIndex = 0;
    plotNode.setAttribute("role", "application");
    plotNode.setAttribute("aria-roledescription", "map");
    plotNode.setAttribute("aria-label", t("Map in three dimensions: rotate it with the arrow keys, zoom with + and −"));
    plotNode.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !plot.key(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    plotNode.addEventListener("pointermove", (event) => (this.#last = event), true);
    plotNode.addEventListener("pointerdown", (event) => this.#press(event), true);
    plotNode.addEventListener("pointerleave", () => this.leave());
    this.release = (event) => this.#released(event);
    window.addEventListener("pointerup", this.release, true);
  }

  destroy() {
    clearTimeout(this.#going);
    window.removeEventListener("pointerup", this.release, true);
  }

  /** Plotly has found a point under the pointer. @param {number} index */
  over(index) {
    this.#on = index;
    if (!this.#last || this.#last.buttons) return;
    const box = this.stage.getBoundingClientRect();
    this.hover.overPoint(index, [this.#last.clientX - box.left, this.#last.clientY - box.top, box.width, box.height], performance.now());
  }

  leave() {
    this.#on = -1;
    this.hover.leave();
  }

  #press(event) {
    this.#last = event;
    const isControl = event.button !== 0 || event.target.closest?.(".modebar, .legend");
    this.#pressed = isControl ? null : [event.clientX, event.clientY];
    this.hover.leave();
  }

  #released(event) {
    const { clientX, clientY, pointerType } = event;
    const pressed = this.#pressed;
    this.#pressed = null;
    if (!pressed || Math.hypot(clientX - pressed[0], clientY - pressed[1]) > CLICK) return;
    clearTimeout(this.#going);
    const go = () => this.#on >= 0 && this.goTo(this.#on);
    if (pointerType !== "touch") {
      this.#going = setTimeout(go, FIND);
      return;
    }
    // Plotly looks for a point where the mouse moves, and the mouse events of a touch end too early.
    const target = event.composedPath()[0];
    this.#going = setTimeout(() => {
      target.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true, composed: true }));
      this.#going = setTimeout(go, FIND);
    }, AFTER_TOUCH);
  }
}
