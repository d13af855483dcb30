/**
 * The map beside the sliders: the encoded images as dots, the current point as a marker that follows the sliders, and
 * leads them when it is dragged.
 */

import { LiveChannel, channelUrl } from "../live/channel.js";
import { Operation } from "../live/protocol.js";
import { Leader } from "../map/leader.js";
import { ellipseOf, extent, indexOfTest, parsePoints } from "../map/points.js";
import { fetchBytes } from "./data.js";
import { element } from "./dom.js";

const LANE = 0;
const MARGIN = 10; // pixels around the points
const NUDGE = 6; // pixels
const NEUTRAL = "#b8c2cc"; // of points without a class

export class SideMap {
  #place = null; // of the current point
  #pending = 0;

  /**
   * @param {import("./point.js").Point} point
   * @param {import("./explorer.js").Model} model
   * @param {{url: string, channel: string, title: string}} map
   * @param {string[]} colors of the classes
   * @param {string} base of our routes
   */
  constructor(point, model, map, colors, base) {
    Object.assign(this, { point, model, map, colors });
    this.dots = element("canvas.dots");
    this.marks = element("canvas.marks");
    this.surface = element(
      "div.surface",
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": "map",
        "aria-label": "The map: drag the point, or move it with the arrow keys",
        onpointerdown: (event) => this.#grab(event),
        onpointermove: (event) => this.surface.hasPointerCapture(event.pointerId) && this.#drag(event),
        onpointerup: () => this.leader.letGo(),
        onkeydown: (event) => this.#key(event),
      },
      this.dots,
      this.marks,
    );
    this.message = element("p.aside");
    const swatches = model.classes.map((name, index) => {
      const swatch = element("i");
      swatch.style.background = colors[index % colors.length];
      return element("span", {}, swatch, name);
    });
    this.node = element(
      "section.side-map",
      {},
      element("header", {}, element("h2", { text: "Map" }), element("span.aside", { text: map.title })),
      this.surface,
      element("div.swatches", {}, ...swatches),
      this.message,
    );
    this.resizer = new ResizeObserver(() => this.#resize());
    this.resizer.observe(this.surface);
    this.channel = new LiveChannel(
      channelUrl(`${base}/live`),
      map.channel,
      ({ state, message }) => {
        this.node.dataset.channel = state;
        this.message.textContent = state === "refused" ? message : "";
        if (state === "open") this.follow();
      },
      (error) => (this.message.textContent = `${error.message} ${error.mend}`),
    );
    this.leader = new Leader(point, this.channel, model.codeDim, LANE);
    point.addEventListener("source", () => this.#draw());
    this.#load();
  }

  destroy() {
    clearTimeout(this.restTimer);
    this.resizer.disconnect();
    this.channel.close();
  }

  async #load() {
    try {
      this.points = parsePoints(await fetchBytes(this.map.url));
      this.box = extent(this.points.places);
      this.#resize();
    } catch (error) {
      this.message.textContent = `${error.message}. Reload the page.`;
    }
  }

  /** Ask where the point is by now; the explorer does when its picture has come, which goes first. */
  follow() {
    this.channel.ask(Operation.PLACE, LANE, 1, Float32Array.from(this.point.z), ({ body: [x, y] }) => {
      this.#place = [x, y];
      this.#draw();
    });
  }

  #grab(event) {
    if (event.button !== 0 || !this.points) return;
    this.surface.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  #drag(event) {
    const box = this.surface.getBoundingClientRect();
    this.leader.goTo(this.#toPlace(event.clientX - box.left, event.clientY - box.top), event.timeStamp);
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || !this.#place) return;
    event.preventDefault();
    event.stopPropagation(); // not also "the next slider"
    const [x, y] = this.#toScreen(...this.#place);
    const size = event.shiftKey ? 1 : NUDGE;
    this.leader.goTo(this.#toPlace(x + step[0] * size, y + step[1] * size), event.timeStamp);
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.leader.letGo(), 400);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.surface;
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
    this.#draw();
  }

  #drawDots() {
    const { places, labels, count } = this.points;
    const context = this.dots.getContext("2d");
    context.clearRect(0, 0, this.surface.clientWidth, this.surface.clientHeight);
    const classes = this.model.classes.length;
    const size = Math.min(4, Math.max(1, 150 / Math.sqrt(count)));
    context.globalAlpha = 0.8;
    for (let label = 0; label < Math.max(1, classes); label++) {
      context.fillStyle = classes ? this.colors[label % this.colors.length] : NEUTRAL;
      for (let i = 0; i < count; i++) {
        if (classes && labels[i] !== label) continue;
        const [x, y] = this.#toScreen(places[2 * i], places[2 * i + 1]);
        context.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
  }

  #draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      if (!this.points || !this.#place) return;
      const context = this.marks.getContext("2d");
      context.clearRect(0, 0, this.surface.clientWidth, this.surface.clientHeight);
      this.#drawPosterior(context);
      const [x, y] = this.#toScreen(...this.#place);
      const accent = getComputedStyle(this.node).getPropertyValue("--accent") || "#5eead4";
      for (const [radius, color] of [[9, "#000"], [7.5, "#fff"], [5, accent]]) {
        context.fillStyle = color;
        context.beginPath();
        context.arc(x, y, radius, 0, 7);
        context.fill();
      } // prettier-ignore
      this.surface.dataset.place = this.#place.map((value) => value.toFixed(4)).join();
    });
  }

  /** One σ of the posterior of the image one started from, where the map is linear. */
  #drawPosterior(context) {
    const { source } = this.point;
    const { axes } = this.points;
    if (!source || !axes || !this.model.prior) return;
    const index = indexOfTest(this.points, source.image);
    if (index < 0) return;
    const { places } = this.points;
    const [x, y] = this.#toScreen(places[2 * index], places[2 * index + 1]);
    const [major, minor, angle] = ellipseOf(axes, source.sigma);
    context.strokeStyle = "#f5b86a"; // as on the plane
    context.lineWidth = 2;
    context.beginPath();
    context.ellipse(x, y, Math.max(3, major / this.unit), Math.max(3, minor / this.unit), -angle, 0, 7);
    context.stroke();
  }

  #toScreen(x, y) {
    const { clientWidth, clientHeight } = this.surface;
    return [clientWidth / 2 + (x - this.middle[0]) / this.unit, clientHeight / 2 - (y - this.middle[1]) / this.unit];
  }

  #toPlace(x, y) {
    const { clientWidth, clientHeight } = this.surface;
    return [this.middle[0] + (x - clientWidth / 2) * this.unit, this.middle[1] - (y - clientHeight / 2) * this.unit];
  }
}
