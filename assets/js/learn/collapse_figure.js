/**
 * Posterior collapse in a model with eight dimensions, and its cure: the KL of each dimension, reconstructions and figures.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { measureNames, measured, picturesOf } from "./comparison.js";
import { choice, facts, part } from "./parts.js";
import { Plot } from "./plot.js";

const ACTIVE = 0.1; // nats; a dimension with less is called collapsed
const MEASURES = ["elbo", "reconstruction", "kl", "mse", "coverage"];

export class CollapseFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files }) {
    this.files = files;
    this.kl = [];
    const models = { eight: "β = 1", "eight-beta-4": "β = 4", "eight-beta-10": "β = 10", "eight-free-bits": t("β = 10, free bits λ = 0.5") };
    this.model = choice(t("Model"), models, "eight", () => this.update());
    this.plot = new Plot({ label: t("The KL of each dimension"), x: [-0.5, 7.5], y: [0, 5], xTicks: [0, 1, 2, 3, 4, 5, 6, 7], xName: t("dimension, sorted by its KL"), yName: t("nats"), height: 200 }, (plot) => this.#draw(plot), (plot) => (plot.y = [0, Math.max(1, ...this.kl) * 1.1]));
    this.facts = facts({ active: t("Active dimensions"), ...measureNames(MEASURES) });
    this.pictures = element("div.figure-parts");
    this.node = element("div.figure-parts", {}, this.model.node, part(t("KL of each dimension, mean over the test images"), this.plot.node), this.facts.node, this.pictures);
    this.ready = this.update();
  }

  destroy() {
    this.plot.destroy();
  }

  async update() {
    const key = this.model.chosen.value;
    const [{ images }, model] = await Promise.all([this.files.test(), this.files.model(key)]);
    if (key !== this.model.chosen.value) return;
    this.kl = [...model.figures.kl_per_dimension].sort((a, b) => b - a);
    const active = this.kl.filter((value) => value >= ACTIVE).length;
    this.facts.set("active", t("{n} of {all}", { n: active, all: this.kl.length }), active);
    for (const measure of MEASURES) this.facts.set(measure, measured(model.figures, measure), model.figures[measure][0]);
    this.pictures.replaceChildren(...picturesOf(images, model));
    this.plot.refresh();
    this.node.dataset.model = key;
  }

  #draw(plot) {
    plot.bars(this.kl.map((value, i) => ({ from: i - 0.4, to: i + 0.4, value })), "accent"); // prettier-ignore
    plot.line([[-0.5, ACTIVE], [7.5, ACTIVE]], "faint", { dash: [2, 4], width: 1 }); // prettier-ignore
  }
}
