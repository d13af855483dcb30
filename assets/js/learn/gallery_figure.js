/**
 * One of several small models at a time: reconstructions, draws from the prior and measured figures.
 */

import { element } from "../core/dom.js";
import { measured, strip } from "./comparison.js";
import { choice, facts, part } from "./parts.js";

const NAMES = { elbo: "ELBO, nats", reconstruction: "Reconstruction, nats", kl: "KL, nats", mse: "MSE per pixel", sigma: "Mean σ of the codes", coverage: "Data covered by draws" };

export class GalleryFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files, options }) {
    this.files = files;
    this.notes = /** @type {Record<string, string>} */ (options.notes ?? {});
    this.measures = /** @type {string[]} */ (options.measures);
    const models = /** @type {Record<string, string>} */ (options.models);
    this.model = choice(options.name, models, Object.keys(models)[0], () => this.update());
    this.facts = facts(Object.fromEntries(this.measures.map((measure) => [measure, NAMES[measure]])));
    this.note = element("p.aside");
    this.pictures = element("div.figure-parts");
    this.node = element("div.figure-parts", {}, element("h3", { text: options.title }), this.model.node, this.note, this.facts.node, this.pictures);
    this.ready = this.update();
  }

  destroy() {}

  async update() {
    const key = this.model.chosen.value;
    const [{ images }, model] = await Promise.all([this.files.test(), this.files.model(key)]);
    if (key !== this.model.chosen.value) return;
    this.note.textContent = this.notes[key] ?? "";
    for (const measure of this.measures) this.facts.set(measure, measured(model.figures, measure), model.figures[measure][0]);
    this.pictures.replaceChildren(
      part("Test images and their reconstructions", strip(images, "Test image"), strip(model.reconstructions, "Reconstruction")),
      part("Draws from the prior", strip(model.draws, "Draw from the prior")),
    );
    this.node.dataset.model = key;
  }
}
