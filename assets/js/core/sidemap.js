/**
 * The map beside the sliders: the encoded images as dots, and the current point as a marker. The marker follows the sliders;
 * dragging it moves them.
 */

import { LiveChannel, channelUrl } from "./channel.js";
import { Operation } from "./protocol.js";
import { MapDrag } from "./map_drag.js";
import { MapCanvas } from "./mapcanvas.js";
import { ellipseOf, indexOfTest, parsePoints } from "./points.js";
import { fetchBytes } from "./data.js";
import { element } from "./dom.js";
import { faultText, withAdvice } from "./failure.js";
import { t } from "./language.js";
import { Paced } from "./paced.js";

const LANE = 0;
const NUDGE = 6; // pixels
const PLACE_EVERY = 33; // ms

export class SideMap {
  /** @type {[number, number] | null} of the current point */
  #place = null;
  #pending = 0;

  /**
   * @param {import("./point.js").Point} point
   * @param {import("./messages.js").Model} model
   * @param {import("./messages.js").MapData} map
   * @param {string[]} colors of the classes
   * @param {string} base of our routes
   */
  constructor(point, model, map, colors, base) {
    this.point = point;
    this.model = model;
    this.canvas = new MapCanvas(
      model,
      colors,
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("map"),
        "aria-label": t("Map: drag the point, or move it with the arrow keys"),
        onpointerdown: (event) => this.#grab(event),
        onpointermove: (event) => this.surface.hasPointerCapture(event.pointerId) && this.#drag(event),
        onpointerup: () => this.drag.letGo(),
        onkeydown: (event) => this.#key(event),
      },
      () => this.#resized(),
    );
    this.surface = this.canvas.surface;
    this.marker = element("i.here", { hidden: true });
    this.surface.append(this.marker);
    this.message = element("p.aside");
    this.placing = new Paced(PLACE_EVERY, () => this.#ask());
    this.node = element(
      "section.side-map",
      {},
      element("header", {}, element("h2", { text: t("Map") }), element("span.aside", { text: map.title })),
      this.surface,
      this.canvas.legend,
      this.message,
    );
    this.channel = new LiveChannel(
      channelUrl(`${base}/live`),
      map.channel,
      ({ state, message }) => {
        this.node.dataset.channel = state;
        this.message.textContent = state === "refused" ? message : "";
        if (state === "open") this.follow();
      },
      (error) => (this.message.textContent = faultText(error)),
    );
    this.drag = new MapDrag(point, this.channel, model.codeDim, LANE);
    point.addEventListener("source", () => this.#drawPosterior());
    fetchBytes(map.url)
      .then((buffer) => this.canvas.setPoints(parsePoints(buffer)))
      .catch((error) => (this.message.textContent = withAdvice(error, t("Reload the page."))));
  }

  destroy() {
    clearTimeout(this.restTimer);
    this.placing.cancel();
    this.canvas.destroy();
    this.channel.close();
  }

  /** Move the marker to the current point. The explorer calls this after its picture, which comes first. */
  follow() {
    this.placing.call();
  }

  #ask() {
    this.channel.ask(Operation.PLACE, LANE, 1, new Float32Array(this.point.z), ({ body: [x, y] }) => {
      this.#place = [x, y];
      this.#draw();
    });
  }

  #grab(event) {
    if (event.button !== 0 || !this.canvas.points) return;
    this.surface.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  #drag(event) {
    const box = this.surface.getBoundingClientRect();
    this.drag.goTo(this.canvas.toPlace(event.clientX - box.left, event.clientY - box.top), event.timeStamp);
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || !this.#place || !this.canvas.points) return;
    event.preventDefault();
    event.stopPropagation(); // not also "the next slider"
    const [x, y] = this.canvas.toScreen(...this.#place);
    const size = event.shiftKey ? 1 : NUDGE;
    this.drag.goTo(this.canvas.toPlace(x + step[0] * size, y + step[1] * size), event.timeStamp);
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.drag.letGo(), 400);
  }

  #draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      if (!this.canvas.points || !this.#place) return;
      const [x, y] = this.canvas.toScreen(...this.#place);
      this.marker.hidden = false;
      this.marker.style.transform = `translate(${x}px, ${y}px)`;
      this.surface.dataset.place = this.#place.map((value) => value.toFixed(4)).join();
    });
  }

  #resized() {
    this.#drawPosterior();
    this.#draw();
  }

  /** On a linear map, one σ of the posterior of the source image. */
  #drawPosterior() {
    if (!this.canvas.points) return;
    const context = this.canvas.cleared();
    const { source } = this.point;
    const { axes, places } = this.canvas.points;
    if (!source || !axes || !this.model.prior) return;
    const index = indexOfTest(this.canvas.points, source.image);
    if (index < 0) return;
    const [x, y] = this.canvas.toScreen(places[2 * index], places[2 * index + 1]);
    const [major, minor, angle] = ellipseOf(axes, source.sigma);
    const { unit } = this.canvas;
    context.strokeStyle = "#f5b86a"; // as on the plane
    context.lineWidth = 2;
    context.beginPath();
    context.ellipse(x, y, Math.max(3, major / unit), Math.max(3, minor / unit), -angle, 0, 7);
    context.stroke();
  }
}
