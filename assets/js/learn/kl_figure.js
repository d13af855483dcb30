/**
 * The KL divergence of N(μ, σ²) from N(0, 1) as an area, by its closed form, and by draws; and two wrong formulas.
 */

import { element } from "../core/dom.js";
import { formatCount, t } from "../core/language.js";
import { klToPrior, klWithSigma, logNormal, logRatio, logRatioSpread, normals, summary } from "./gaussian.js";
import { choice, facts, nats, part, signed, slider } from "./parts.js";
import { Plot } from "./plot.js";

const DRAWS = 2000;
const SIGMAS = [0.05, 3]; // range of σ

/** @typedef {"right" | "sigma" | "one-draw"} Form */

/** What a formula is. @param {Form} form */
function meaningOf(form) {
  if (form === "right") return t("The closed form. It is 0 only where both distributions are equal: μ = 0 and σ = 1.");
  if (form === "sigma") return t("Mistake: the formula expects log σ², but gets σ. It is smallest at σ = 0, not at σ = 1, so the noise disappears.");
  return t("log q(z) − log p(z) for one draw z. Its mean over draws is the KL, but one value is not: it can even be negative.");
}

export class KlFigure {
  /** @param {import("./figure.js").Context} context */
  constructor({ options }) {
    this.noise = Float64Array.from({ length: DRAWS }, normals(1));
    this.single = 0;
    this.mean = slider({ name: "μ", min: -3, max: 3, step: 0.05, value: 1.5, format: (value) => signed(value), onInput: () => this.update() });
    this.sigma = slider({ name: "σ", min: SIGMAS[0], max: SIGMAS[1], step: 0.05, value: 0.5, format: (value) => signed(value), onInput: () => this.update() });
    const forms = { right: t("Closed form"), sigma: t("σ in place of log σ²"), "one-draw": t("One draw") };
    this.form = choice(t("Formula"), forms, /** @type {Form} */ (options.form ?? "right"), () => this.update());
    this.facts = facts({ kl: t("KL, closed form"), shown: t("Chosen formula"), draws: t("Mean of {count} draws", { count: formatCount(DRAWS) }) });
    this.explained = element("p.aside");
    this.densities = new Plot(
      { label: t("The densities of q and of the prior, and the area between them"), x: [-5, 5], y: [-0.5, 1.3], xName: "z", height: 230 },
      (plot) => this.#drawDensities(plot),
      (plot) => this.#scaleDensities(plot),
    );
    this.curve = new Plot(
      { label: t("The KL as a function of sigma"), x: [0.02, 3], y: [0, 6], xName: "σ", yName: t("nats"), height: 190 },
      (plot) => this.#drawCurve(plot),
      (plot) => (plot.y = [0, Math.max(3, klToPrior(this.mean.value, 1) + 3)]),
    );
    this.node = element(
      "div.figure-parts",
      {},
      element("div.controls", {}, this.mean.node, this.sigma.node, element("button", { type: "button", text: t("Set q = p"), onclick: () => this.#equal() })),
      part(t("q(z) = N(μ, σ²), the prior p(z) = N(0, 1), and q log (q / p), whose area is the KL"), this.densities.node),
      this.form.node,
      this.explained,
      this.facts.node,
      part(t("The chosen formula for every σ at this μ"), this.curve.node),
    );
    this.update();
  }

  destroy() {
    this.densities.destroy();
    this.curve.destroy();
  }

  #equal() {
    this.mean.set(0);
    this.sigma.set(1);
    this.update();
  }

  /** The chosen formula. @param {number} sigma */
  #value(sigma) {
    const mean = this.mean.value;
    const form = this.form.chosen.value;
    if (form === "sigma") return klWithSigma(mean, sigma);
    if (form === "one-draw") return logRatio(mean + sigma * this.noise[this.single], mean, sigma);
    return klToPrior(mean, sigma);
  }

  update() {
    const [mean, sigma] = [this.mean.value, this.sigma.value];
    this.single = (this.single + 1) % DRAWS; // another draw at each change
    const drawn = summary(this.noise.map((e) => logRatio(mean + sigma * e, mean, sigma)));
    const kl = klToPrior(mean, sigma);
    this.facts.set("kl", nats(kl), kl);
    const shown = this.#value(sigma);
    this.facts.set("shown", nats(shown), shown);
    this.facts.set("draws", t("{n} nats", { n: `${signed(drawn.mean)} ± ${signed(drawn.error)}` }), drawn.mean);
    const form = /** @type {Form} */ (this.form.chosen.value);
    const scatter = form === "one-draw" ? ` ${t("Single values scatter by ± {n} nats.", { n: signed(logRatioSpread(mean, sigma)) })}` : "";
    this.explained.textContent = meaningOf(form) + scatter;
    this.densities.refresh();
    this.curve.refresh();
  }

  #scaleDensities(plot) {
    const [mean, sigma] = [this.mean.value, this.sigma.value];
    const q = Math.exp(logNormal(mean, mean, sigma));
    plot.y = [-0.5, Math.max(1.3, Math.min(40, Math.max(q, q * logRatio(mean, mean, sigma)) * 1.15))];
  }

  #drawDensities(plot) {
    const [mean, sigma] = [this.mean.value, this.sigma.value];
    const q = (z) => Math.exp(logNormal(z, mean, sigma));
    const term = (z) => q(z) * logRatio(z, mean, sigma);
    plot.fill(term, "amber", 0.35);
    plot.line([[-5, 0], [5, 0]], "faint", { width: 1 }); // prettier-ignore
    plot.curve((z) => Math.exp(logNormal(z)), "faint", { dash: [5, 4] });
    plot.curve(q, "accent");
    plot.write("p", -1.6, Math.exp(logNormal(-1.6)), "faint", "right");
    plot.write("q", mean, q(mean), "accent");
  }

  #drawCurve(plot) {
    const form = this.form.chosen.value;
    const mean = this.mean.value;
    plot.curve((sigma) => klToPrior(mean, sigma), form === "right" ? "accent" : "faint", form === "right" ? {} : { dash: [5, 4] });
    if (form === "sigma") plot.curve((sigma) => klWithSigma(mean, sigma), "amber");
    plot.upright(1, "faint", [2, 4]);
    plot.dot(this.sigma.value, this.#value(this.sigma.value), form === "right" ? "accent" : "amber");
  }
}
