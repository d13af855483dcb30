/**
 * The four paths on the map of the encoded images.
 */

import { fetchBytes } from "../explore/data.js";
import { element } from "../explore/dom.js";
import { LiveChannel, channelUrl } from "../live/channel.js";
import { Operation } from "../live/protocol.js";
import { MapCanvas } from "../map/mapcanvas.js";
import { parsePoints } from "../map/points.js";
import { codeAt } from "./course.js";

const SAMPLES = 41; // of each path, from A to B
const LINES = { linear: ["#ffffff", []], slerp: ["#ffffff", [2, 3]], graph: ["#ffffff", [8, 4]], geodesic: ["#5eead4", []] };

export class PathMap {
  #places = new Map(); // kind → Float32Array of SAMPLES × 2
  #pending = 0;

  /**
   * @param {import("../explore/explorer.js").Model} model
   * @param {{url: string, channel: string, title: string}} map
   * @param {string[]} colors
   * @param {string} base
   */
  constructor(model, map, colors, base) {
    Object.assign(this, { model });
    this.canvas = new MapCanvas(model, colors, { role: "img", "aria-label": "The four paths on the map" }, () => this.#draw());
    this.message = element("p.aside");
    this.node = element(
      "section.card.side-map.path-map",
      {},
      element("header", {}, element("h2", { text: "On the map" }), element("span.aside", { text: `${map.title} · ── straight  ┄ spherical  ╌ data graph  ━ geodesic` })),
      this.canvas.surface,
      this.canvas.legend,
      this.message,
    );
    this.channel = new LiveChannel(
      channelUrl(`${base}/live`),
      map.channel,
      ({ state, message }) => (this.message.textContent = state === "refused" ? message : ""),
      (error) => (this.message.textContent = `${error.message} ${error.mend}`),
    );
    fetchBytes(map.url)
      .then((buffer) => this.canvas.setPoints(parsePoints(buffer)))
      .catch((error) => (this.message.textContent = `${error.message}. Reload the page.`));
  }

  destroy() {
    this.canvas.destroy();
    this.channel.close();
  }

  /** @param {string} kind @param {number} lane @param {number[][]} codes */
  show(kind, lane, codes) {
    const { codeDim, latentDim } = this.model;
    const rows = new Float32Array(SAMPLES * codeDim);
    for (let i = 0; i < SAMPLES; i++) {
      rows.set(codeAt(codes, i / (SAMPLES - 1)), i * codeDim);
      if (codeDim > latentDim) rows[i * codeDim + latentDim] = 1; // z alone counts
    }
    this.channel.ask(Operation.PLACE, lane, SAMPLES, rows, ({ body }) => {
      this.#places.set(kind, body.slice());
      this.canvas.surface.dataset.paths = this.#places.size;
      this.#draw();
    });
  }

  #draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      if (!this.canvas.points) return;
      const context = this.canvas.cleared();
      for (const [kind, places] of this.#places) this.#drawLine(context, kind, places);
      const first = this.#places.get("linear");
      if (!first) return;
      this.#drawEnd(context, "A", first[0], first[1]);
      this.#drawEnd(context, "B", first[2 * SAMPLES - 2], first[2 * SAMPLES - 1]);
    });
  }

  /** In steps, where the map leaps: a line across the void would say that there is something. */
  #drawLine(context, kind, places) {
    const [color, dashes] = LINES[kind];
    const leap = 0.12 * this.canvas.surface.clientWidth;
    for (const [style, width] of [["#000c", 5], [color, 2.5]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.setLineDash(width === 5 ? [] : dashes);
      context.beginPath();
      let before = null;
      for (let i = 0; i < SAMPLES; i++) {
        const [x, y] = this.canvas.toScreen(places[2 * i], places[2 * i + 1]);
        if (before && Math.hypot(x - before[0], y - before[1]) < leap) context.lineTo(x, y);
        else context.moveTo(x, y);
        before = [x, y];
      }
      context.stroke();
    } // prettier-ignore
    context.setLineDash([]);
  }

  #drawEnd(context, name, x, y) {
    const [left, top] = this.canvas.toScreen(x, y);
    context.fillStyle = "#000c";
    context.beginPath();
    context.arc(left, top, 11, 0, 7);
    context.fill();
    context.fillStyle = "#fff";
    context.font = "bold 13px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(name, left, top + 1);
  }
}
