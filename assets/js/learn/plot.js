/**
 * A small diagram on a canvas: axes, curves, areas and bars. It is drawn at most once a frame, and again when its size or
 * the colour scheme changes.
 */

import { element } from "../core/dom.js";

const LEFT = 46;
const RIGHT = 20; // half of a long number below the last tick
const TOP = 10;
const BOTTOM = 34;

/** @type {Tone[]} */
const TONES = ["accent", "amber", "text", "faint"];

/** @typedef {"accent" | "amber" | "text" | "faint"} Tone */

export class Plot {
  #pending = 0;

  /**
   * @param {object} settings
   * @param {string} settings.label for screen readers
   * @param {[number, number]} settings.x
   * @param {[number, number]} settings.y
   * @param {string} [settings.xName]
   * @param {string} [settings.yName]
   * @param {number[]} [settings.xTicks]
   * @param {number[]} [settings.yTicks]
   * @param {(value: number) => string} [settings.xFormat]
   * @param {(value: number) => string} [settings.yFormat]
   * @param {boolean} [settings.logX]
   * @param {number} [settings.height] CSS pixels
   * @param {boolean} [settings.square] both axes have the same scale
   * @param {(plot: Plot) => void} draw draws all marks, with the methods below
   * @param {(plot: Plot) => void} [scale] sets `x` and `y` before the axes are drawn
   */
  constructor(settings, draw, scale = () => {}) {
    this.settings = settings;
    this.x = settings.x;
    this.y = settings.y;
    this.draw = draw;
    this.scale = scale;
    this.canvas = element("canvas", { role: "img", "aria-label": settings.label });
    // Canvases do not resolve CSS variables, so the colours are read from elements that have them.
    this.tones = Object.fromEntries(TONES.map((tone) => [tone, element(`i.tone.${tone}`)]));
    this.node = element("div.plot", {}, this.canvas, ...Object.values(this.tones));
    this.node.style.height = `${settings.height ?? 220}px`;
    if (settings.square) this.node.style.maxWidth = `${settings.height + LEFT + RIGHT - TOP - BOTTOM}px`;
    /** @type {[number, number]} CSS pixels */
    this.size = [0, 0];
    this.resizer = new ResizeObserver(() => this.#resize());
    this.resizer.observe(this.node);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => this.refresh();
    this.scheme.addEventListener("change", this.onScheme);
  }

  destroy() {
    this.resizer.disconnect();
    this.scheme.removeEventListener("change", this.onScheme);
    cancelAnimationFrame(this.#pending);
  }

  refresh() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      this.#paint();
    });
  }

  #resize() {
    this.size = [this.node.clientWidth, this.node.clientHeight];
    this.canvas.width = Math.round(this.size[0] * devicePixelRatio);
    this.canvas.height = Math.round(this.size[1] * devicePixelRatio);
    this.refresh();
  }

  #paint() {
    if (!this.size[0]) return;
    const style = getComputedStyle(this.node);
    const context = this.canvas.getContext("2d");
    this.context = context;
    this.colors = Object.fromEntries(TONES.map((tone) => [tone, getComputedStyle(this.tones[tone]).color]));
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, ...this.size);
    context.font = `12px ${style.fontFamily}`;
    this.scale(this);
    this.#axes();
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP - 4, this.size[0] - LEFT - RIGHT, this.size[1] - TOP - BOTTOM + 5);
    context.clip();
    this.draw(this);
    context.restore();
    this.node.dataset.drawn = String(Number(this.node.dataset.drawn ?? 0) + 1);
  }

  #axes() {
    const { context, colors, settings } = this;
    const [width, height] = this.size;
    context.fillStyle = context.strokeStyle = colors.faint;
    context.lineWidth = 1;
    context.globalAlpha = 0.5;
    context.beginPath();
    context.moveTo(LEFT, TOP);
    context.lineTo(LEFT, height - BOTTOM);
    context.lineTo(width - RIGHT, height - BOTTOM);
    context.stroke();
    context.globalAlpha = 1;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of settings.xTicks ?? ticks(...this.x)) context.fillText((settings.xFormat ?? plain)(tick), this.px(tick), height - BOTTOM + 4);
    if (settings.xName) context.fillText(settings.xName, (LEFT + width - RIGHT) / 2, height - 14);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of settings.yTicks ?? ticks(...this.y)) context.fillText((settings.yFormat ?? plain)(tick), LEFT - 5, this.py(tick));
    if (settings.yName) {
      context.textAlign = "left";
      context.fillText(settings.yName, LEFT + 6, TOP);
    }
  }

  /** @param {number} value */
  px(value) {
    const [low, high] = this.x;
    const share = this.settings.logX ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return LEFT + share * (this.size[0] - LEFT - RIGHT);
  }

  /** @param {number} value */
  py(value) {
    const [low, high] = this.y;
    return this.size[1] - BOTTOM - ((value - low) / (high - low)) * (this.size[1] - TOP - BOTTOM);
  }

  /** A function of x. @param {(x: number) => number} f @param {Tone} tone @param {{dash?: number[], width?: number}} [style] */
  curve(f, tone, style = {}) {
    const points = this.#samples().map((x) => [x, f(x)]);
    this.line(points, tone, style);
  }

  /** The area between a function and 0. @param {(x: number) => number} f @param {Tone} tone @param {number} [alpha] */
  fill(f, tone, alpha = 0.25) {
    const { context } = this;
    const samples = this.#samples();
    context.beginPath();
    context.moveTo(this.px(samples[0]), this.py(0));
    for (const x of samples) context.lineTo(this.px(x), this.py(f(x)));
    context.lineTo(this.px(samples.at(-1)), this.py(0));
    context.globalAlpha = alpha;
    context.fillStyle = this.colors[tone];
    context.fill();
    context.globalAlpha = 1;
  }

  /** @param {number[][]} points x, y @param {Tone} tone @param {{dash?: number[], width?: number, alpha?: number}} [style] */
  line(points, tone, { dash = [], width = 2, alpha = 1 } = {}) {
    const { context } = this;
    context.beginPath();
    let open = false;
    for (const [x, y] of points) {
      if (!Number.isFinite(y)) {
        open = false;
        continue;
      }
      const at = /** @type {[number, number]} */ ([this.px(x), Math.min(1e5, Math.max(-1e5, this.py(y)))]);
      if (open) context.lineTo(...at);
      else context.moveTo(...at);
      open = true;
    }
    context.setLineDash(dash);
    context.lineWidth = width;
    context.globalAlpha = alpha;
    context.strokeStyle = this.colors[tone];
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** A vertical line. @param {number} x @param {Tone} tone @param {number[]} [dash] */
  upright(x, tone, dash = []) {
    this.line([[x, this.y[0]], [x, this.y[1]]], tone, { dash }); // prettier-ignore
  }

  /** @param {{from: number, to: number, value: number}[]} bars @param {Tone} tone @param {number} [alpha] */
  bars(bars, tone, alpha = 0.6) {
    const { context } = this;
    context.fillStyle = this.colors[tone];
    context.globalAlpha = alpha;
    for (const { from, to, value } of bars) {
      const [left, right, top, base] = [this.px(from), this.px(to), this.py(value), this.py(Math.max(0, this.y[0]))];
      context.fillRect(left, Math.min(top, base), Math.max(1, right - left - 1), Math.abs(base - top));
    }
    context.globalAlpha = 1;
  }

  /** @param {number} x @param {number} y @param {Tone} tone @param {number} [radius] */
  dot(x, y, tone, radius = 5) {
    const { context } = this;
    context.beginPath();
    context.arc(this.px(x), this.py(y), radius, 0, 7);
    context.fillStyle = this.colors[tone];
    context.fill();
  }

  /** @param {string} text @param {number} x @param {number} y @param {Tone} tone @param {CanvasTextAlign} [align] */
  write(text, x, y, tone, align = "left") {
    const { context } = this;
    context.fillStyle = this.colors[tone];
    context.textAlign = align;
    context.textBaseline = "bottom";
    context.fillText(text, this.px(x), this.py(y) - 3);
  }

  #samples() {
    const [low, high] = this.x;
    const count = Math.max(60, Math.round(this.size[0] / 2));
    return Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
  }
}

/** Round numbers between two bounds, about five. @param {number} low @param {number} high */
export function ticks(low, high) {
  const rough = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * Counts in equal bins; values beyond the ends count in the first and last bin.
 *
 * @param {ArrayLike<number>} values
 * @param {number} low
 * @param {number} high
 * @param {number} bins
 * @returns {{from: number, to: number, value: number}[]} shares of the values
 */
export function histogram(values, low, high, bins) {
  const width = (high - low) / bins;
  const counts = new Float64Array(bins);
  for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.max(0, Math.floor((values[i] - low) / width)))] += 1 / values.length;
  return Array.from(counts, (value, i) => ({ from: low + i * width, to: low + (i + 1) * width, value }));
}

function plain(value) {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
