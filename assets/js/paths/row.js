/**
 * The row of one kind of path: its pictures in a strip, the picture at the current place, and its measurements.
 */

import { element } from "../core/dom.js";
import { t, tn } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { codeOnWay, reportOf } from "./path.js";

export class Row {
  /**
   * @param {import("../core/messages.js").PathKind} path
   * @param {import("../core/messages.js").Model} model
   * @param {string[]} colors of the classes
   */
  constructor(path, model, colors) {
    this.path = path;
    this.kind = path.key;
    this.model = model;
    this.colors = colors;
    /** @type {import("./finder.js").FoundLeg[]} */
    this.legs = [];
    const { key, title, explained } = path;
    this.canvases = [];
    this.strip = element("div.strip");
    this.now = pictureCanvas(model.imageShape, t("picture of the {path} path at the current place", { path: title }), "picture now");
    this.figures = element("small.figures");
    this.profile = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.profile.setAttribute("preserveAspectRatio", "none");
    this.profile.setAttribute("viewBox", "0 0 100 100");
    this.votes = element("div.votes");
    this.node = element(
      "section.card.path",
      { "data-kind": key },
      element("header", { title: explained }, element("h2", { text: title }), this.figures),
      element("div.course", {}, this.now, element("div", {}, this.strip, element("div.profile", { title: t("Line: how fast the picture changes along the path. Red: off the data, farther from the data than 95 % of the test images") }, this.profile), this.votes)),
    );
  }

  /** @param {number} steps */
  setSteps(steps) {
    this.canvases = Array.from({ length: steps }, (_, i) => pictureCanvas(this.model.imageShape, t("step {step} of {steps}", { step: i + 1, steps })));
    this.strip.replaceChildren(...this.canvases);
    this.strip.style.gridTemplateColumns = `repeat(${steps}, minmax(0, 1fr))`;
  }

  /** @param {import("./finder.js").FoundLeg[]} legs of the path, in order */
  setLegs(legs) {
    this.legs = legs;
    this.failed = null;
    this.show();
  }

  /** Whether every leg has codes. */
  get there() {
    return this.legs.length > 0 && this.legs.every(({ codes }) => codes);
  }

  /** @param {number} place 0 is the first stop, 1 the second … @param {boolean} even */
  codeAt(place, even) {
    return codeOnWay(this.legs, place, even);
  }

  /** @param {Uint8Array} pixels of all steps */
  paintStrip(pixels) {
    const size = pixels.length / this.canvases.length;
    this.canvases.forEach((canvas, i) => paint(canvas, pixels.subarray(i * size, (i + 1) * size), this.model.imageShape));
    this.node.dataset.painted = String(Number(this.node.dataset.painted ?? 0) + 1);
  }

  /** @param {Uint8Array} pixels */
  paintNow(pixels) {
    paint(this.now, pixels, this.model.imageShape);
  }

  /** @param {string} text */
  fail(text) {
    this.failed = text;
    this.show();
  }

  /** Show what is known of the legs. */
  show() {
    const report = reportOf(this.legs);
    const { model } = this;
    this.node.classList.toggle("converging", !report);
    this.node.dataset.done = String(Boolean(report));
    if (!report) {
      this.figures.textContent = this.failed ?? (this.legs.find(({ note }) => note)?.note || t("Finding the path …"));
      return;
    }
    const off = report.off.filter((percentile) => percentile > 95).length / report.off.length;
    const figures = [t("{length} pixel units long", { length: report.length.toFixed(1) }), t("{share} % off the data", { share: Math.round(100 * off) })];
    if (report.jumps) figures.push(tn("{n} jump between separate regions of data", "{n} jumps between separate regions of data", report.jumps, { n: report.jumps }));
    this.figures.textContent = figures.join(" · ");
    this.node.dataset.length = String(report.length);
    this.#drawProfile(report);
    this.votes.replaceChildren(...(model.classes.length ? votesOf(report.votes).map(([label, share]) => this.#vote(label, share)) : []));
  }

  #vote(label, share) {
    const name = this.model.classes[label] ?? t("class {i}", { i: label });
    const part = element("span", { text: share > 0.06 ? name : "", title: t("Most frequent class of the ten nearest images: {name}", { name }) });
    part.style.flexGrow = share;
    part.style.setProperty("--color", this.colors[label % this.colors.length]);
    return part;
  }

  #drawProfile({ speed, off }) {
    const most = Math.max(...speed, 1e-9);
    const edge = (i) => Math.min(100, Math.max(0, (100 * i) / (off.length - 1)));
    const bands = off.map((percentile, i) => (percentile > 95 ? `<rect x="${edge(i - 0.5)}" width="${edge(i + 0.5) - edge(i - 0.5)}" y="0" height="100" class="off"/>` : "")).join("");
    const line = speed.map((value, i) => `${((i + 0.5) / speed.length) * 100},${100 - (92 * value) / most}`).join(" ");
    this.profile.innerHTML = `${bands}<polyline points="${line}" vector-effect="non-scaling-stroke"/>`; // numbers alone
  }
}

/** Runs of one class, with their shares. @param {number[]} votes @returns {[number, number][]} */
export function votesOf(votes) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const vote of votes) {
    if (runs.length && runs[runs.length - 1][0] === vote) runs[runs.length - 1][1] += 1 / votes.length;
    else runs.push([vote, 1 / votes.length]);
  }
  return runs;
}
