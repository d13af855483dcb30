/**
 * The gradient d/dμ E[f(z)] estimated in two ways from the same draws: histograms of single estimates.
 */

import { element } from "../core/dom.js";
import { formatCount, t } from "../core/language.js";
import { normals, summary } from "./gaussian.js";
import { TARGETS, pathwise, scoreFunction } from "./gradients.js";
import { choice, facts, part, signed, slider } from "./parts.js";
import { Plot, histogram } from "./plot.js";

const DRAWS = 4000;
const BINS = 60;

export class GradientsFigure {
  constructor() {
    this.noise = Float64Array.from({ length: DRAWS }, normals(5));
    const number = (name, min, max, value) => slider({ name, min, max, step: 0.1, value, format: (at) => signed(at, 1), onInput: () => this.update() });
    this.target = choice("f", { square: TARGETS.square.name, sine: TARGETS.sine.name }, "square", () => this.update());
    this.mean = number("μ", -2, 3, 0);
    this.sigma = number("σ", 0.1, 2, 0.5);
    this.constant = number(t("c, added to f"), 0, 20, 0);
    const kinds = { score: t("Score function: (f(z) + c) (z − μ) / σ²"), path: t("Reparameterised: f′(μ + σ ε)") };
    this.plots = Object.entries(kinds).map(([key, title]) => {
      const plot = new Plot({ label: t("Histogram: {title}", { title }), x: [-1, 1], y: [0, 1], yTicks: [], xName: t("estimates of the gradient"), height: 150 }, () => this.#draw(key, plot), () => this.#scale(key, plot));
      return { key, title, plot };
    });
    this.facts = facts({ exact: t("Exact gradient"), score: t("Score function, mean ± SD"), path: t("Reparameterised, mean ± SD"), ratio: t("Draws that the score function needs") });
    this.node = element(
      "div.figure-parts",
      {},
      this.target.node,
      element("div.controls", {}, this.mean.node, this.sigma.node, this.constant.node),
      ...this.plots.map(({ title, plot }) => part(title, plot.node)),
      this.facts.node,
      element("p.aside", { text: t("{count} draws. Dashed: the exact gradient. A constant c changes neither the exact gradient nor the right estimator.", { count: formatCount(DRAWS) }) }),
    );
    this.update();
  }

  destroy() {
    for (const { plot } of this.plots) plot.destroy();
  }

  update() {
    const target = TARGETS[this.target.chosen.value];
    const [mean, sigma, constant] = [this.mean.value, this.sigma.value, this.constant.value];
    this.exact = target.exact(mean, sigma);
    this.estimates = {
      score: this.noise.map((e) => scoreFunction(target, mean, sigma, e, constant)),
      path: this.noise.map((e) => pathwise(target, mean, sigma, e)),
    };
    const [score, path] = [summary(this.estimates.score), summary(this.estimates.path)];
    this.facts.set("exact", signed(this.exact), this.exact);
    this.facts.set("score", `${signed(score.mean)} ± ${signed(score.sd)}`, score.sd);
    this.facts.set("path", `${signed(path.mean)} ± ${signed(path.sd)}`, path.sd);
    this.facts.set("ratio", t("{n} times as many", { n: timesOf((score.sd / path.sd) ** 2) }), (score.sd / path.sd) ** 2);
    // One scale for both, wide enough for most of the wider one.
    const reach = Math.max(2.5 * Math.max(score.sd, path.sd), 1);
    for (const { plot } of this.plots) {
      plot.x = [this.exact - reach, this.exact + reach];
      plot.refresh();
    }
  }

  #bars(key, plot) {
    return histogram(this.estimates[key], plot.x[0], plot.x[1], BINS);
  }

  #scale(key, plot) {
    plot.y = [0, Math.max(...this.#bars(key, plot).map(({ value }) => value)) * 1.1];
  }

  #draw(key, plot) {
    plot.bars(this.#bars(key, plot), key === "score" ? "amber" : "accent");
    plot.upright(this.exact, "text", [5, 4]);
  }
}

/** @param {number} ratio */
function timesOf(ratio) {
  return ratio < 10 ? ratio.toFixed(1) : formatCount(Math.round(ratio));
}
