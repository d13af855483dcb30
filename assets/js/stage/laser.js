/** A laser pointer: a red dot with a short trail that follows the pointer, drawn over the page. */

import { element } from "../core/dom.js";

const KEPT = 180; // milliseconds of the trail

export class Laser {
  /** @type {{x: number, y: number, time: number}[]} */
  #trail = [];
  #frame = 0;

  constructor() {
    this.canvas = element("canvas.laser", { popover: "manual", "aria-hidden": "true" });
    this.follow = (event) => {
      this.#trail.push({ x: event.clientX, y: event.clientY, time: performance.now() });
      this.#frame ||= requestAnimationFrame(() => this.#draw());
    };
  }

  get on() {
    return this.canvas.matches(":popover-open");
  }

  show(on = !this.on) {
    if (on === this.on) return;
    document.documentElement.toggleAttribute("data-zs-laser", on);
    if (on) {
      this.canvas.showPopover();
      window.addEventListener("pointermove", this.follow, true);
    } else {
      window.removeEventListener("pointermove", this.follow, true);
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      this.#trail.length = 0;
      this.canvas.hidePopover();
    }
  }

  #draw() {
    const { canvas } = this;
    const now = performance.now();
    const ratio = devicePixelRatio;
    if (canvas.width !== innerWidth * ratio || canvas.height !== innerHeight * ratio) Object.assign(canvas, { width: innerWidth * ratio, height: innerHeight * ratio });
    const last = this.#trail[this.#trail.length - 1];
    this.#trail = this.#trail.filter(({ time }) => now - time < KEPT);
    if (!this.#trail.includes(last)) this.#trail.push(last); // the dot stays
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, innerWidth, innerHeight);
    for (const { x, y, time } of this.#trail) {
      const left = Math.max(0, 1 - (now - time) / KEPT);
      disc(pen, x, y, 3 + 5 * left, `rgb(255 40 40 / ${0.5 * left})`);
    }
    disc(pen, last.x, last.y, 13, "rgb(255 40 40 / 0.25)");
    disc(pen, last.x, last.y, 7, "rgb(255 30 30)");
    this.#frame = this.#trail.length > 1 ? requestAnimationFrame(() => this.#draw()) : 0;
  }
}

function disc(pen, x, y, radius, color) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = color;
  pen.fill();
}
