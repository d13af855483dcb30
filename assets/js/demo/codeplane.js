/**
 * A plane of a latent space with more than two dimensions: the data's codes along two directions, and a marker to drag.
 * Dragging moves the code within the plane and keeps all other directions.
 */

import { dimensionName, element } from "../core/dom.js";
import { t } from "../core/language.js";
import { MapCanvas, drawMarker } from "../core/mapcanvas.js";
import { dimensionAxes, moveTo, placeOn, placesOn } from "./axes.js";

const NUDGE = 6; // pixels

export class CodePlane {
  #pending = 0;

  /**
   * @param {import("../core/point.js").Point} point
   * @param {import("./payload.js").Payload} payload
   * @param {import("../core/data.js").Codes} codes
   */
  constructor(point, { model, colors, dimensions, pca }, codes) {
    this.point = point;
    this.model = model;
    this.dimensions = dimensions;
    this.pca = pca;
    this.codes = codes;
    /** @type {MapCanvas<import("../core/mapcanvas.js").Drawn>} */
    this.canvas = new MapCanvas(
      model,
      colors,
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("plane"),
        "aria-label": t("Plane of the codes: drag the point, or move it with the arrow keys"),
        onpointerdown: (event) => this.#grab(event),
        onpointermove: (event) => this.surface.hasPointerCapture(event.pointerId) && this.#drag(event),
        onkeydown: (event) => this.#key(event),
      },
      () => this.#draw(),
    );
    this.surface = this.canvas.surface;
    this.explained = element("p.aside");
    this.node = element(
      "section.side-map",
      {},
      element("header", {}, element("h2", { text: t("Plane") }), this.#controls()),
      this.surface,
      this.canvas.legend,
      this.explained,
    );
    point.addEventListener("move", () => this.#draw());
    this.#choose();
  }

  #controls() {
    const options = (chosen) =>
      this.dimensions.map(({ index }) => element("option", { value: index, text: dimensionName(index), selected: index === chosen }));
    const [first, second] = this.dimensions;
    const listen = { onchange: () => this.#choose() };
    this.kind = element(
      "select",
      { "aria-label": t("Axes of the plane"), ...listen },
      ...(this.pca ? [element("option", { value: "pca", text: t("Principal components") })] : []),
      element("option", { value: "dimensions", text: t("Two dimensions") }),
    );
    this.across = element("select", { "aria-label": t("Dimension across"), ...listen }, ...options(first.index));
    this.up = element("select", { "aria-label": t("Dimension upwards"), ...listen }, ...options(second.index));
    this.pair = element("span.pair-of-axes", {}, this.across, " × ", this.up);
    return element("span.axes", {}, this.kind, this.pair);
  }

  #choose() {
    const components = this.kind.value === "pca";
    const [x, y] = [Number(this.across.value), Number(this.up.value)];
    this.pair.hidden = components;
    /** @type {import("./axes.js").Axes} */
    this.plane = components ? this.pca : dimensionAxes(this.model.latentDim, x, y);
    this.explained.textContent = components
      ? t("{share} % of the codes' variance lies in this plane. Dragging keeps all other directions.", { share: Math.round(100 * (this.pca.shares[0] + this.pca.shares[1])) })
      : t("Dragging changes these two dimensions only.");
    const { labels, rows: count } = this.codes;
    this.canvas.setPoints({ places: placesOn(this.plane, this.codes), labels, count });
  }

  #grab(event) {
    if (event.button !== 0) return;
    this.surface.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  #drag(event) {
    const box = this.surface.getBoundingClientRect();
    const inside = (at, size) => Math.min(size, Math.max(0, at));
    this.#go(inside(event.clientX - box.left, box.width), inside(event.clientY - box.top, box.height), event.timeStamp);
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [x, y] = this.canvas.toScreen(...placeOn(this.plane, this.point.z));
    const size = event.shiftKey ? 1 : NUDGE;
    this.#go(x + step[0] * size, y + step[1] * size, event.timeStamp);
  }

  #go(x, y, since) {
    this.point.move(moveTo(this.plane, this.point.z, this.canvas.toPlace(x, y)), { since });
  }

  #draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      const place = placeOn(this.plane, this.point.z);
      const accent = getComputedStyle(this.node).getPropertyValue("--accent");
      drawMarker(this.canvas.cleared(), ...this.canvas.toScreen(...place), accent);
      this.surface.dataset.place = place.map((value) => value.toFixed(4)).join();
    });
  }
}
