/**
 * The exported web page: picture, sliders and plane of one point, without a server.
 */

import { ClassChips, oneHot } from "../core/classes.js";
import { button, element, isRange, originOf } from "../core/dom.js";
import { listenKeys } from "../core/keyboard.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Plane } from "../core/plane.js";
import { Player } from "../core/player.js";
import { Point } from "../core/point.js";
import { Sliders } from "../core/sliders.js";
import { orderName, randomName, randomTitle } from "../core/labels.js";
import { formatCount, t } from "../core/language.js";
import { CodePlane } from "./codeplane.js";
import { Decoder } from "./decoder.js";
import { drawsOf } from "./draws.js";
import { Figures } from "./figures.js";
import { LocalChannel } from "./localchannel.js";
import { codesOf, numbersOf, weightsOf } from "./payload.js";

const BACKGROUND = 3000; // ms that a plane's pictures may take in the background

export class DemoPage {
  #since; // time of the earliest input event that is not painted yet
  #pending = 0;

  /** @param {HTMLElement} root @param {import("./payload.js").Payload} payload */
  constructor(root, payload) {
    const { model, dimensions } = payload;
    model.priorDraw = t(model.priorDraw); // no server translates it
    this.root = root;
    this.payload = payload;
    this.model = model;
    this.codes = codesOf(payload.reference, model.latentDim);
    this.decoder = new Decoder(payload.graph, weightsOf(payload.weights), payload.mean);
    this.decoder.warmUp();
    model.decodeRows = Math.max(64, Math.floor(BACKGROUND / this.decoder.milliseconds));
    this.draw = drawsOf(model, dimensions, this.codes, payload.draws && numbersOf(payload.draws, "float16"));
    this.point = new Point(this.#start());
    this.picture = pictureCanvas(model.imageShape, t("The decoded picture"), "picture main");
    this.figures = new Figures();
    this.player = new Player(this.point, { codes: Promise.resolve(this.codes) }, model.unit, (playing) => this.#played(playing));
    this.sliders = new Sliders(this.point, model, dimensions, () => {});
    const conditional = model.codeDim > model.latentDim;
    this.chips = conditional ? new ClassChips(this.point, model, payload.colors, (weights, since) => this.#choose(weights, since)) : null;
    root.replaceChildren(...this.#sections());
    root.classList.toggle("flat", model.latentDim === 2);
    this.point.addEventListener("move", ({ change }) => change.rest || this.#ask(change.since));
    this.#listen();
    this.#ask();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.player.start();
  }

  /** The first code of the data that lies within all sliders, with its class for a conditional model. */
  #start() {
    const { model, codes, payload } = this;
    const { latentDim, codeDim } = model;
    const within = (row) => payload.dimensions.every(({ index, low, high }) => {
      const z = codes.means[row * latentDim + index];
      return z >= low && z <= high;
    }); // prettier-ignore
    const row = Math.max(0, [...Array(codes.rows).keys()].findIndex(within));
    const z = new Float32Array(codeDim);
    z.set(codes.means.subarray(row * latentDim, (row + 1) * latentDim));
    const classes = codeDim - latentDim;
    if (classes) z.set(oneHot(classes, Math.min(codes.labels[row], classes - 1)), latentDim);
    return z;
  }

  #sections() {
    const { card, reference } = this.payload;
    const { rows, total } = reference;
    const codes = { rows: formatCount(rows), total: formatCount(total) };
    const shown =
      rows < total
        ? t("Your browser computes everything in this page. It needs no network. {rows} of {total} codes are in this page.", codes)
        : t("Your browser computes everything in this page. It needs no network. {total} codes are in this page.", codes);
    const keys = this.chips
      ? t("← →: change value · Shift: smaller steps · ↑ ↓: dimension · 0–9: class · Space: play · R: sample · M: mean")
      : t("← →: change value · Shift: smaller steps · ↑ ↓: dimension · Space: play · R: sample · M: mean");
    const plane = this.#plane();
    return [
      element("header.top", {}, element("div.titles", {}, element("h1", { text: card.title }), element("p.aside", { text: card.summary })), this.#toolbar()),
      element("section.card.seen", {}, element("div.frame-of-picture", {}, this.picture), this.figures.node, ...(this.chips ? [this.chips.node] : [])),
      element("section.card.latents", {}, element("header", {}, element("h2", { text: t("Latent dimensions") }), element("span.aside", { text: orderName(this.model) })), this.sliders.node),
      ...(plane ? [element("section.card.map-card", {}, plane)] : []),
      element(
        "footer.colophon",
        {},
        element("p", { text: shown }),
        element("p", { text: t("Licence: {licence}", { licence: card.licence }) }),
        element("details", {}, element("summary", { text: t("How to cite this model") }), element("pre", { text: card.cite })),
        element("p.hint", { text: keys }),
      ),
    ]; // prettier-ignore
  }

  #plane() {
    const { model, payload, point, codes } = this;
    if (model.latentDim < 2) return null; // its slider shows everything
    if (model.latentDim > 2) {
      this.plane = new CodePlane(point, payload, codes);
    } else {
      this.plane = new Plane(point, model, payload.dimensions, payload.colors, new LocalChannel(this.decoder, model.codeDim));
      this.plane.showCodes(codes);
    }
    return this.plane.node;
  }

  #toolbar() {
    this.playButton = element("button.play", { type: "button", title: t("Play a walk through the latent space (Space)"), onclick: () => this.player.toggle() });
    this.#played(false);
    return element(
      "div.toolbar",
      { role: "group", "aria-label": t("Actions") },
      this.playButton,
      button(randomName(this.model), randomTitle(this.model), ({ timeStamp }) => this.random(timeStamp)),
      button(t("Go to mean"), t("Go to the median of each dimension (M)"), ({ timeStamp }) => this.mean(timeStamp)),
    );
  }

  /** Go to a sample. @param {number} [since] */
  random(since) {
    this.player.stop();
    this.point.move(this.draw(), { since });
  }

  /** Go to the codes' median. @param {number} [since] */
  mean(since) {
    this.player.stop();
    const z = new Float32Array(this.model.latentDim);
    for (const { index, median } of this.payload.dimensions) z[index] = median;
    this.point.move(z, { since });
  }

  #choose(weights, since) {
    const z = this.point.z.slice();
    z.set(weights, this.model.latentDim);
    this.point.move(z, { since });
  }

  #played(playing) {
    this.playButton.textContent = playing ? t("Pause") : t("Play");
    this.playButton.classList.toggle("playing", playing);
  }

  #listen() {
    const digits = this.chips ? Object.fromEntries([..."0123456789"].map((digit) => [digit, () => this.chips.choose(Number(digit))])) : {};
    listenKeys(
      {
        ...digits,
        " ": () => this.player.toggle(),
        r: ({ timeStamp }) => this.random(timeStamp),
        m: ({ timeStamp }) => this.mean(timeStamp),
        ArrowUp: () => this.sliders.walk(-1),
        ArrowDown: () => this.sliders.walk(1),
      },
      (event) => !event.key.startsWith("Arrow") || isRange(originOf(event)),
    );
    const stop = () => this.player.stop();
    for (const part of this.root.querySelectorAll(".surface, .sliders")) {
      part.addEventListener("pointerdown", stop, true);
      part.addEventListener("keydown", stop, true);
    }
  }

  /** Decode at most once a frame. */
  #ask(since) {
    this.#since ??= since;
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      paint(this.picture, this.decoder.decode(this.point.z), this.model.imageShape);
      this.figures.drew(this.decoder.milliseconds, this.#since);
      this.#since = undefined;
      this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
    });
  }
}
