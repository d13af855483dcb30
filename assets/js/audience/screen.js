/** Shows pictures on a canvas, always the newest. */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";

const SMALL = 64; // pixels of a side, below which pixels stay sharp

export class Screen {
  /** @type {import("./frames.js").Picture | null} */
  #next = null; // waits until the current one is drawn
  #drawing = false;

  /** @param {(picture: import("./frames.js").Picture) => void} onShown @param {HTMLElement[]} over shown over the picture */
  constructor(onShown, ...over) {
    this.onShown = onShown;
    this.canvas = element("canvas", { role: "img", "aria-label": t("The speaker's picture"), hidden: true });
    this.node = element("div.frame", {}, this.canvas, ...over);
  }

  /** @param {import("./frames.js").Picture} picture */
  async show(picture) {
    this.#next = picture;
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      while (this.#next) {
        const current = this.#next;
        this.#next = null;
        const bitmap = await createImageBitmap(new Blob([current.png], { type: "image/png" }), { colorSpaceConversion: "none" });
        this.#paint(bitmap);
        this.onShown(current);
      }
    } finally {
      this.#drawing = false;
    }
  }

  /** @param {ImageBitmap} bitmap */
  #paint(bitmap) {
    const { canvas } = this;
    const { width, height } = bitmap;
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      canvas.style.imageRendering = Math.max(width, height) < SMALL ? "pixelated" : "auto";
      this.node.style.setProperty("--ratio", String(width / height));
    }
    canvas.hidden = false;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
  }
}
