/** The buttons and keys that undo and redo changes of the point. */

import { element } from "./dom.js";
import { History } from "./history.js";

export class Undo {
  /**
   * @param {string} model its id
   * @param {(visited: import("./history.js").Visited) => void} restore called with the point to go to
   */
  constructor(model, restore) {
    this.history = History.of(model);
    this.restore = restore;
    const button = (text, name, key, direction) =>
      element("button.step", { type: "button", text, title: `${name} (${key})`, "aria-label": name, onclick: () => this.step(direction) });
    this.back = button("↶", "Undo", "Ctrl-Z", -1);
    this.forth = button("↷", "Redo", "Ctrl-Shift-Z", 1);
    this.node = element("span.pair", { role: "group", "aria-label": "Changes of the point" }, this.back, this.forth);
    this.keys = {
      "Ctrl+z": () => this.step(-1),
      "Ctrl+Shift+z": () => this.step(1),
      "Ctrl+y": () => this.step(1),
    };
    this.show = () => {
      this.back.disabled = !this.history.canUndo;
      this.forth.disabled = !this.history.canRedo;
    };
    this.history.addEventListener("change", this.show);
    this.show();
  }

  destroy() {
    this.history.removeEventListener("change", this.show);
  }

  /** @param {ArrayLike<number>} z @param {number | null} image */
  record(z, image) {
    this.history.record(z, image);
  }

  /** @param {1 | -1} direction */
  step(direction) {
    const visited = this.history.step(direction);
    if (visited) this.restore(visited);
  }
}
