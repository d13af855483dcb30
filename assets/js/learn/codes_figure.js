/**
 * How a code is drawn: the right formula and wrong ones, with the same μ, σ and noise, decoded by the small VAE.
 */

import { element } from "../core/dom.js";
import { formatCount, t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { drawCode } from "./drawing.js";
import { normals, summary } from "./gaussian.js";
import { choice, facts, part, signed, slider } from "./parts.js";
import { Plot } from "./plot.js";
import { SHAPE } from "./small_models.js";

const DRAWS = 400; // dots
const PICTURES = 10;
const HALF = 4;

/** @typedef {import("./drawing.js").Form} Form */

/** @returns {Record<Form, string>} */
const formNames = () => ({
  right: "μ + σ ε",
  "without-mean": "σ ε",
  variance: "μ + σ² ε",
  tied: t("one layer for μ and log σ²"),
  "sigma-of-mean": t("σ from μ"),
});

export class CodesFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files, options }) {
    const normal = normals(11);
    this.noise = Array.from({ length: DRAWS }, () => [normal(), normal()]);
    const forms = /** @type {Form[]} */ (options.forms ?? ["right"]);
    const names = formNames();
    const shown = Object.fromEntries(forms.map((form) => [form, names[form]]));
    this.form = choice("z =", shown, forms.at(-1), () => this.update());
    const number = (name, min, max, value) => slider({ name, min, max, step: 0.05, value, format: (at) => signed(at), onInput: () => this.update() });
    this.mean = [number("μ₀", -3, 3, 0.5), number("μ₁", -3, 3, 1)];
    this.sigma = number("σ", 0.05, 1.5, 0.2);
    this.facts = facts({ mean: t("Mean of z₀ over draws"), sd: t("SD of z₀ over draws") });
    this.plot = new Plot({ label: t("Draws of z"), x: [-HALF, HALF], y: [-HALF, HALF], xName: "z₀", yName: "z₁", height: 330, square: true }, (plot) => this.#draw(plot));
    this.canvases = Array.from({ length: PICTURES }, (_, i) => pictureCanvas(SHAPE, t("Decoded draw {n}", { n: i + 1 })));
    this.node = element(
      "div.figure-parts",
      {},
      this.form.node,
      element("div.controls", {}, ...this.mean.map(({ node }) => node), this.sigma.node),
      part(t("{count} draws of z. Cross: μ. Circle: one σ", { count: DRAWS }), this.plot.node),
      part(t("The first ten, decoded"), element("div.strip-of-ten", {}, ...this.canvases)),
      this.facts.node,
    );
    this.ready = files.model("vae").then((model) => {
      this.model = model;
      this.update();
    });
  }

  destroy() {
    this.plot.destroy();
  }

  update() {
    if (!this.model) return;
    const mean = this.mean.map(({ value }) => value);
    const form = /** @type {Form} */ (this.form.chosen.value);
    this.codes = this.noise.map((noise) => drawCode(form, mean, this.sigma.value, noise));
    const { mean: found, sd } = summary(this.codes.map(([z]) => z));
    this.facts.set("mean", signed(found), found);
    this.facts.set("sd", sd > 100 ? formatCount(Math.round(sd)) : signed(sd, 3), sd);
    let ink = 0;
    for (const [index, canvas] of this.canvases.entries()) {
      const pixels = this.model.decode(this.codes[index]);
      ink += pixels.reduce((sum, value, i) => sum + value * ((i % 97) + 1), 0);
      paint(canvas, pixels, SHAPE);
    }
    this.node.dataset.pictures = String(ink); // for tests: equal pictures have equal sums
    this.plot.refresh();
  }

  #draw(plot) {
    if (!this.codes) return;
    for (const [x, y] of this.codes) plot.dot(x, y, this.form.chosen.value === "right" ? "accent" : "amber", 2);
    const [x, y] = this.mean.map(({ value }) => value);
    const sigma = this.sigma.value;
    plot.line([[x - 0.15, y], [x + 0.15, y]], "text"); // prettier-ignore
    plot.line([[x, y - 0.15], [x, y + 0.15]], "text"); // prettier-ignore
    const circle = Array.from({ length: 61 }, (_, i) => [x + sigma * Math.cos((i * Math.PI) / 30), y + sigma * Math.sin((i * Math.PI) / 30)]);
    plot.line(circle, "text", { width: 1.5 });
  }
}
