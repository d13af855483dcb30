/**
 * An autoencoder beside a variational one: their planes, with the point at the same place of both.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { measureNames, measured } from "./comparison.js";
import { LatentPlane, captioned, halfRange } from "./latent_plane.js";
import { facts, part } from "./parts.js";

const KEYS = ["autoencoder", "vae"];

export class PlanesFigure {
  #following = false;

  /** @param {import("./figure.js").Context} context */
  constructor({ files, colors }) {
    this.node = element("div.figure-parts");
    /** @type {LatentPlane[]} */
    this.planes = [];
    this.ready = this.#load(files, colors);
  }

  async #load(files, colors) {
    const titles = [t("Autoencoder"), t("VAE")];
    const [{ labels }, ...models] = await Promise.all([files.test(), ...KEYS.map((key) => files.model(key))]);
    this.planes = models.map((model) => new LatentPlane(model, labels, colors, halfRange(model), [0, 0]));
    for (const plane of this.planes) plane.point.addEventListener("move", ({ change }) => change.rest || this.#follow(plane));
    const sides = this.planes.map((plane, index) => {
      const { figures } = models[index];
      const numbers = facts(measureNames(["mse", "coverage"]));
      for (const measure of ["mse", "coverage"]) numbers.set(measure, measured(figures, measure), figures[measure][0]);
      const range = t("The plane shows −{half} to {half}.", { half: plane.half.toFixed(1) });
      const seen = element("div.picture-row", {}, captioned(plane.picture, t("Decoded at the point")));
      const side = part(titles[index], plane.node, element("p.aside", { text: range }), seen, numbers.node);
      side.dataset.model = KEYS[index];
      return side;
    });
    const note = t("Data covered by draws: share of 2,000 test images that have one of 2,000 draws from N(0, I) among their neighbours (coverage; Naeem et al. 2020).");
    this.node.replaceChildren(element("div.side-by-side", {}, ...sides), element("p.aside", { text: note }));
  }

  destroy() {
    for (const plane of this.planes) plane.destroy();
  }

  /** Put the other point at the same place of its plane. @param {LatentPlane} moved */
  #follow(moved) {
    if (this.#following) return;
    this.#following = true;
    for (const plane of this.planes) if (plane !== moved) plane.point.move(moved.point.z.map((value) => (value / moved.half) * plane.half));
    this.#following = false;
  }
}
