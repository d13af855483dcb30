/**
 * The information per dimension of both models: bars by falling KL on one scale, with the collapsed dimensions.
 */

import { dimensionName, element } from "../core/dom.js";
import { carries } from "../core/labels.js";
import { t } from "../core/language.js";

export class Profiles {
  /**
   * @param {import("../core/messages.js").ComparedModel} a
   * @param {import("../core/messages.js").ComparedModel} b
   */
  constructor(a, b) {
    // Nats and spreads have no common scale.
    const common = Boolean(a.model.prior) === Boolean(b.model.prior);
    const tops = [a, b].map(({ model, dimensions }) => Math.max(1e-9, ...dimensions.map((one) => carries(model, one).value)));
    const most = common ? [Math.max(...tops), Math.max(...tops)] : tops;
    this.bars = [new Map(), new Map()];
    this.node = element(
      "section.card.profiles",
      {},
      element("header", {}, element("h2", { text: t("Information per dimension") })),
      this.#chart("A", a, most[0], this.bars[0]),
      this.#chart("B", b, most[1], this.bars[1]),
    );
  }

  /** Highlight the bars of partners together. @param {import("./wire.js").Matching} matching */
  setMatching(matching) {
    const [ofA, ofB] = [new Map(matching.pairs.map((pair) => [pair.a, pair.b])), new Map(matching.pairs.map((pair) => [pair.b, pair.a]))];
    this.bars.forEach((bars, at) => {
      for (const [dimension, bar] of bars) {
        const partner = (at ? ofB : ofA).get(dimension);
        const other = this.bars[1 - at].get(partner);
        const mark = (on) => [bar, other].forEach((one) => one?.classList.toggle("on", on));
        if (other) bar.title = t("{dimension}, matched with {partner} of {model}", { dimension: bar.title, partner: dimensionName(partner), model: at ? "A" : "B" });
        bar.addEventListener("pointerenter", () => mark(true));
        bar.addEventListener("pointerleave", () => mark(false));
      }
    });
  }

  /** Highlight the bars of a dimension of A, whose slider has the pointer or the focus, and of its partner. @param {number} index @param {import("./wire.js").Matching | null} matching */
  attend(index, matching) {
    const partner = matching?.pairs.find((pair) => pair.a === index)?.b;
    this.bars.forEach((bars, at) => {
      for (const [dimension, bar] of bars) bar.classList.toggle("on", dimension === (at ? partner : index));
    });
  }

  #chart(letter, { model, dimensions }, most, bars) {
    const dead = dimensions.filter(({ active }) => !active).length;
    const total = dimensions.reduce((sum, { kl }) => sum + kl, 0);
    const columns = dimensions.map((dimension) => {
      const { value, spoken } = carries(model, dimension);
      const about = { dimension: dimensionName(dimension.index), amount: spoken };
      const bar = element("i", { title: dimension.active ? t("{dimension}: {amount}", about) : t("{dimension}: {amount}, collapsed", about) });
      bar.classList.toggle("collapsed", !dimension.active);
      bar.style.height = `${Math.max(1.5, (100 * Math.max(0, value)) / most)}%`;
      bars.set(dimension.index, bar);
      return bar;
    });
    const words = summaryOf(model.prior, { active: dimensions.length - dead, all: dimensions.length, dead, total: total.toFixed(1) });
    const label = t("{letter}, {model}: {summary}", { letter, model: model.title, summary: words });
    return element(
      "figure.profile",
      { "data-side": letter },
      element("figcaption", {}, element("b.letter", { text: letter }), ` ${words}`),
      element("div.bars", { role: "img", "aria-label": label }, ...columns),
      element("div.profile-axis", {}, element("span", { text: dimensions.length > 1 ? t("{dimension}, the most", { dimension: dimensionName(dimensions[0].index) }) : "" }), element("span", { text: model.prior ? t("to {most} nats", { most: most.toFixed(2) }) : t("to {most}", { most: most.toFixed(2) }) })),
    );
  }
}

/** Describe the bars. @param {string | null} prior @param {{active: number, all: number, dead: number, total: string}} counts of dimensions; total of their KL, nats */
function summaryOf(prior, counts) {
  if (!prior) return t("{active} of {all} active, {dead} collapsed; spread of the codes, as a plain autoencoder has no KL", counts);
  if (prior === "normal") return t("{active} of {all} active, {dead} collapsed; {total} nats in all", counts);
  // With another prior, a bar is the KL to a normal with the dimension's own spread (`vae.latent.profile`). They do not add up to the KL.
  return t("{active} of {all} active, {dead} collapsed; KL to a normal distribution with the spread of the dimension, as the prior is not N(0, 1)", counts);
}
