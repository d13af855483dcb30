/**
 * −log p(x | z) of one pixel under different likelihoods, as a function of what the decoder predicts; and their areas.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { area, logBernoulli, logGaussian, logLaplace, logLaplaceWithoutHalf } from "./likelihoods.js";
import { choice, facts, nats, part, signed, slider } from "./parts.js";
import { Plot } from "./plot.js";
import { SIZE } from "./small_models.js";

/** @type {Record<string, (x: number, m: number, width: number) => number>} */
const LOGS = { bernoulli: logBernoulli, gaussian: logGaussian, laplace: logLaplace, "laplace-without-half": logLaplaceWithoutHalf };

export class LikelihoodFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ options }) {
    const kinds = /** @type {string[]} */ (options.kinds ?? ["bernoulli", "gaussian", "laplace"]);
    const names = { bernoulli: t("Bernoulli"), gaussian: t("Gaussian"), laplace: t("Laplace"), "laplace-without-half": t("Laplace without ½") };
    this.kind = choice(t("Likelihood"), Object.fromEntries(kinds.map((key) => [key, names[key]])), kinds.at(options.kinds ? -1 : 0), () => this.update());
    const number = (name, min, max, value) => slider({ name, min, max, step: 0.01, value, format: (at) => signed(at), onInput: () => this.update() });
    this.x = number(t("x, the pixel"), 0, 1, 0.8);
    this.m = number(t("m, the prediction"), 0.01, 0.99, 0.4);
    this.width = number(t("σ or b"), 0.05, 0.7, 0.25);
    this.facts = facts({ nll: t("−log p(x | z), this pixel"), best: t("Best prediction m"), mass: t("Probability of all x"), all: t("Error over 784 pixels") });
    this.loss = new Plot({ label: t("The loss of the pixel for every prediction"), x: [0, 1], y: [-2, 6], xName: t("prediction m"), yName: t("nats"), height: 190 }, (plot) => this.#drawLoss(plot), (plot) => this.#scaleLoss(plot));
    this.density = new Plot({ label: t("The distribution of the pixel for this prediction"), x: [-1, 2], y: [0, 2], xName: "x", height: 170 }, (plot) => this.#drawDensity(plot), (plot) => this.#scaleDensity(plot));
    this.node = element(
      "div.figure-parts",
      {},
      this.kind.node,
      element("div.controls", {}, this.x.node, this.m.node, this.width.node),
      part(t("The loss −log p(x | z) for every prediction m"), this.loss.node),
      part(t("p(x | z) for every x: its total must be 1"), this.density.node),
      this.facts.node,
    );
    this.update();
  }

  destroy() {
    this.loss.destroy();
    this.density.destroy();
  }

  #log(x, m) {
    return LOGS[this.kind.chosen.value](x, m, this.width.value);
  }

  update() {
    const [x, m] = [this.x.value, this.m.value];
    const discrete = this.kind.chosen.value === "bernoulli";
    this.width.node.hidden = discrete;
    const nll = -this.#log(x, m);
    // A Bernoulli pixel is black or white; the others have a density.
    const mass = discrete ? Math.exp(this.#log(0, m)) + Math.exp(this.#log(1, m)) : area((at) => this.#log(at, m), m - 12, m + 12, 20_000);
    this.facts.set("nll", nats(nll), nll);
    this.facts.set("best", signed(x), x);
    this.facts.set("mass", signed(mass, 3), mass);
    const excess = SIZE * Math.log(mass);
    this.facts.set("all", Math.abs(excess) < 0.05 ? nats(0, 0) : t("log p(x | z) is {n} nats too high", { n: signed(excess, 1) }), excess);
    this.loss.refresh();
    this.density.refresh();
  }

  /** The loss for a prediction; at the ends, where the cross-entropy is infinite, that just inside. @param {number} m */
  #loss(m) {
    return -this.#log(this.x.value, Math.min(0.999, Math.max(0.001, m)));
  }

  #scaleLoss(plot) {
    plot.y = [Math.min(0, this.#loss(this.x.value) - 0.5), Math.max(3, Math.min(12, Math.max(this.#loss(0.01), this.#loss(0.99))))];
  }

  #drawLoss(plot) {
    plot.curve((m) => this.#loss(m), "accent");
    plot.upright(this.x.value, "faint", [2, 4]);
    plot.dot(this.m.value, this.#loss(this.m.value), "accent");
  }

  #scaleDensity(plot) {
    const m = this.m.value;
    plot.y = [0, this.kind.chosen.value === "bernoulli" ? 1.1 : Math.exp(this.#log(m, m)) * 1.15];
  }

  #drawDensity(plot) {
    const m = this.m.value;
    const discrete = this.kind.chosen.value === "bernoulli";
    const tone = this.kind.chosen.value === "laplace-without-half" ? "amber" : "accent";
    const p = (x) => Math.exp(this.#log(x, m));
    if (discrete) {
      const bars = [0, 1].map((x) => ({ from: x - 0.04, to: x + 0.04, value: p(x) }));
      plot.bars(bars, tone);
    } else {
      plot.fill(p, tone);
      plot.curve(p, tone);
    }
    plot.upright(this.x.value, "faint", [2, 4]);
  }
}
