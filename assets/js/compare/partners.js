/**
 * The sliders of A with their partners in B, and the sliders of B without a partner.
 */

import { dimensionName, element, formatNumber } from "../core/dom.js";
import { Sliders } from "../core/sliders.js";
import { orderName } from "../core/labels.js";
import { sentences, t, tn } from "../core/language.js";

const ways = () => ({
  matched: [t("Matched dimensions"), t("Each matched dimension of B follows its partner in A by the slope of their linear regression. A weak match moves little")],
  linear: [t("All dimensions"), t("All dimensions of B follow all dimensions of A by a linear map, fitted to the codes of the test images. Use it if dimensions are rotated or mixed")],
});

export class Partners {
  /**
   * @param {import("./side.js").Side} a
   * @param {import("./side.js").Side} b
   * @param {import("../core/messages.js").Dimension[]} dimensionsA
   * @param {import("../core/messages.js").Dimension[]} dimensionsB
   * @param {{onWay: (way: "matched" | "linear") => void, onAttend: (index: number) => void, onBack: () => void}} on
   */
  constructor(a, b, dimensionsA, dimensionsB, { onWay, onAttend, onBack }) {
    this.a = a;
    this.b = b;
    this.dimensionsB = dimensionsB;
    this.onWay = onWay;
    this.sliders = new Sliders(a.point, a.model, dimensionsA, onAttend);
    this.words = element("p.aside.follows", { role: "status" });
    this.buttons = Object.fromEntries(
      Object.entries(ways()).map(([way, [text, title]]) => [
        way,
        element("button", { type: "button", text, title, "aria-pressed": String(way === "matched"), onclick: () => this.#choose(way) }),
      ]),
    );
    this.modes = element("span.modes", { role: "group", "aria-label": t("How B follows A"), hidden: true }, ...Object.values(this.buttons));
    this.back = element("button", { type: "button", text: t("Reset to the image"), title: t("Move both models to the codes of the input image (B)"), onclick: onBack });
    this.rest = element("div.of-b");
    this.node = element(
      "section.card.latents",
      {},
      element("header", {}, element("h2", { text: t("Latent dimensions of A; B follows") }), element("span.aside", { text: orderName(a.model) }), element("span.gap"), this.modes, this.back),
      this.words,
      this.sliders.node,
      this.rest,
    );
  }

  /** @param {import("./wire.js").Matching} matching */
  setMatching(matching) {
    this.matching = matching;
    this.modes.hidden = false;
    const partners = new Map(matching.pairs.map((pair) => [pair.a, pair]));
    /** @type {NodeListOf<HTMLInputElement>} */
    const inputs = this.sliders.node.querySelectorAll("input[data-dimension]");
    for (const input of inputs) {
      const pair = partners.get(Number(input.dataset.dimension));
      input.closest(".slider").append(partnerNode(pair));
      if (pair) input.setAttribute("aria-label", t("{dimension}, matched with {partner} of B, correlation {correlation}", { dimension: input.getAttribute("aria-label"), partner: dimensionName(pair.b), correlation: pair.correlation.toFixed(2) }));
    }
    this.node.classList.add("matched");
    if (matching.onlyB.length) {
      const alone = new Set(matching.onlyB);
      const sliders = new Sliders(this.b.point, this.b.model, this.dimensionsB.filter(({ index }) => alone.has(index)), () => {});
      const names = element("summary", { text: tn("{n} more active dimension of B without a partner in A", "{n} more active dimensions of B without a partner in A", alone.size, { n: alone.size }) });
      this.rest.replaceChildren(element("details.dead", {}, names, sliders.node));
    }
    this.#showText("matched");
  }

  /** @param {string} text why B does not follow */
  refuse(text) {
    this.words.textContent = text;
  }

  #choose(way) {
    for (const [name, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === way));
    this.node.classList.toggle("linear", way === "linear");
    this.#showText(way);
    this.onWay(way);
  }

  #showText(way) {
    const { share, pairs, onlyA } = this.matching;
    if (way === "linear") {
      this.words.textContent = t("{share} % of the variance of B's codes is a linear function of A's codes. B follows this part only.", { share: (100 * share).toFixed(0) });
      return;
    }
    const matched = t("{n} pairs of dimensions, matched by the correlation of their codes of the test images. B follows by linear regression.", { n: pairs.length });
    const alone = onlyA.length ? tn("{n} dimension of A has no partner.", "{n} dimensions of A have no partner.", onlyA.length, { n: onlyA.length }) : "";
    this.words.textContent = sentences(matched, alone);
  }
}

/** "↔ z₇ −0.83", with a bar whose length is the absolute correlation. */
function partnerNode(pair) {
  if (!pair) return element("span.partner.none", { text: "–", title: t("No active dimension of B matches this one") });
  const { b, correlation, slope } = pair;
  const bar = element("i");
  bar.style.width = `${100 * Math.abs(correlation)}%`;
  const title = t("Matched with {partner} of B: correlation {correlation}. One unit here moves it by {slope}", { partner: dimensionName(b), correlation: correlation.toFixed(3), slope: formatNumber(slope, 3) });
  return element("span.partner", { title, "data-partner": b }, `↔ ${dimensionName(b)} `, element("small", { text: formatNumber(correlation) }), element("span.strength", {}, bar));
}
