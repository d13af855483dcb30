/**
 * p(x) estimated with draws from the prior, five times, while the draws are made: of a digit under the small VAE, and of a
 * model with any number of dimensions whose p(x) is known.
 */

import { element } from "../core/dom.js";
import { formatCount, t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { normals } from "./gaussian.js";
import { logBernoulliOf } from "./likelihoods.js";
import { RunningLogMean, linearModel } from "./montecarlo.js";
import { choice, facts, nats, part, percent, signed, slider } from "./parts.js";
import { Plot } from "./plot.js";
import { SHAPE } from "./small_models.js";

const RUNS = 5;
const MOST = 10_000; // draws of each run
const SLICE = 8; // ms of each frame

/** @typedef {{exact: number, term: (normal: () => number) => number}} Source */

export class MonteCarloFigure {
  #frame = 0;

  /** @param {import("./figure.js").Context} context */
  constructor({ files }) {
    this.seed = 0;
    /** @type {number[][]} the estimate after each draw, for each run */
    this.curves = [];
    this.kind = choice(t("Model"), { linear: t("Known p(x), d dimensions"), digit: t("A digit under our VAE, 2 dimensions") }, "linear", () => this.#start());
    this.dimensions = slider({ name: "d", min: 1, max: 20, step: 1, value: 2, format: String, onInput: () => this.#start() });
    this.draws = slider({ name: t("Draws n"), min: 0, max: 4, step: 0.05, value: 2, format: (power) => formatCount(Math.round(10 ** power)), onInput: () => this.#show() });
    this.facts = facts({ exact: t("log p(x), exact"), estimates: t("Estimates of {count} runs at n", { count: RUNS }), off: t("Largest error, nats"), share: t("Largest term's share of the sum") });
    this.plot = new Plot(
      { label: t("Estimates of log p(x) against the number of draws"), x: [1, MOST], y: [-1, 1], logX: true, xTicks: [1, 10, 100, 1000, 10_000], xFormat: formatCount, xName: t("draws"), yName: t("nats"), height: 250 },
      (plot) => this.#draw(plot),
      (plot) => this.#scale(plot),
    );
    this.picture = pictureCanvas(SHAPE, t("The digit whose probability is estimated"));
    this.digit = element("div.picture-row", { hidden: true }, element("figure", {}, this.picture, element("figcaption", { text: t("x, in black and white") })));
    this.node = element(
      "div.figure-parts",
      {},
      this.kind.node,
      this.dimensions.node,
      this.digit,
      part(t("Five runs with other draws; the dashed line is exact"), this.plot.node),
      this.draws.node,
      this.facts.node,
      element("div.row", {}, element("button", { type: "button", text: t("Draw again"), onclick: () => this.#start() })),
    );
    this.ready = this.#load(files);
  }

  async #load(files) {
    const [model, { images }] = await Promise.all([files.model("vae"), files.test()]);
    this.model = model;
    this.x = Float32Array.from(images[4], (value) => Number(value > 127));
    paint(this.picture, images[4].map((value) => (value > 127 ? 255 : 0)), SHAPE); // prettier-ignore
    this.#start();
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.plot.destroy();
  }

  /** @returns {Source} */
  #source() {
    if (this.kind.chosen.value === "linear") return linearModel(this.dimensions.value, 0.5, 0.1);
    const z = new Float32Array(2);
    return {
      exact: this.model.entry.logEvidence[4],
      term: (normal) => {
        z[0] = normal();
        z[1] = normal();
        return logBernoulliOf(this.x, this.model.logits(z));
      },
    };
  }

  #start() {
    cancelAnimationFrame(this.#frame);
    const linear = this.kind.chosen.value === "linear";
    this.dimensions.node.hidden = !linear;
    this.digit.hidden = linear;
    this.source = this.#source();
    this.seed += RUNS;
    this.runs = Array.from({ length: RUNS }, (_, run) => ({ normal: normals(this.seed + run), mean: new RunningLogMean(), shares: [], curve: [] }));
    this.node.dataset.draws = "0";
    this.#continue();
  }

  #continue() {
    const until = performance.now() + SLICE;
    let done = this.runs[0].curve.length;
    while (done < MOST && performance.now() < until) {
      for (let i = 0; i < 10; i++) {
        for (const { normal, mean, shares, curve } of this.runs) {
          curve.push(mean.add(this.source.term(normal)));
          shares.push(mean.largestShare);
        }
      }
      done += 10;
    }
    this.node.dataset.draws = String(done);
    this.#show();
    if (done < MOST) this.#frame = requestAnimationFrame(() => this.#continue());
  }

  #show() {
    const done = this.runs[0].curve.length;
    const wanted = Math.round(10 ** this.draws.value);
    const at = Math.min(done, wanted);
    const estimates = this.runs.map(({ curve }) => curve[at - 1]);
    const off = Math.max(...estimates.map((estimate) => Math.abs(estimate - this.source.exact)));
    this.facts.set("exact", nats(this.source.exact), this.source.exact);
    this.facts.set("estimates", t("{low} to {high}", { low: signed(Math.min(...estimates)), high: signed(Math.max(...estimates)) }));
    this.facts.set("off", done < wanted ? t("drawing: {count}", { count: formatCount(done) }) : signed(off), off);
    const share = Math.max(...this.runs.map(({ shares }) => shares[at - 1]));
    this.facts.set("share", t("up to {n} %", { n: Math.round(100 * share) }), share);
    this.plot.refresh();
  }

  #scale(plot) {
    if (!this.source) return;
    const { exact } = this.source;
    const first = Math.min(...this.runs.map(({ curve }) => curve[Math.min(curve.length, 10) - 1]));
    const depth = Math.max(2, Math.min(400, (exact - first) * 1.3));
    plot.y = [exact - depth, exact + depth * 0.25];
  }

  #draw(plot) {
    if (!this.source) return;
    const { exact } = this.source;
    for (const { curve } of this.runs) {
      const points = [];
      for (let n = 1; n <= curve.length; n = Math.max(n + 1, Math.floor(n * 1.02))) points.push([n, curve[n - 1]]);
      plot.line(points, "accent", { width: 1.5, alpha: 0.75 });
    }
    plot.line([[1, exact], [MOST, exact]], "amber", { dash: [6, 4] }); // prettier-ignore
    plot.upright(Math.round(10 ** this.draws.value), "faint", [2, 4]);
  }
}

