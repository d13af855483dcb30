/**
 * Hands a picture's code to other pages: to Interpolate as stop A or B, or to Explore.
 */

import { button, element } from "../core/dom.js";
import { t } from "../core/language.js";

export class Handoff {
  /**
   * @param {string} model id
   * @param {() => ArrayLike<number>} code
   * @param {(name: "stop" | "go", value: any) => void} send
   */
  constructor(model, code, send) {
    this.model = model;
    this.code = code;
    this.send = send;
    const slots = ["A", "B"].map((letter) => button(letter, t("Use it as stop {letter} in Interpolate", { letter }), () => this.#stop(letter)));
    const explore = button(t("Open in Explore"), t("Open this code in Explore"), () => send("go", "explore"));
    this.said = element("span.aside", { role: "status" });
    /** Disabled without a picture. */
    this.buttons = [...slots, explore];
    const title = t("Use two of your pictures as stops A and B in Interpolate");
    this.nodes = [element("span.to-paths", { title }, t("Use as stop"), element("span.pair", {}, ...slots)), this.said, explore];
  }

  #stop(letter) {
    this.send("stop", { model: this.model, letter, z: Array.from(this.code()) });
    const open = element("button.link", { type: "button", text: t("Open Interpolate"), onclick: () => this.send("go", "interpolate") });
    this.said.replaceChildren(`${t("Set as stop {letter}.", { letter })} `, open);
  }
}
