/**
 * A small map without Plotly: the points as dots on one canvas, and a second canvas above it for marks that move.
 */

import { element } from "./dom.js";
import { extent } from "./points.js";
import { clipOf, hasShapes, shapeOf, traceShape } from "./shapes.js";

const MARGIN = 10; // pixels around the points
const SMALL = 400; // pixels: on larger maps, the dots are larger
const NEUTRAL = "#b8c2cc"; // of points without a class

/** @typedef {import("./points.js").Points} Points */
/** @typedef {Pick<Points, "places" | "labels" | "count">} Drawn the arrays that it needs */

/** @template {Drawn} [P=Points] */
export class MapCanvas {
  /** @type {P | undefined} */
  points;
  /** @type {[number, number]} of the surface, in CSS pixels; kept, since reading it from the surface may lay out the page */
  size = [0, 0];

  /**
   * @param {{classes: string[]}} model
   * @param {string[]} colors of the classes
   * @param {Record<string, any>} properties of the surface
   * @param {() => void} onResize called when the marks must be drawn again
   */
  constructor(model, colors, properties, onResize) {
    this.model = model;
    this.colors = colors;
    this.onResize = onResize;
    this.shapes = hasShapes(); // as chosen on the Map page
    this.dots = element("canvas.dots");
    this.marks = element("canvas.marks");
    this.surface = element("div.surface", properties, this.dots, this.marks);
    const swatches = model.classes.map((name, index) => {
      const swatch = element("i");
      swatch.style.background = colors[index % colors.length];
      if (this.shapes) swatch.style.clipPath = clipOf(shapeOf(index, colors.length));
      return element("span", {}, swatch, name);
    });
    this.legend = element("div.swatches", {}, ...swatches);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.surface);
  }

  destroy() {
    this.resizer.disconnect();
  }

  /** @param {P} points */
  setPoints(points) {
    this.points = points;
    this.box = extent(points.places);
    this.resize();
  }

  /** The upper canvas, empty, in CSS pixels. */
  cleared() {
    const context = this.marks.getContext("2d");
    context.clearRect(0, 0, ...this.size);
    return context;
  }

  resize() {
    const { clientWidth, clientHeight } = this.surface;
    this.size = [clientWidth, clientHeight];
    for (const canvas of [this.dots, this.marks]) {
      canvas.width = Math.round(clientWidth * devicePixelRatio);
      canvas.height = Math.round(clientHeight * devicePixelRatio);
      canvas.getContext("2d").setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    if (!this.points) return;
    const { x, y } = this.box;
    // One scale for both axes: distances on the screen are distances on the map.
    this.unit = Math.max((x[1] - x[0]) / (clientWidth - 2 * MARGIN), (y[1] - y[0]) / (clientHeight - 2 * MARGIN)) || 1;
    this.middle = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
    this.#drawDots();
    this.onResize();
  }

  /** A place of the map → pixels. @param {number} x @param {number} y @returns {[number, number]} */
  toScreen(x, y) {
    const [width, height] = this.size;
    return [width / 2 + (x - this.middle[0]) / this.unit, height / 2 - (y - this.middle[1]) / this.unit];
  }

  /** Pixels → a place of the map. @param {number} x @param {number} y @returns {[number, number]} */
  toPlace(x, y) {
    const [width, height] = this.size;
    return [this.middle[0] + (x - width / 2) * this.unit, this.middle[1] - (y - height / 2) * this.unit];
  }

  #drawDots() {
    const { places, labels, count } = this.points;
    const context = this.dots.getContext("2d");
    context.clearRect(0, 0, ...this.size);
    const classes = this.model.classes.length;
    const larger = Math.min(3, Math.max(1, Math.min(...this.size) / SMALL));
    const size = larger * Math.min(4, Math.max(1, 150 / Math.sqrt(count)));
    const radius = Math.max(2.5, 0.75 * size); // smaller shapes look alike
    context.globalAlpha = 0.8;
    for (let label = 0; label < Math.max(1, classes); label++) {
      context.fillStyle = classes ? this.colors[label % this.colors.length] : NEUTRAL;
      const shape = this.shapes && classes ? shapeOf(label, this.colors.length) : null;
      for (let i = 0; i < count; i++) {
        if (classes && labels[i] !== label) continue;
        const [x, y] = this.toScreen(places[2 * i], places[2 * i + 1]);
        if (!shape) {
          context.fillRect(x - size / 2, y - size / 2, size, size);
          continue;
        }
        context.beginPath();
        traceShape(context, shape, x, y, radius);
        context.fill();
      }
    }
    context.globalAlpha = 1;
  }
}

/**
 * Draw the current point, as on every map.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {string} accent colour
 * @param {number} [scale] pixels of the canvas for a CSS pixel
 */
export function drawMarker(context, x, y, accent, scale = 1) {
  /** @type {[number, string][]} */
  const discs = [[9, "#000"], [7.5, "#fff"], [5, accent]]; // prettier-ignore
  for (const [radius, color] of discs) {
    context.fillStyle = color;
    context.beginPath();
    context.arc(x, y, radius * scale, 0, 7);
    context.fill();
  }
}
