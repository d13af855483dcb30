/**
 * An autoencoder beside a variational one: their planes, with the point at the same place of both.
 */

import { element } from "../core/dom.js";
import { measured } from "./comparison.js";
import { LatentPlane, captioned, halfRange } from "./latent_plane.js";
import { facts, part } from "./parts.js";

const TITLES = { autoencoder: "Autoencoder", vae: "VAE" };

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
    const keys = Object.keys(TITLES);
    const [{ labels }, ...models] = await Promise.all([files.test(), ...keys.map((key) => files.model(key))]);
    this.planes = models.map((model) => new LatentPlane(model, labels, colors, halfRange(model), [0, 0]));
    for (const plane of this.planes) plane.point.addEventListener("move", ({ change }) => change.rest || this.#follow(plane));
    const sides = this.planes.map((plane, index) => {
      const { figures } = models[index];
      const numbers = facts({ mse: "MSE per pixel", coverage: "Data covered by draws" });
      for (const measure of ["mse", "coverage"]) numbers.set(measure, measured(figures, measure), figures[measure][0]);
      const range = `The plane shows −${plane.half.toFixed(1)} to ${plane.half.toFixed(1)}.`;
      const seen = element("div.picture-row", {}, captioned(plane.picture, "Decoded at the point"));
      const side = part(TITLES[keys[index]], plane.node, element("p.aside", { text: range }), seen, numbers.node);
      side.dataset.model = keys[index];
      return side;
    });
    const note = "Data covered by draws: share of 2,000 test images that have one of 2,000 draws from N(0, I) among their neighbours (coverage; Naeem et al. 2020).";
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
