/**
 * A two-dimensional latent space: the decoded manifold as a grid of pictures, the encoded images as points in the colour of
 * their class, and a marker to drag.
 */

import { Operation } from "./protocol.js";
import { element, formatNumber } from "./dom.js";
import { toImageData } from "./picture.js";
import { drawMarker } from "./mapcanvas.js";
import { rove } from "./roving.js";
import { isConditional } from "./labels.js";
import { t } from "./language.js";

const GRID = 22; // pictures along each side, if one request may decode that many
const NEUTRAL = "#b8c2cc"; // colour of points without a class; visible on the pictures and on black
const LANE = 2;
const MARGIN = 1.06;
const NUDGE = 80;

/**
 * A live channel, or its replacement in an exported page, which has no server.
 *
 * @typedef {{ask: (operation: 1, lane: number, rows: number, codes: Float32Array, then: (reply: {body: Uint8Array}) => void) => void}} DecodingChannel
 */

export class Plane {
  #hidden = new Set(); // classes hidden by the legend
  #show = "both";
  #manifold = document.createElement("canvas");
  #drawn = false; // whether the manifold was decoded
  /** @type {Float32Array | null} the class weights of the last requested manifold */
  #classes = null;
  /** @type {import("./data.js").Codes | null} */
  #codes = null;
  #pending = 0;

  /**
   * @param {import("./point.js").Point} point
   * @param {import("./messages.js").Model} model
   * @param {import("./messages.js").Dimension[]} dimensions
   * @param {string[]} colors of the classes
   * @param {DecodingChannel} channel
   */
  constructor(point, model, dimensions, colors, channel) {
    this.point = point;
    this.model = model;
    this.colors = colors;
    this.channel = channel;
    this.grid = Math.min(GRID, Math.floor(Math.sqrt(model.decodeRows)));
    const [x, y] = [...dimensions].sort((a, b) => a.index - b.index);
    // One scale for both axes: distances on the screen are distances in the latent space.
    this.half = (Math.max(x.high - x.low, y.high - y.low) / 2) * MARGIN;
    this.center = [(x.high + x.low) / 2, (y.high + y.low) / 2];

    this.background = element("canvas.background");
    this.marks = element("canvas.marks");
    this.surface = element(
      "div.surface",
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("plane"),
        "aria-label": t("Latent plane: drag the point, or move it with the arrow keys"),
        onpointerdown: (event) => this.#grab(event),
        onpointermove: (event) => this.surface.hasPointerCapture(event.pointerId) && this.#drag(event),
        onpointerup: () => this.point.rest(),
        onkeydown: (event) => this.#key(event),
      },
      this.background,
      this.marks,
    );
    this.where = element("output.where");
    this.node = element(
      "section.plane",
      {},
      element("header", {}, element("h3", { text: t("Latent plane") }), this.where, this.#modes()),
      this.surface,
      ...(model.classes.length ? [this.#legend()] : []),
    );
    this.resizer = new ResizeObserver(() => this.#resize());
    this.resizer.observe(this.surface);
    point.addEventListener("move", (event) => {
      if (event.change.rest) return;
      this.#drawMarks();
      this.#askManifold();
    });
    point.addEventListener("source", () => this.#drawMarks());
    this.#askManifold();
  }

  /** @param {import("./data.js").Codes} codes */
  showCodes(codes) {
    this.#codes = codes;
    this.#drawBackground();
  }

  destroy() {
    this.resizer.disconnect();
  }

  #modes() {
    const modes = { both: t("Both"), manifold: t("Pictures"), points: t("Points") };
    const group = element("div.modes", { role: "group", "aria-label": t("What the plane shows") });
    for (const [mode, text] of Object.entries(modes)) {
      const button = element("button", { type: "button", text, "aria-pressed": String(mode === this.#show) });
      button.addEventListener("click", () => {
        this.#show = mode;
        for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
        this.#drawBackground();
      });
      group.append(button);
    }
    return group;
  }

  #legend() {
    const entry = (name, index) => {
      const swatch = element("i");
      swatch.style.background = this.colors[index % this.colors.length];
      const button = element("button", { type: "button", "aria-pressed": "true", title: t("Show or hide this class") }, swatch, name);
      button.addEventListener("click", () => {
        if (!this.#hidden.delete(index)) this.#hidden.add(index);
        button.setAttribute("aria-pressed", String(!this.#hidden.has(index)));
        this.#drawBackground();
      });
      return button;
    };
    // A conditional model has a second row of the same classes above.
    const title = isConditional(this.model) ? [element("small", { text: t("Points shown") })] : [];
    return rove(element("div.legend", { role: "toolbar", "aria-label": t("Points shown") }, ...title, ...this.model.classes.map(entry)));
  }

  #grab(event) {
    if (event.button !== 0) return;
    this.surface.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  #drag(event) {
    const box = this.surface.getBoundingClientRect();
    const clamp = (share) => Math.min(1, Math.max(0, share)) * 2 - 1;
    this.point.move(
      [
        this.center[0] + clamp((event.clientX - box.left) / box.width) * this.half,
        this.center[1] - clamp((event.clientY - box.top) / box.height) * this.half,
      ],
      { since: event.timeStamp },
    );
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation(); // the page would also select the next slider
    const size = ((2 * this.half) / NUDGE) * (event.shiftKey ? 0.1 : 1);
    this.point.move([this.point.z[0] + step[0] * size, this.point.z[1] + step[1] * size], { since: event.timeStamp });
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.point.rest(), 400);
  }

  /** Decode the manifold once, or once for each choice of classes. */
  #askManifold() {
    const { grid } = this;
    const classes = this.point.z.slice(2);
    if (this.#classes?.every((weight, i) => weight === classes[i])) return;
    this.#classes = classes;
    const width = this.model.codeDim;
    const codes = new Float32Array(grid * grid * width);
    for (let row = 0; row < grid; row++) {
      for (let column = 0; column < grid; column++) {
        const at = (row * grid + column) * width;
        codes[at] = this.center[0] + (((column + 0.5) / grid) * 2 - 1) * this.half;
        codes[at + 1] = this.center[1] - (((row + 0.5) / grid) * 2 - 1) * this.half;
        codes.set(classes, at + 2);
      }
    }
    this.channel.ask(Operation.DECODE, LANE, grid * grid, codes, (reply) => {
      const [height, width, channels] = this.model.imageShape;
      this.#manifold.width = grid * width;
      this.#manifold.height = grid * height;
      const context = this.#manifold.getContext("2d");
      const size = height * width * channels;
      for (let tile = 0; tile < grid * grid; tile++) {
        const image = toImageData(reply.body.subarray(tile * size, (tile + 1) * size), this.model.imageShape);
        context.putImageData(image, (tile % grid) * width, Math.floor(tile / grid) * height);
      }
      this.#drawn = true;
      this.#drawBackground();
    });
  }

  #resize() {
    const side = Math.round(this.surface.clientWidth * devicePixelRatio);
    for (const canvas of [this.background, this.marks]) canvas.width = canvas.height = side;
    this.#drawBackground();
    this.#drawMarks();
  }

  #drawBackground() {
    // At most once a frame.
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      const { width: side } = this.background;
      const context = this.background.getContext("2d");
      context.clearRect(0, 0, side, side);
      if (this.#show !== "points" && this.#drawn) {
        context.globalAlpha = this.#show === "both" ? 0.5 : 1;
        context.drawImage(this.#manifold, 0, 0, side, side);
      }
      if (this.#show !== "manifold" && this.#codes) this.#drawPoints(context, side);
    });
  }

  #drawPoints(context, side) {
    const { means, labels, rows } = this.#codes;
    // The fewer points, the larger they are drawn.
    const size = Math.max(1.5, side / 330) * Math.min(3, Math.max(1, Math.sqrt(10000 / rows)));
    context.globalAlpha = this.#show === "both" ? 0.75 : 0.85;
    const classes = this.model.classes.length;
    for (let label = 0; label < Math.max(1, classes); label++) {
      if (this.#hidden.has(label)) continue;
      context.fillStyle = classes ? this.colors[label % this.colors.length] : NEUTRAL;
      for (let row = 0; row < rows; row++) {
        if (labels[row] !== label) continue;
        const [x, y] = this.#toScreen(means[2 * row], means[2 * row + 1], side);
        context.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
    context.globalAlpha = 1;
  }

  #drawMarks() {
    const { width: side } = this.marks;
    const context = this.marks.getContext("2d");
    const scale = devicePixelRatio;
    context.clearRect(0, 0, side, side);
    const { source, z } = this.point;
    if (source) {
      const [x, y] = this.#toScreen(source.mean[0], source.mean[1], side);
      const perUnit = side / (2 * this.half);
      context.lineWidth = 2 * scale;
      context.strokeStyle = "#f5b86a";
      context.beginPath();
      context.ellipse(x, y, Math.max(3 * scale, source.sigma[0] * perUnit), Math.max(3 * scale, source.sigma[1] * perUnit), 0, 0, 7);
      context.stroke();
    }
    const [x, y] = this.#toScreen(z[0], z[1], side);
    drawMarker(context, x, y, this.accent(), scale);
    this.where.textContent = `z₀ ${formatNumber(z[0])}  z₁ ${formatNumber(z[1])}`;
  }

  accent() {
    return getComputedStyle(this.node).getPropertyValue("--accent") || "#5eead4";
  }

  #toScreen(z0, z1, side) {
    return [
      (0.5 + (z0 - this.center[0]) / (2 * this.half)) * side,
      (0.5 - (z1 - this.center[1]) / (2 * this.half)) * side,
    ];
  }
}
