/**
 * The same model trained with different weights β of the KL: its plane, reconstructions, draws and figures.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { measureNames, measured, picturesOf } from "./comparison.js";
import { LatentPlane, captioned } from "./latent_plane.js";
import { facts, slider } from "./parts.js";

const KEYS = ["beta-0", "beta-0.25", "vae", "beta-4", "beta-20"];
const BETAS = [0, 0.25, 1, 4, 20];
const HALF = 5; // all planes show the same range
const MEASURES = ["elbo", "reconstruction", "kl", "sigma", "mse", "coverage"];

export class BetaFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files, colors }) {
    this.files = files;
    this.colors = colors;
    this.z = Float32Array.of(0, 0);
    this.slider = slider({ name: "β", min: 0, max: 4, step: 1, value: 2, format: (index) => String(BETAS[index]), onInput: () => this.update() });
    this.place = element("div");
    this.pictures = element("div.figure-parts");
    this.facts = facts(measureNames(MEASURES));
    const note = t("All planes show −{half} to {half}. The prior N(0, I) has 86 % of its draws within a distance of 2 from the centre.", { half: HALF });
    this.node = element("div.figure-parts", {}, this.slider.node, this.facts.node, this.place, element("p.aside", { text: note }), this.pictures);
    this.ready = this.update();
  }

  destroy() {
    this.plane?.destroy();
  }

  async update() {
    const index = this.slider.value;
    const [{ images, labels }, model] = await Promise.all([this.files.test(), this.files.model(KEYS[index])]);
    if (index !== this.slider.value) return; // it has moved on
    for (const measure of MEASURES) this.facts.set(measure, measured(model.figures, measure), model.figures[measure][0]);
    if (this.plane) {
      this.z = this.plane.point.z;
      this.plane.destroy();
    }
    this.plane = new LatentPlane(model, labels, this.colors, HALF, this.z);
    const held = element("div.side-by-side", {}, this.plane.node, element("div.picture-row", {}, captioned(this.plane.picture, t("Decoded at the point"))));
    this.place.replaceChildren(held);
    this.pictures.replaceChildren(...picturesOf(images, model));
    this.node.dataset.model = model.key;
  }
}
