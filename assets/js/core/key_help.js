/** The keys of a page: a short line, and a list of all of them that `?` opens. */

import { element } from "./dom.js";
import { listenKeys } from "./keyboard.js";
import { t } from "./language.js";

export const START_TOUR = "zscope-tour";

/** @typedef {[keys: string, action: string][]} Keys */

export class KeyHelp {
  /** @param {Keys} keys the most useful first */
  constructor(keys) {
    const rows = [...keys, ["?", t("show or hide this list")]];
    this.panel = element(
      "section.key-help",
      { popover: "auto", "aria-label": t("Keys") },
      element("h2", { text: t("Keys") }),
      element("button", { type: "button", text: t("Start the tour"), onclick: () => this.#startTour() }),
      element("dl", {}, ...rows.map(([key, action]) => element("div", {}, element("dt", {}, element("kbd", { text: key })), element("dd", { text: action })))),
    );
    const button = element("button.all-keys", { type: "button", text: t("All keys"), title: t("Show all keys of this page (?)") });
    button.popoverTargetElement = this.panel;
    this.node = element("span.keys", {}, element("span.hint", { text: keys.map(([key, action]) => t("{key}: {action}", { key, action })).join(" · ") }), button, this.panel);
    const toggle = () => {
      const root = this.node.closest(".root");
      if (this.panel.parentElement !== root) root.append(this.panel); // beside what a presentation hides
      this.panel.togglePopover();
    };
    this.stopKeys = listenKeys({ "?": toggle }, () => this.node.isConnected);
  }

  destroy() {
    this.stopKeys();
  }

  /** The tour of `assets/js/tour` listens, which is on every page. */
  #startTour() {
    this.panel.hidePopover();
    window.dispatchEvent(new Event(START_TOUR));
  }
}
