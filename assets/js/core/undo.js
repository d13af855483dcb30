/** The buttons and keys that undo and redo changes of the point. */

import { element } from "./dom.js";
import { History } from "./history.js";
import { t } from "./language.js";

export class Undo {
  /**
   * @param {string} model its id
   * @param {() => import("./history.js").Visited | null} read the current point; null before there is one
   * @param {(visited: import("./history.js").Visited) => void} restore called with the point to go to
   */
  constructor(model, read, restore) {
    this.read = read;
    this.history = History.of(model);
    this.restore = restore;
    const button = (text, name, key, direction) =>
      element("button.step", { type: "button", text, title: `${name} (${key})`, "aria-label": name, onclick: () => this.step(direction) });
    this.undo = button("↶", t("Undo"), "Ctrl-Z", -1);
    this.redo = button("↷", t("Redo"), "Ctrl-Shift-Z", 1);
    this.node = element("span.pair", { role: "group", "aria-label": t("Changes of the point") }, this.undo, this.redo);
    this.keys = {
      "Ctrl+z": () => this.step(-1),
      "Ctrl+Shift+z": () => this.step(1),
      "Ctrl+y": () => this.step(1),
    };
    this.show = () => {
      this.undo.disabled = !this.history.canUndo;
      this.redo.disabled = !this.history.canRedo;
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
    const current = this.read();
    if (!current) return;
    this.history.record(current.z, current.image); // it may still be moving
    const visited = this.history.step(direction);
    if (visited) this.restore(visited);
  }
}
