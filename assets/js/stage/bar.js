/** The bar at the lower edge in stage mode: the scene's title, and buttons that hide while nothing moves. */

import { element } from "../core/dom.js";

const IDLE = 2500; // milliseconds without input, after which the buttons are hidden

/**
 * @typedef {object} Actions
 * @property {() => void} back @property {() => void} forth @property {() => void} laser @property {() => void} notes @property {() => void} fill
 * @property {() => void} end the talk @property {() => void} leave stage mode
 */

export class Bar {
  #timer = 0;

  /** @param {Actions} actions */
  constructor(actions) {
    const button = (text, name, title, onclick) => element("button", { type: "button", text, "aria-label": name, title, onclick });
    this.back = button("←", "Previous scene", "Previous scene (← or Page up)", actions.back);
    this.forth = button("→", "Next scene", "Next scene (→ or Page down)", actions.forth);
    this.place = element("span.place");
    this.laser = button("● Laser", "Laser pointer", "Laser pointer (X)", actions.laser);
    this.notes = button("Notes", "Open the speaker window", "Open a window with notes and the next scene (N)", actions.notes);
    this.fill = button("Full screen", "Full screen", "Use the full screen again (F)", actions.fill);
    this.end = button("End talk", "End talk", "Close the talk and go to the Talks page", actions.end);
    this.leave = button("✕", "Leave the presentation", "Leave the presentation (Esc)", actions.leave);
    this.title = element("h2.scene-title", { "aria-live": "polite" });
    this.message = element("p.message", { role: "status" });
    this.talkOnly = [this.back, this.place, this.forth, this.notes, this.end];
    this.buttons = element("div.buttons", { role: "toolbar", "aria-label": "Presentation" }, this.back, this.place, this.forth, this.laser, this.notes, this.fill, this.end, this.leave);
    this.node = element("div.stage-bar", { popover: "manual" }, this.message, this.title, this.buttons);
    // Pages end above the bar of a talk: their styles read its height.
    this.resizer = new ResizeObserver(() => document.documentElement.style.setProperty("--zs-bar", `${this.node.offsetHeight}px`));
    this.resizer.observe(this.node);
    this.wake = () => this.#wake();
  }

  /** @param {boolean} on */
  show(on) {
    if (on !== this.node.matches(":popover-open")) this.node.togglePopover(on);
    const change = on ? "addEventListener" : "removeEventListener";
    for (const name of ["pointermove", "pointerdown", "keydown"]) window[change](name, this.wake, true);
    clearTimeout(this.#timer);
    if (on) this.#wake();
    else delete document.documentElement.dataset.zsIdle;
  }

  destroy() {
    this.show(false);
    this.resizer.disconnect();
  }

  /** Open it again above what the browser has put over it. */
  raise() {
    if (!this.node.matches(":popover-open")) return;
    this.node.hidePopover();
    this.node.showPopover();
  }

  /** @param {import("./walk.js").Walk} walk */
  describe({ talk, index, scenes, scene, next }) {
    for (const node of this.talkOnly) node.hidden = !talk;
    this.node.classList.toggle("of-talk", Boolean(talk));
    this.title.textContent = scene?.title ?? "";
    this.place.textContent = talk ? `${index + 1} / ${scenes.length}` : "";
    this.fill.hidden = Boolean(document.fullscreenElement) || !document.fullscreenEnabled;
    this.back.disabled = index === 0;
    this.forth.disabled = !next;
  }

  /** @param {string} text */
  say(text) {
    this.message.textContent = text;
  }

  #wake() {
    clearTimeout(this.#timer);
    const { dataset } = document.documentElement;
    if ("zsIdle" in dataset) delete dataset.zsIdle; // in a drag, this changes nothing
    this.node.classList.remove("idle");
    this.#timer = window.setTimeout(() => {
      if (this.buttons.matches(":hover, :focus-within")) return this.#wake();
      dataset.zsIdle = "";
      this.node.classList.add("idle");
    }, IDLE);
  }
}
