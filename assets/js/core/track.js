/**
 * A native range input below a thumb of our own, and its value as text. What moves with the hand changes no layout outside it:
 * the thumb moves by a transform, the text and the input have boxes of fixed size that are laid out by themselves.
 */

import { element, setText } from "./dom.js";

export class Track {
  #shown = "";

  /**
   * @param {HTMLInputElement} input of type range
   * @param {...Element} marks below the thumb
   */
  constructor(input, ...marks) {
    this.input = input;
    this.thumb = element("i.thumb");
    // In boxes of their own: the browser lays out the children of a grid only together with the grid.
    this.node = element("div.track", {}, ...marks, this.thumb, element("div.native", {}, input));
    this.text = element("span.number");
    this.value = element("output.value", {}, this.text);
  }

  /**
   * @param {number} share of the range; beyond 0…1 the thumb stays at the end, and the text is marked
   * @param {string} text
   */
  show(share, text) {
    const state = `${share} ${text}`;
    if (state === this.#shown) return;
    this.#shown = state;
    this.thumb.style.transform = `translateX(${100 * Math.min(1, Math.max(0, share))}cqw)`; // of the track
    this.value.classList.toggle("beyond", share < -0.001 || share > 1.001);
    setText(this.text, text);
  }
}
