/**
 * The decoder layer by layer: what each layer puts out while the code is dragged, and how many weights it has.
 */

import { element } from "../core/dom.js";
import { formatCount, t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Network } from "../demo/network.js";
import { LatentPlane, captioned } from "./latent_plane.js";
import { facts, part } from "./parts.js";
import { SHAPE, SIDE } from "./small_models.js";

const HALF = 3;

export class LayersFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files, colors }) {
    this.node = element("div.figure-parts");
    this.ready = this.#load(files, colors);
  }

  async #load(files, colors) {
    const [{ labels }, model] = await Promise.all([files.test(), files.model("vae")]);
    this.model = model;
    this.plane = new LatentPlane(model, labels, colors, HALF, [0.5, 0.5]);
    const { graph } = model.entry;
    const weights = Object.fromEntries(Object.entries(model.tensors).filter(([name]) => name.startsWith("decoder/")).map(([name, { data }]) => [name.slice(8), data])); // prettier-ignore
    this.layers = graph.layers
      .filter(({ kind }) => kind === "Dense")
      .map(({ name }) => {
        const size = graph.shapes[name].reduce((a, b) => a * b, 1);
        const [width, height] = size === SIDE * SIDE ? [SIDE, SIDE] : [16, size / 16];
        const canvas = pictureCanvas([height, width, 1], t("Outputs of the layer {name}", { name }));
        const count = Object.entries(weights).filter(([weight]) => weight.startsWith(`${name}/`)).reduce((sum, [, { length }]) => sum + length, 0); // prettier-ignore
        const caption = t("{name}: {size} outputs, {count} weights", { name, size, count: formatCount(count) });
        // A network of its own, because buffers of inner layers are reused.
        return { name, canvas, shape: [height, width, 1], caption, network: new Network({ ...graph, output: name }, /** @type {any} */ (weights)) };
      });
    this.facts = facts({ active: t("Positive outputs of the first layer"), speed: t("Decoded here, pictures per second") });
    this.plane.point.addEventListener("move", ({ change }) => change.rest || this.#run());
    this.node.replaceChildren(
      element("div.side-by-side", {}, part(t("The code z"), this.plane.node), part(t("What each layer puts out"), ...this.layers.map(({ canvas, caption }) => captioned(canvas, caption)), captioned(this.plane.picture, t("sigmoid: the picture")))),
      this.facts.node,
      element("p.aside", { text: t("Brightness: from the lowest to the highest output of the layer.") }),
    );
    this.node.classList.add("layers-figure");
    this.#run();
    this.#measure();
  }

  destroy() {
    this.plane?.destroy();
  }

  #run() {
    for (const { name, canvas, shape, network } of this.layers) {
      const out = network.run(this.plane.point.z);
      const [low, high] = [Math.min(...out), Math.max(...out)];
      paint(canvas, Uint8ClampedArray.from(out, (value) => (255 * (value - low)) / (high - low || 1)), shape);
      if (name === this.layers[0].name) {
        const active = out.filter((value) => value > 0).length;
        this.facts.set("active", t("{n} of {all}", { n: active, all: out.length }), active);
      }
    }
  }

  /** Time the decoder in this browser. */
  #measure() {
    const started = performance.now();
    let pictures = 0;
    while (performance.now() - started < 60) {
      this.model.decode(this.plane.point.z);
      pictures += 1;
    }
    const rate = (1000 * pictures) / (performance.now() - started);
    this.facts.set("speed", formatCount(Math.round(rate)), rate);
  }
}
