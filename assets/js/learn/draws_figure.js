/**
 * What a generative model does: new pictures from random codes, and a path between two of them.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { normals } from "./gaussian.js";
import { captioned } from "./latent_plane.js";
import { facts, part, percent, slider } from "./parts.js";
import { SHAPE } from "./small_models.js";

const COUNT = 20;

export class DrawsFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files }) {
    this.seed = 1;
    this.ends = [0, 1]; // draws between which the slider moves
    this.next = 0; // the end that the next click sets
    this.canvases = Array.from({ length: COUNT }, (_, i) => pictureCanvas(SHAPE, t("Draw {n}", { n: i + 1 })));
    this.buttons = this.canvases.map((canvas, i) => element("button", { type: "button", "aria-label": t("Draw {n}: use it as an end of the path", { n: i + 1 }), onclick: () => this.#choose(i) }, canvas));
    this.between = pictureCanvas(SHAPE, t("The picture between both ends"));
    this.sides = [pictureCanvas(SHAPE, t("The start of the path")), pictureCanvas(SHAPE, t("The end of the path"))];
    this.share = slider({ name: t("From start to end"), min: 0, max: 1, step: 0.01, value: 0.5, format: (value) => percent(value), onInput: () => this.#show() });
    this.facts = facts({ code: t("Code z of the picture between") });
    this.node = element(
      "div.figure-parts",
      {},
      element("div.row", {}, element("button.play", { type: "button", text: t("Draw {count} new codes", { count: COUNT }), onclick: () => this.#draw() })),
      part(t("Codes from N(0, I), decoded. Select two as start and end"), element("div.strip-of-ten", {}, ...this.buttons)),
      this.share.node,
      element("div.picture-row", {}, captioned(this.sides[0], t("Start")), captioned(this.between, t("Between")), captioned(this.sides[1], t("End"))),
      this.facts.node,
    );
    this.ready = files.model("vae").then((model) => {
      this.model = model;
      this.#draw();
    });
  }

  destroy() {}

  #draw() {
    if (!this.model) return;
    const normal = normals(this.seed++);
    this.codes = Array.from({ length: COUNT }, () => [normal(), normal()]);
    for (const [i, canvas] of this.canvases.entries()) paint(canvas, this.model.decode(this.codes[i]), SHAPE);
    this.node.dataset.draws = String(this.seed);
    this.#show();
  }

  #choose(index) {
    this.ends[this.next] = index;
    this.next = 1 - this.next;
    this.#show();
  }

  #show() {
    if (!this.codes) return;
    const [start, end] = this.ends.map((index) => this.codes[index]);
    const share = this.share.value;
    const z = start.map((value, i) => (1 - share) * value + share * end[i]);
    for (const [i, code] of [start, end].entries()) paint(this.sides[i], this.model.decode(code), SHAPE);
    paint(this.between, this.model.decode(z), SHAPE);
    for (const [i, button] of this.buttons.entries()) button.setAttribute("aria-pressed", String(this.ends.includes(i)));
    this.facts.set("code", z.map((value) => value.toFixed(2).replace("-", "−")).join(", "), z[0]);
  }
}
