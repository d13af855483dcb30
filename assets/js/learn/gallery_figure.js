/**
 * One of several small models at a time: reconstructions, draws from the prior and measured figures.
 */

import { element } from "../core/dom.js";
import { measureNames, measured, picturesOf } from "./comparison.js";
import { choice, facts } from "./parts.js";

export class GalleryFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files, options }) {
    this.files = files;
    this.notes = /** @type {Record<string, string>} */ (options.notes ?? {});
    this.measures = /** @type {string[]} */ (options.measures);
    const models = /** @type {Record<string, string>} */ (options.models);
    this.model = choice(options.name, models, Object.keys(models)[0], () => this.update());
    this.facts = facts(measureNames(this.measures));
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
    this.pictures.replaceChildren(...picturesOf(images, model));
    this.node.dataset.model = key;
  }
}
