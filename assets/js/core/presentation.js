/**
 * Presentation mode: full screen where the browser allows it, otherwise the whole window.
 */

import { element } from "./dom.js";

export class Presentation {
  /**
   * @param {HTMLElement} root
   * @param {() => HTMLElement} focus the element to focus in the presentation
   */
  constructor(root, focus) {
    this.root = root;
    this.focus = focus;
    this.button = element("button.leave", {
      type: "button",
      text: "✕",
      "aria-label": "Leave the presentation",
      title: "Leave the presentation (Esc)",
      onclick: () => this.show(false),
    });
    this.onFullscreen = () => document.fullscreenElement || this.show(false);
    document.addEventListener("fullscreenchange", this.onFullscreen);
  }

  destroy() {
    document.removeEventListener("fullscreenchange", this.onFullscreen);
    if (document.fullscreenElement) document.exitFullscreen();
  }

  get on() {
    return this.root.classList.contains("presenting");
  }

  show(on = !this.on) {
    if (on === this.on) return;
    this.root.classList.toggle("presenting", on);
    if (on) {
      // A browser may refuse, for example in a frame; the style then fills the window.
      this.root.requestFullscreen?.().catch(() => {});
      this.focus().focus({ preventScroll: true });
    } else if (document.fullscreenElement) document.exitFullscreen();
  }
}
