/** One favourite in the tray: its picture, its title, and buttons to move and delete it. */

import { element } from "../core/dom.js";
import { LONGEST } from "./favourites.js";

const DRAGGED = "application/x-zscope-favourite"; // other things that are dropped here are no favourites

/**
 * @typedef {object} Actions
 * @property {(index: number) => void} go
 * @property {(index: number, title: string) => void} rename
 * @property {(index: number) => void} remove
 * @property {(from: number, to: number) => void} move
 */

export class Item {
  /** @param {number} index @param {boolean} pixelated whether its pixels stay sharp @param {Actions} actions */
  constructor(index, pixelated, actions) {
    const small = (kind, text, onclick) => element("button.small", { type: "button", text, "data-kind": kind, onclick });
    this.picture = element("img", { alt: "", draggable: "false" });
    if (pixelated) this.picture.style.imageRendering = "pixelated";
    this.title = element("input", { placeholder: String(index + 1), maxlength: LONGEST });
    this.title.addEventListener("change", () => actions.rename(index, this.title.value));
    this.goButton = element("button.go", { type: "button", title: "Go to this point", onclick: () => actions.go(index) }, this.picture);
    this.buttons = {
      "Move to the left": small("left", "‹", () => actions.move(index, index - 1)),
      Delete: small("delete", "✕", () => actions.remove(index)),
      "Move to the right": small("right", "›", () => actions.move(index, index + 1)),
    };
    this.index = index;
    this.node = element("li", { draggable: "true" }, this.goButton, this.title, element("span.row", {}, ...Object.values(this.buttons)));
    this.node.addEventListener("dragstart", (event) => event.dataTransfer.setData(DRAGGED, String(index)));
    this.node.addEventListener("dragover", (event) => event.dataTransfer.types.includes(DRAGGED) && event.preventDefault());
    this.node.addEventListener("drop", (event) => {
      if (!event.dataTransfer.types.includes(DRAGGED)) return;
      event.preventDefault();
      actions.move(Number(event.dataTransfer.getData(DRAGGED)), index);
    });
  }

  /** @param {import("./favourites.js").Favourite} favourite @param {boolean} adds whether a click adds it as a stop of the path */
  show({ title, picture }, adds) {
    const name = title || `favourite ${this.index + 1}`;
    if (picture && this.picture.getAttribute("src") !== picture) this.picture.setAttribute("src", picture);
    else if (!picture) this.picture.removeAttribute("src");
    if (this.title.value !== title) this.title.value = title;
    this.title.setAttribute("aria-label", `Title of ${name}`);
    this.goButton.setAttribute("aria-label", adds ? `Add ${name} as a stop` : `Go to ${name}`);
    this.goButton.title = adds ? "Add this point as the last stop of the path" : "Go to this point";
    for (const [label, button] of Object.entries(this.buttons)) {
      button.title = label;
      button.setAttribute("aria-label", `${label}: ${name}`);
    }
  }
}
