/**
 * What lies over the dots: pictures in their place, the current point with its posterior, and the error of the inverse.
 */

import { element } from "../explore/dom.js";

const MOST_PICTURES = 700; // at once
const CELL = 30; // pixels a picture takes

export class Overlay {
  #pending = 0;
  #ellipse = null; // {place, shape: [semi-axis, semi-axis, angle]} on the map
  #landing = null; // [[x, y] of the cursor, [x, y] of where its picture's code lies]
  place = null; // of the current point

  /**
   * @param {import("./plot.js").Plot} plot
   * @param {import("./nearest.js").Nearest} nearest
   * @param {import("./sprites.js").Sprites} sprites
   */
  constructor(plot, sprites) {
    Object.assign(this, { plot, sprites });
    this.pictures = false; // always, not only where there is room
    this.canvas = element("canvas.overlay");
    this.marker = element("div.marker", { tabindex: 0, role: "slider", "aria-label": "The current point: drag it over the map, or move it with the arrow keys", "aria-valuetext": "" });
    this.marker.hidden = true;
  }

  /** @param {import("./points.js").Points} points @param {import("./nearest.js").Nearest} nearest */
  setPoints(points, nearest) {
    Object.assign(this, { points, nearest });
    this.draw();
  }

  /** @param {[number, number]} place of the current point */
  setPlace(place) {
    this.place = place;
    this.draw();
  }

  /** @param {{place: [number, number], shape: [number, number, number]} | null} ellipse one σ of the posterior of its image */
  setEllipse(ellipse) {
    this.#ellipse = ellipse;
    this.draw();
  }

  /** @param {[number, number][] | null} landing */
  setLanding(landing) {
    this.#landing = landing;
    this.draw();
  }

  draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      if (this.points) this.#draw();
    });
  }

  #draw() {
    const { canvas, plot } = this;
    const scale = devicePixelRatio;
    const [width, height] = [plot.node.clientWidth, plot.node.clientHeight];
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const { frame } = plot.view();
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    this.#drawPictures(context);
    this.#drawMarks(context);
    context.restore();
    this.#moveMarker(frame);
  }

  /** One picture to a cell, so that none hides another; dots stay for the rest. */
  #drawPictures(context) {
    const { plot, points } = this;
    const { x, y, unit } = plot.view();
    const inView = [];
    this.nearest.visit(x, y, (i) => {
      const [px, py] = [points.places[2 * i], points.places[2 * i + 1]];
      if (px >= x[0] && px <= x[1] && py >= y[0] && py <= y[1] && plot.shows(i)) inView.push(i);
    });
    this.inView = inView.length;
    if (!this.pictures && inView.length > MOST_PICTURES) return;
    const taken = new Set();
    let drawn = 0;
    for (const i of inView) {
      const [left, top] = plot.toScreen(points.places[2 * i], points.places[2 * i + 1]);
      const cell = `${Math.round(left / CELL)}/${Math.round(top / CELL)}`;
      if (taken.has(cell)) continue;
      taken.add(cell);
      if (this.sprites.draw(context, points.splits[i], points.rows[i], left - CELL / 2 + 1, top - CELL / 2 + 1, CELL - 2)) drawn++;
    }
    this.canvas.dataset.pictures = drawn;
    this.canvas.dataset.unit = unit;
  }

  #drawMarks(context) {
    const { plot } = this;
    const style = getComputedStyle(plot.node);
    context.lineWidth = 1.5;
    if (this.#landing) {
      const [[fromX, fromY], [toX, toY]] = this.#landing.map(([x, y]) => plot.toScreen(x, y));
      context.strokeStyle = style.getPropertyValue("--st-text-color") || "#888";
      context.setLineDash([4, 3]);
      context.beginPath();
      context.moveTo(fromX, fromY);
      context.lineTo(toX, toY);
      context.stroke();
      context.setLineDash([]);
      context.beginPath();
      context.arc(toX, toY, 4, 0, 7);
      context.stroke();
    }
    this.canvas.dataset.ellipse = this.#ellipse ? this.#ellipse.shape.map((number) => number.toFixed(4)).join() : "";
    if (this.#ellipse) drawEllipse(context, plot.toScreen(...this.#ellipse.place), this.#ellipse.shape, plot.view().unit);
  }

  #moveMarker(frame) {
    const { marker, place, plot } = this;
    if (!place) return;
    const [x, y] = plot.toScreen(...place);
    marker.hidden = x < frame.left || y < frame.top || x > frame.left + frame.width || y > frame.top + frame.height;
    marker.style.transform = `translate(${x}px, ${y}px)`;
    marker.dataset.place = `${place[0].toFixed(4)},${place[1].toFixed(4)}`;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} middle pixels
 * @param {[number, number, number]} shape semi-axes on the map, angle
 * @param {number} unit of the map, of a pixel
 */
export function drawEllipse(context, [x, y], [major, minor, angle], unit) {
  context.strokeStyle = "#f5b86a"; // as on the plane of Explore
  context.lineWidth = 2;
  context.beginPath();
  context.ellipse(x, y, Math.max(3, major / unit), Math.max(3, minor / unit), -angle, 0, 7);
  context.stroke();
}
