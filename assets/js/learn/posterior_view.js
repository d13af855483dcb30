/**
 * A square of the latent plane: the true posterior of an image as brightness, and q as ellipses. Drag to move the mean of q.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { drawMarker } from "../core/mapcanvas.js";
import { Grid, logJointAt } from "./evidence.js";

const CELLS = 56; // along each side
const DEPTH = 30; // nats from the brightest to the darkest
const SLICE = 7; // ms of each frame
const NUDGE = 60; // arrow keys across the square

export class PosteriorView {
  #frame = 0;

  /** @param {(mean: [number, number]) => void} onMove */
  constructor(onMove) {
    this.onMove = onMove;
    this.heat = element("canvas");
    this.heat.width = this.heat.height = CELLS;
    this.marks = element("canvas");
    this.surface = element(
      "div.surface",
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("plane"),
        "aria-label": t("Latent plane: drag the mean of q, or move it with the arrow keys"),
        onpointerdown: (event) => this.#grab(event),
        onpointermove: (event) => this.surface.hasPointerCapture(event.pointerId) && this.#drag(event),
        onkeydown: (event) => this.#key(event),
      },
      this.heat,
      this.marks,
    );
    this.resizer = new ResizeObserver(() => this.drawMarks());
    this.resizer.observe(this.surface);
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.resizer.disconnect();
  }

  /**
   * Show another square or image; the brightness is computed in slices.
   *
   * @param {number[]} centre
   * @param {number} half
   * @param {import("./evidence.js").LogLikelihood} logLikelihood
   * @returns {Promise<Float64Array>} log p(x | z) + log p(z) in each cell of `this.grid`
   */
  show(centre, half, logLikelihood) {
    cancelAnimationFrame(this.#frame);
    this.grid = new Grid(centre, half, CELLS);
    this.heat.getContext("2d").clearRect(0, 0, CELLS, CELLS);
    this.drawMarks();
    const joint = new Float64Array(CELLS * CELLS);
    delete this.surface.dataset.ready;
    return new Promise((resolve) => {
      let index = 0;
      const work = () => {
        const until = performance.now() + SLICE;
        while (index < joint.length && performance.now() < until) {
          joint[index] = logJointAt(logLikelihood, this.grid.place(index));
          index += 1;
        }
        if (index < joint.length) {
          this.#frame = requestAnimationFrame(work);
          return;
        }
        this.#drawHeat(joint);
        this.surface.dataset.ready = "true";
        resolve(joint);
      };
      work();
    });
  }

  /** @param {import("./evidence.js").Posterior} q */
  setQ(q) {
    this.q = q;
    this.drawMarks();
  }

  #drawHeat(joint) {
    const largest = joint.reduce((a, b) => Math.max(a, b), -Infinity);
    const image = new ImageData(CELLS, CELLS);
    for (let i = 0; i < joint.length; i++) {
      const strength = Math.max(0, 1 + (joint[i] - largest) / DEPTH);
      image.data.set([255 * strength ** 1.6, 225 * strength, 60 + 130 * strength, 255 * Math.min(1, strength * 2)], 4 * i);
    }
    this.heat.getContext("2d").putImageData(image, 0, 0);
  }

  drawMarks() {
    const side = Math.round(this.surface.clientWidth * devicePixelRatio);
    if (!side || !this.q || !this.grid) return;
    if (this.marks.width !== side) this.marks.width = this.marks.height = side;
    const context = this.marks.getContext("2d");
    context.clearRect(0, 0, side, side);
    const unit = side / (2 * this.grid.half);
    const place = (x, y) => [side / 2 + (x - this.grid.centre[0]) * unit, side / 2 - (y - this.grid.centre[1]) * unit];
    const ellipse = (mean, sigma, times, color, dash) => {
      context.beginPath();
      const [x, y] = place(...mean);
      context.ellipse(x, y, sigma[0] * times * unit, sigma[1] * times * unit, 0, 0, 7);
      context.setLineDash(dash.map((length) => length * devicePixelRatio));
      context.strokeStyle = color;
      context.lineWidth = 2 * devicePixelRatio;
      context.stroke();
    };
    ellipse([0, 0], [1, 1], 1, "#9aa7b5", [4, 5]);
    ellipse([0, 0], [1, 1], 2, "#9aa7b5", [4, 5]);
    ellipse(this.q.mean, this.q.sigma, 1, "#5eead4", []);
    ellipse(this.q.mean, this.q.sigma, 2, "#5eead4", []);
    context.setLineDash([]);
    const [x, y] = place(...this.q.mean);
    drawMarker(context, x, y, "#0f766e", devicePixelRatio * 0.7);
  }

  #grab(event) {
    if (event.button !== 0) return;
    this.surface.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  #drag(event) {
    const box = this.surface.getBoundingClientRect();
    const share = (value) => Math.min(1, Math.max(0, value)) * 2 - 1;
    const { centre, half } = this.grid;
    this.onMove([centre[0] + share((event.clientX - box.left) / box.width) * half, centre[1] - share((event.clientY - box.top) / box.height) * half]);
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const size = ((2 * this.grid.half) / NUDGE) * (event.shiftKey ? 0.1 : 1);
    this.onMove([this.q.mean[0] + step[0] * size, this.q.mean[1] + step[1] * size]);
  }
}
