/** The keys of a page: a short line, and a list of all of them that `?` opens. */

import { element } from "./dom.js";
import { KeyPanel } from "./key_panel.js";
import { listenKeys } from "./keyboard.js";

/** @typedef {import("./key_panel.js").Keys} Keys */

let shown = 0; // pages with a list of keys, at most one but for a moment while pages change

/** Whether the open page has a list of its keys. */
export function hasKeyHelp() {
  return shown > 0;
}

export class KeyHelp {
  /** @param {Keys} keys the most useful first */
  constructor(keys) {
    this.panel = new KeyPanel(keys);
    const button = element("button.all-keys", { type: "button", text: "All keys", title: "Show all keys of this page (?)" });
    button.popoverTargetElement = this.panel.node;
    const hints = keys.map(([key, action]) => element("span", { text: `${key}: ${action}` }));
    this.node = element("span.keys", {}, element("span.hint", {}, ...hints), button, this.panel.node);
    this.stopKeys = listenKeys({ "?": () => this.panel.toggle(this.node.closest(".root")) }, () => this.node.isConnected);
    shown++;
  }

  destroy() {
    this.stopKeys();
    this.panel.destroy();
    shown--;
  }
}
