/**
 * Between four corners: a bilinear and a spherical sheet, and the pictures at the pointer.
 */

import { element } from "../core/dom.js";
import { paint, pictureCanvas, toImageData } from "../core/picture.js";
import { Operation } from "../core/protocol.js";
import { betweenCorners } from "./straight.js";

const KINDS = { bilinear: "Bilinear", spherical: "Spherical" };

export class Corners {
  /** @type {Float32Array[] | null} of the four corners */
  #codes = null;
  /** @type {[number, number]} */
  #at = [0.5, 0.5];

  /**
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/channel.js").LiveChannel} channel
   * @param {{sheets: number, here: number}} lanes
   * @param {import("../core/readout.js").Readout} readout
   */
  constructor(model, channel, lanes, readout) {
    this.model = model;
    this.channel = channel;
    this.lanes = lanes;
    this.readout = readout;
    const [height, width] = model.imageShape;
    this.gap = Math.max(1, Math.round(width / 28));
    this.step = [height + this.gap, width + this.gap];
    this.number = element("input.steps", { type: "number", min: 3, max: 15, step: 1, value: 8, "aria-label": "Pictures per side", onchange: () => this.#renumbered() });
    this.sheets = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, this.#sheet(kind)]));
    this.node = element(
      "section.card.corners",
      {},
      element("header", {}, element("h2", { text: "Between A, B, C and D" }), element("label.aside", {}, "Pictures per side ", this.number)),
      element("div.sheets", {}, ...Object.values(this.sheets).map(({ node }) => node)),
    );
  }

  /** @param {Float32Array[] | null} codes of A, B (above), C and D (below) */
  set(codes) {
    this.#codes = codes;
    if (!codes) return;
    this.#draw();
    this.#look();
  }

  /** Whether there are four corners. */
  get complete() {
    return this.#codes?.length === 4;
  }

  /** Pictures per side. */
  get side() {
    return Math.min(15, Math.max(3, Math.round(this.number.valueAsNumber) || 8));
  }

  /** Codes of a sheet, row by row; null before there are four corners. @param {string} kind @returns {Float32Array[] | null} */
  codes(kind) {
    if (!this.#codes) return null;
    const { side } = this;
    return Array.from({ length: side * side }, (_, i) => this.#code(kind, (i % side) / (side - 1), Math.floor(i / side) / (side - 1)));
  }

  /** The sheet for the export; null while incomplete. @param {string} kind @returns {Omit<import("./export.js").Film, "name"> | null} */
  film(kind) {
    const codes = this.codes(kind);
    return codes && { places: codes.map((_, i) => i), codes, across: 1, columns: this.side, captions: null };
  }

  #code(kind, u, v) {
    return betweenCorners(this.#codes, u, v, kind === "spherical", this.model.latentDim);
  }

  #sheet(kind) {
    const canvas = element("canvas.sheet-canvas", {
      tabindex: 0,
      role: "img",
      "aria-label": `${KINDS[kind]} sheet between the four pictures: arrow keys move over it`,
      onkeydown: (event) => this.#key(event),
    });
    if (Math.max(...this.model.imageShape.slice(0, 2)) < 64) canvas.style.imageRendering = "pixelated";
    const here = pictureCanvas(this.model.imageShape, `the ${KINDS[kind]} picture at the pointer`, "picture now");
    const move = (event) => {
      const box = canvas.getBoundingClientRect();
      const share = (value, low, size) => Math.min(1, Math.max(0, (value - low) / size));
      // The middle of a cell is the place of its code.
      const stretched = (value) => Math.min(1, Math.max(0, (value * this.side - 0.5) / (this.side - 1)));
      this.#at = [stretched(share(event.clientX, box.left, box.width)), stretched(share(event.clientY, box.top, box.height))];
      this.#look(event.timeStamp);
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerdown", move);
    const node = element("figure.corner-sheet", { "data-kind": kind }, element("figcaption", {}, element("h3", { text: KINDS[kind] }), here), canvas);
    return { node, canvas, here };
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const size = (event.shiftKey ? 0.2 : 1) / (this.side - 1);
    const moved = (i) => Math.min(1, Math.max(0, this.#at[i] + step[i] * size));
    this.#at = [moved(0), moved(1)];
    this.#look(event.timeStamp);
  }

  #renumbered() {
    this.number.value = String(this.side);
    if (this.#codes) this.#draw();
  }

  /** Draw both sheets, a few rows at a time if pictures are large. A new drawing cancels the rest. */
  #draw() {
    const drawing = (this.drawing = {});
    const { side, model } = this;
    const work = Object.entries(this.sheets).map(([kind, { canvas }]) => {
      canvas.width = side * this.step[1] - this.gap;
      canvas.height = side * this.step[0] - this.gap;
      return { context: canvas.getContext("2d"), codes: this.codes(kind), kind };
    });
    const all = work.flatMap(({ codes, context }) => codes.map((code, i) => ({ code, context, i })));
    const next = (start) => {
      const some = all.slice(start, start + model.decodeRows);
      const rows = new Float32Array(some.length * model.codeDim);
      some.forEach(({ code }, i) => rows.set(code, i * model.codeDim));
      this.channel.ask(Operation.DECODE, this.lanes.sheets, some.length, rows, ({ body }) => {
        if (drawing !== this.drawing) return;
        const bytes = body.length / some.length;
        some.forEach(({ context, i }, k) => {
          const image = toImageData(body.subarray(k * bytes, (k + 1) * bytes), model.imageShape);
          context.putImageData(image, (i % side) * this.step[1], Math.floor(i / side) * this.step[0]);
        });
        if (start + some.length < all.length) next(start + some.length);
        else this.node.dataset.painted = String(Number(this.node.dataset.painted ?? 0) + 1);
      });
    };
    next(0);
  }

  /** The pictures at the pointer. @param {number} [since] time of the input event */
  #look(since) {
    if (!this.#codes) return;
    const kinds = Object.keys(this.sheets);
    const rows = new Float32Array(kinds.length * this.model.codeDim);
    kinds.forEach((kind, i) => rows.set(this.#code(kind, ...this.#at), i * this.model.codeDim));
    this.channel.ask(Operation.DECODE, this.lanes.here, kinds.length, rows, (reply) => {
      const bytes = reply.body.length / kinds.length;
      kinds.forEach((kind, i) => paint(this.sheets[kind].here, reply.body.subarray(i * bytes, (i + 1) * bytes), this.model.imageShape));
      this.readout.drew(since, reply);
    });
  }
}
