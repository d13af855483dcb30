/**
 * Variational inference by hand: q is moved and stretched over the true posterior of a digit, and the ELBO follows.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { WIDTHS, ascend, elboOf, logEvidenceOn, windowOf } from "./evidence.js";
import { logBernoulliOf } from "./likelihoods.js";
import { choice, facts, nats, part, slider } from "./parts.js";
import { Plot } from "./plot.js";
import { PosteriorView } from "./posterior_view.js";
import { SHAPE } from "./small_models.js";

const RATE = 0.05; // of the ascent
const STEPS = 150;
const KEPT = 200; // values of the curve

const WHOLE = { centre: [0, 0], half: 3 };

const AIMS = {
  elbo: ({ elbo }) => elbo,
  "kl-up": ({ reconstruction, kl }) => reconstruction + kl,
};

export class ElboFigure {
  #frame = 0;
  #left = 0; // steps of the ascent

  /** @param {import("./figure.js").Context} context */
  constructor({ files, options }) {
    this.aims = /** @type {(keyof typeof AIMS)[]} */ (options.aims ?? ["elbo"]);
    /** @type {import("./evidence.js").Posterior} */
    this.q = { mean: [0, 0], sigma: [1, 1] };
    this.history = [];
    this.view = new PosteriorView((mean) => this.#moveByHand(mean));
    const width = (axis) =>
      slider({
        name: axis ? t("σ₁, up") : t("σ₀, across"),
        min: Math.log10(WIDTHS[0]),
        max: Math.log10(WIDTHS[1]),
        step: 0.01,
        value: 0,
        format: (power) => (10 ** power).toFixed(3),
        onInput: (power) => this.#stretch(axis, 10 ** power),
      });
    this.widths = [width(0), width(1)];
    this.zoom = choice(t("View"), { plane: t("Whole plane"), near: t("Around the posterior") }, "near", () => this.#look());
    this.facts = facts({ reconstruction: t("Reconstruction"), kl: t("KL(q ‖ prior)"), elbo: t("ELBO"), evidence: "log p(x)", gap: t("Gap: KL(q ‖ posterior)") });
    this.curve = new Plot({ label: t("The ELBO while q changes, below log p(x)"), x: [0, KEPT], y: [-300, -100], xTicks: [], xName: t("changes of q"), yName: t("nats"), height: 150 }, (plot) => this.#drawCurve(plot), (plot) => this.#scaleCurve(plot));
    const names = { elbo: t("Maximise the ELBO"), "kl-up": t("Maximise reconstruction + KL") };
    this.buttons = this.aims.map((aim) => element("button", { type: "button", "data-aim": aim, text: names[aim], onclick: () => this.climb(aim) }));
    this.images = element("div.strip-of-ten", { role: "group", "aria-label": t("The image x") });
    const explained = t("Bright: the true posterior p(z | x), over 30 nats. Green: q, one and two σ. Dashed: the prior.");
    this.node = element(
      "div.figure-parts",
      {},
      part(t("The image x, in black and white"), this.images),
      element("div.side-by-side.view-and-facts", {}, element("div.part", {}, this.view.surface, element("p.aside", { text: explained })), element("div.figure-parts", {}, this.facts.node, ...this.widths.map(({ node }) => node), this.zoom.node)),
      element("div.row", {}, ...this.buttons, element("button", { type: "button", text: t("Use the encoder's q"), onclick: () => this.#encoders() }), element("button", { type: "button", text: t("Start at the prior"), onclick: () => this.#prior() })),
      part(t("The ELBO never exceeds log p(x), the dashed line"), this.curve.node),
    );
    this.ready = this.#load(files);
  }

  async #load(files) {
    const [model, { images }] = await Promise.all([files.model("vae"), files.test()]);
    this.model = model;
    this.binary = images.map((image) => Float32Array.from(image, (value) => Number(value > 127)));
    this.images.replaceChildren(
      ...this.binary.map((x, index) => {
        const canvas = pictureCanvas(SHAPE, t("Digit {n}", { n: index }));
        paint(canvas, Uint8Array.from(x, (value) => 255 * value), SHAPE);
        return element("button", { type: "button", "aria-label": t("Digit {n}", { n: index }), "aria-pressed": "false", onclick: () => this.#choose(index) }, canvas);
      }),
    );
    this.#choose(3);
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.view.destroy();
    this.curve.destroy();
  }

  #choose(index) {
    this.index = index;
    for (const [at, button] of [...this.images.children].entries()) button.setAttribute("aria-pressed", String(at === index));
    const x = this.binary[index];
    /** @type {import("./evidence.js").LogLikelihood} */
    this.logLikelihood = (z) => logBernoulliOf(x, this.model.logits(z));
    this.encoded = this.model.encode(x);
    this.evidence = this.model.entry.logEvidence[index];
    this.history = [];
    this.#left = 0;
    this.#look();
    this.#set({ mean: this.encoded.mean.map((value) => value + 0.15), sigma: this.encoded.sigma.map((value) => value * 2) });
  }

  async #look() {
    const near = this.zoom.chosen.value === "near";
    const { posteriorMean, posteriorSigma } = this.model.entry;
    const { centre, half } = near ? windowOf(posteriorMean[this.index], posteriorSigma[this.index], this.encoded.mean) : WHOLE;
    this.view.q ??= this.q;
    const joint = await this.view.show(centre, half, this.logLikelihood);
    this.node.dataset.onGrid = String(logEvidenceOn(this.view.grid, joint)); // for tests
  }

  #moveByHand(mean) {
    this.#left = 0;
    this.#set({ mean, sigma: this.q.sigma });
  }

  #stretch(axis, value) {
    this.#left = 0;
    this.#set({ mean: this.q.mean, sigma: this.q.sigma.map((other, i) => (i === axis ? value : other)) });
  }

  #encoders() {
    this.#left = 0;
    this.#set(this.encoded);
  }

  #prior() {
    this.#left = 0;
    this.zoom.choose("plane");
    this.#set({ mean: [0, 0], sigma: [1, 1] });
  }

  /** @param {keyof typeof AIMS} aim */
  climb(aim) {
    cancelAnimationFrame(this.#frame);
    this.#left = STEPS;
    const step = () => {
      if (!this.#left) return;
      this.#left -= 1;
      this.#set(ascend((q) => AIMS[aim](elboOf(this.logLikelihood, q)), this.q, RATE));
      this.#frame = requestAnimationFrame(step);
    };
    step();
  }

  /** @param {import("./evidence.js").Posterior} q */
  #set(q) {
    this.q = q;
    this.widths.forEach((control, axis) => control.set(Math.log10(q.sigma[axis])));
    const found = elboOf(this.logLikelihood, q);
    const gap = this.evidence - found.elbo;
    for (const [name, value] of Object.entries({ ...found, evidence: this.evidence, gap })) this.facts.set(name, nats(value), value);
    this.history = [...this.history, found.elbo].slice(-KEPT);
    this.view.setQ(q);
    this.curve.refresh();
  }

  #scaleCurve(plot) {
    if (!this.history.length) return;
    const lowest = Math.max(Math.min(...this.history), this.evidence - 2000);
    plot.y = [lowest - 5, this.evidence + Math.max(3, (this.evidence - lowest) * 0.15)];
  }

  #drawCurve(plot) {
    if (!this.history.length) return;
    plot.line(this.history.map((value, i) => [i, value]), "accent"); // prettier-ignore
    plot.line([[0, this.evidence], [KEPT, this.evidence]], "amber", { dash: [6, 4] }); // prettier-ignore
    plot.dot(this.history.length - 1, this.history.at(-1), "accent", 4);
  }
}
