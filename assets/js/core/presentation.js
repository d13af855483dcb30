/** The layout of a view in stage mode: it fills the window. */

import { stage } from "./stage.js";

export class Presentation {
  /**
   * @param {HTMLElement} root
   * @param {() => HTMLElement | undefined} focus the element to focus when stage mode begins
   */
  constructor(root, focus) {
    this.root = root;
    this.follow = () => {
      root.classList.toggle("presenting", stage.on);
      if (stage.on && !stage.walking) focus()?.focus({ preventScroll: true });
    };
    root.classList.toggle("presenting", stage.on); // a page that a talk has opened
    stage.count(1);
    stage.addEventListener("change", this.follow);
  }

  destroy() {
    stage.count(-1);
    stage.removeEventListener("change", this.follow);
  }

  get on() {
    return stage.on;
  }

  show(on = !stage.on) {
    stage.show(on);
  }
}
