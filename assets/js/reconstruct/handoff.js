/**
 * Where a picture's code goes from here: to Interpolate as A or B, or to Explore.
 */

import { element } from "../core/dom.js";

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
    const button = (text, title, onclick) => element("button", { type: "button", text, title, onclick });
    const slots = ["A", "B"].map((letter) => button(letter, `Take it to Interpolate as ${letter}`, () => this.#stop(letter)));
    const explore = button("Open in Explore", "With this code on its sliders", () => send("go", "explore"));
    this.said = element("span.aside", { role: "status" });
    /** Of no use without a picture. */
    this.buttons = [...slots, explore];
    const title = "Two of your pictures, and Interpolate has a path between them";
    this.nodes = [element("span.to-paths", { title }, "Path from", element("span.pair", {}, ...slots)), this.said, explore];
  }

  #stop(letter) {
    this.send("stop", { model: this.model, letter, z: Array.from(this.code()) });
    const open = element("button.link", { type: "button", text: "Open Interpolate", onclick: () => this.send("go", "interpolate") });
    this.said.replaceChildren(`This is ${letter} now. `, open);
  }
}
