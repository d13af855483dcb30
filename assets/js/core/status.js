/**
 * Status texts: a line on the page, and what it shows about the connection.
 */

import { element } from "./dom.js";
import { t } from "./language.js";

const BRIEFLY = 8000; // ms

/** A line of text, hidden while it is empty. */
export class StatusLine {
  constructor() {
    this.node = element("div.status", { role: "status", hidden: true });
  }

  get text() {
    return this.node.textContent;
  }

  /** @param {string} [text] */
  show(text = "") {
    this.node.textContent = text;
    this.node.hidden = !text;
  }

  /** Show a text for some seconds, unless another one replaces it. @param {string} text */
  showBriefly(text) {
    this.show(text);
    setTimeout(() => this.text === text && this.show(), BRIEFLY);
  }
}

/** The text for a state of the live channel; "" if the channel is open. @param {import("./channel.js").Status} status */
export function connectionText({ state, message }) {
  return { opening: t("Loading the model …"), open: "", lost: t("Connection lost. Reconnecting …"), refused: message }[state];
}
