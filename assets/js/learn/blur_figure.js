/**
 * Why VAEs blur: the best prediction for a pixel that is white in a share of the images is grey.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { logBernoulli } from "./likelihoods.js";
import { facts, nats, part, signed, slider } from "./parts.js";
import { Plot } from "./plot.js";

export class BlurFigure {
  constructor() {
    const number = (name, min, max, value) => slider({ name, min, max, step: 0.01, value, format: (at) => at.toFixed(2), onInput: () => this.update() });
    this.share = number(t("Share s of white"), 0.01, 0.99, 0.5);
    this.m = number(t("Prediction m"), 0.01, 0.99, 0.9);
    this.plot = new Plot({ label: t("The expected log-likelihood for every prediction"), x: [0, 1], y: [-3, 0], xName: t("prediction m: 0 black, 1 white"), yName: t("nats"), height: 220 }, (plot) => this.#draw(plot));
    this.swatches = { share: element("div.pixel"), grey: element("div.pixel"), chosen: element("div.pixel") };
    this.facts = facts({ expected: t("Expected log-likelihood of m"), best: t("Of the best prediction, m = s"), cost: t("Lost by the sharp guess m") });
    const swatch = (name, caption) => element("figure", {}, this.swatches[name], element("figcaption", { text: caption }));
    this.node = element(
      "div.figure-parts",
      {},
      element("div.controls", {}, this.share.node, this.m.node),
      part(t("Expected log-likelihood: s log m + (1 − s) log(1 − m)"), this.plot.node),
      element("div.picture-row", {}, swatch("share", t("The pixel in the images that share this code")), swatch("grey", t("The best prediction")), swatch("chosen", t("Your prediction"))),
      this.facts.node,
    );
    this.update();
  }

  destroy() {
    this.plot.destroy();
  }

  #expected(m) {
    return logBernoulli(this.share.value, m);
  }

  update() {
    const [s, m] = [this.share.value, this.m.value];
    const grey = (level) => `rgb(${Array(3).fill(Math.round(255 * level)).join(" ")})`;
    this.swatches.share.style.background = `linear-gradient(90deg, #fff ${100 * s}%, #000 0)`;
    this.swatches.grey.style.background = grey(s);
    this.swatches.chosen.style.background = grey(m);
    const [expected, best] = [this.#expected(m), this.#expected(s)];
    this.facts.set("expected", nats(expected), expected);
    this.facts.set("best", nats(best), best);
    this.facts.set("cost", t("{n} nats per pixel", { n: signed(best - expected) }), best - expected);
    this.plot.refresh();
  }

  #draw(plot) {
    plot.curve((m) => this.#expected(Math.min(0.999, Math.max(0.001, m))), "accent");
    plot.upright(this.share.value, "faint", [2, 4]);
    plot.dot(this.m.value, this.#expected(this.m.value), "amber");
    plot.dot(this.share.value, this.#expected(this.share.value), "accent");
  }
}
