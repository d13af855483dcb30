/**
 * The card beside the cursor: a point's image with its reconstruction, or the picture decoded at an empty place.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";

export class HoverCard {
  /** @param {[number, number, number]} shape of the images */
  constructor(shape) {
    this.shape = shape;
    this.image = pictureCanvas(shape, t("the image under the cursor"));
    this.decoded = pictureCanvas(shape, t("the picture decoded here"));
    this.imageTile = element("figure", {}, this.image, element("figcaption", { text: t("image") }));
    this.decodedTitle = element("figcaption");
    this.decodedTile = element("figure", {}, this.decoded, this.decodedTitle);
    this.title = element("b");
    this.text = element("small");
    this.node = element("div.hover-card", { hidden: true }, element("div.pair-of-pictures", {}, this.imageTile, this.decodedTile), this.title, this.text);
  }

  /** @param {string} title @param {string} text */
  showPoint(title, text) {
    this.#showText(t("reconstruction"), title, text, 1);
    this.imageTile.hidden = false;
  }

  /** @param {string} title @param {string} text @param {number} trust 0…1: an unreliable picture fades */
  showPlace(title, text, trust) {
    this.#showText(t("decoded here"), title, text, 0.25 + 0.75 * trust);
    this.imageTile.hidden = true;
  }

  /** @param {Uint8Array} pixels */
  paintImage(pixels) {
    paint(this.image, pixels, this.shape);
  }

  /** @param {Uint8Array} pixels */
  paintDecoded(pixels) {
    paint(this.decoded, pixels, this.shape);
    this.node.dataset.decoded = String(Number(this.node.dataset.decoded ?? 0) + 1); // a count, for tests
  }

  /** Beside the cursor, inside a frame of that width and height. */
  moveTo(x, y, width, height) {
    this.node.hidden = false;
    const { offsetWidth, offsetHeight } = this.node;
    const left = x + 18 + offsetWidth > width ? x - 18 - offsetWidth : x + 18;
    const top = Math.min(Math.max(4, y - offsetHeight / 2), height - offsetHeight - 4);
    this.node.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.node.hidden = true;
  }

  #showText(caption, title, text, opacity) {
    this.decodedTitle.textContent = caption;
    this.title.textContent = title;
    this.text.textContent = text;
    this.decoded.style.opacity = opacity;
  }
}
