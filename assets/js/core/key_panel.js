/** The panel that lists keys. In stage mode it also has the keys of the presentation, which work on every page. */

import { element } from "./dom.js";
import { stage } from "./stage.js";

export const START_TOUR = "zscope-tour";

/** @typedef {[keys: string, action: string][]} Keys */

/** @type {Keys} */
const STAGE_KEYS = [
  ["X", "show or hide the laser pointer"],
  ["F", "use the full screen again"],
  ["Esc", "leave the presentation"],
];

/** @type {Keys} */
const TALK_KEYS = [
  ["→, Page down", "next scene"],
  ["←, Page up", "previous scene"],
  ["N", "open the speaker window"],
  ...STAGE_KEYS,
];

/** @type {Set<KeyPanel>} */
const panels = new Set();

export class KeyPanel {
  /** @param {Keys} keys of the page */
  constructor(keys) {
    this.talk = element("div.talk-keys", { hidden: true });
    const list = keys.length ? [listOf(keys)] : [];
    this.node = element(
      "section.key-help",
      { popover: "auto", "aria-label": "Keys" },
      element("h2", { text: "Keys" }),
      element("button", { type: "button", text: "Start the tour", onclick: () => this.#startTour() }),
      this.talk,
      ...list,
      listOf([["?", "show or hide this list"]]),
    );
    this.node.addEventListener("beforetoggle", () => this.#showTalk());
    panels.add(this);
  }

  destroy() {
    panels.delete(this);
  }

  /** Whether any panel is open. */
  static get isOpen() {
    return [...panels].some(({ node }) => node.matches(":popover-open"));
  }

  /** Open or close it. @param {ParentNode & Node} root an element that a presentation does not hide */
  toggle(root) {
    if (this.node.parentElement !== root) root.append(this.node);
    this.node.togglePopover();
  }

  #showTalk() {
    this.talk.hidden = !stage.on;
    const title = stage.walking ? "Keys of the talk" : "Keys of the presentation";
    this.talk.replaceChildren(element("h3", { text: title }), listOf(stage.walking ? TALK_KEYS : STAGE_KEYS));
  }

  /** The tour of `assets/js/tour` listens, which is on every page. */
  #startTour() {
    this.node.hidePopover();
    window.dispatchEvent(new Event(START_TOUR));
  }
}

/** @param {Keys} keys */
function listOf(keys) {
  return element("dl", {}, ...keys.map(([key, action]) => element("div", {}, element("dt", {}, element("kbd", { text: key })), element("dd", { text: action }))));
}
