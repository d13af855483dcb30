/**
 * Anomaly detection and repair: a damaged picture, its reconstruction, and how likely the model finds it.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { damaged } from "./damage.js";
import { elboOf } from "./evidence.js";
import { captioned } from "./latent_plane.js";
import { logBernoulliOf } from "./likelihoods.js";
import { uniforms } from "./gaussian.js";
import { choice, facts, nats, part, percent, signed, slider } from "./parts.js";
import { Plot } from "./plot.js";
import { SHAPE, SIZE } from "./small_models.js";

const STEPS = 21; // of the curve
const NATS_TO_BITS = 1 / Math.LN2;

export class DamageFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ files }) {
    this.random = Array.from({ length: 2 * SIZE }, uniforms(3));
    const kinds = { noise: t("Noise"), hide: t("Hide"), turn: t("Turn"), shift: t("Shift") };
    this.kind = choice(t("Damage"), kinds, "noise", () => this.update());
    this.amount = slider({ name: t("Amount"), min: 0, max: 1, step: 0.01, value: 0, format: (value) => percent(value), onInput: () => this.#show() });
    this.images = element("div.strip-of-ten", { role: "group", "aria-label": t("The test image") });
    this.shown = { x: pictureCanvas(SHAPE, t("The damaged picture")), reconstruction: pictureCanvas(SHAPE, t("Its reconstruction")) };
    this.facts = facts({ elbo: t("ELBO"), change: t("Change by the damage"), bits: t("KL of the code") });
    this.plot = new Plot({ label: t("The ELBO against the amount of damage"), x: [0, 1], y: [-800, -100], xFormat: (at) => percent(at), xName: t("amount of damage"), yName: t("ELBO, nats"), height: 190 }, (plot) => this.#draw(plot), (plot) => this.#scale(plot));
    this.node = element(
      "div.figure-parts",
      {},
      this.images,
      element("div.controls", {}, this.amount.node),
      this.kind.node,
      element("div.picture-row", {}, captioned(this.shown.x, t("Damaged")), captioned(this.shown.reconstruction, t("Reconstruction"))),
      this.facts.node,
      part(t("The ELBO falls: the model was trained on no such pictures"), this.plot.node),
    );
    this.ready = this.#load(files);
  }

  async #load(files) {
    const [model, { images }] = await Promise.all([files.model("vae"), files.test()]);
    this.model = model;
    this.pictures = images.map((image) => Float32Array.from(image, (value) => value / 255));
    this.images.replaceChildren(
      ...images.map((pixels, index) => {
        const canvas = pictureCanvas(SHAPE, t("Digit {n}", { n: index }));
        paint(canvas, pixels, SHAPE);
        return element("button", { type: "button", "aria-label": t("Digit {n}", { n: index }), onclick: () => this.#choose(index) }, canvas);
      }),
    );
    this.#choose(0);
  }

  destroy() {
    this.plot.destroy();
  }

  #choose(index) {
    this.x = this.pictures[index];
    for (const [at, button] of [...this.images.children].entries()) button.setAttribute("aria-pressed", String(at === index));
    this.update();
  }

  #measure(amount) {
    const x = damaged(/** @type {import("./damage.js").Damage} */ (this.kind.chosen.value), this.x, amount, this.random);
    const q = this.model.encode(x);
    return { x, q, ...elboOf((z) => logBernoulliOf(x, this.model.logits(z)), q) };
  }

  update() {
    if (!this.x) return;
    this.curve = Array.from({ length: STEPS }, (_, i) => [i / (STEPS - 1), this.#measure(i / (STEPS - 1)).elbo]);
    this.#show();
  }

  #show() {
    if (!this.x) return;
    const { x, q, elbo, kl } = this.#measure(this.amount.value);
    paint(this.shown.x, Uint8ClampedArray.from(x, (value) => 255 * value), SHAPE);
    paint(this.shown.reconstruction, this.model.decode(q.mean), SHAPE);
    this.facts.set("elbo", nats(elbo, 1), elbo);
    this.facts.set("change", nats(elbo - this.curve[0][1], 1), elbo - this.curve[0][1]);
    this.facts.set("bits", t("{n} bits", { n: signed(kl * NATS_TO_BITS, 1) }), kl * NATS_TO_BITS);
    this.here = elbo;
    this.plot.refresh();
  }

  #scale(plot) {
    const values = (this.curve ?? []).map(([, value]) => value);
    if (values.length) plot.y = [Math.min(...values) - 20, Math.max(...values) + 20];
  }

  #draw(plot) {
    if (!this.curve) return;
    plot.line(this.curve, "accent");
    plot.dot(this.amount.value, this.here, "amber");
  }
}
