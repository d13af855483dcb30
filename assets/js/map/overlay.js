/**
 * The layer over the dots. Pictures lie on a canvas, which is drawn when the view changes. The current point, its posterior and
 * the place of the hovered picture's code are elements, so that moving them repaints little of the screen.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";

const MOST_PICTURES = 700; // at once
const CELL = 30; // pixels a picture takes

export class Overlay {
  #pending = 0;
  /** @type {{place: [number, number], shape: [number, number, number]} | null} on the map */
  #ellipse = null;
  #gone = false; // the plot was removed; answers may still arrive
  /** @type {[number, number][] | null} of the cursor, and of where its picture's code lies */
  #landing = null;
  /** @type {[number, number] | null} of the current point */
  place = null;

  /**
   * @param {import("./plot.js").Plot} plot
   * @param {import("./sprites.js").Sprites} sprites
   */
  constructor(plot, sprites) {
    this.plot = plot;
    this.sprites = sprites;
    this.pictures = false; // everywhere, not only where there is room
    this.canvas = element("canvas.overlay");
    this.marker = element("div.marker", { tabindex: 0, role: "application", "aria-roledescription": t("marker"), "aria-label": t("Current point: drag it over the map, or move it with the arrow keys"), hidden: true });
    this.posterior = element("div.posterior-ellipse", { hidden: true });
    this.way = element("div.way", { hidden: true });
    this.landing = element("div.landing", { hidden: true });
    this.marks = element("div.marks", {}, this.way, this.landing, this.posterior, this.marker);
  }

  /** @param {import("../core/points.js").Points} points @param {import("../core/nearest.js").Nearest} nearest */
  setPoints(points, nearest) {
    this.points = points;
    this.nearest = nearest;
    this.draw();
  }

  /** @param {[number, number]} place of the current point */
  setPlace(place) {
    this.place = place;
    this.#moveMarker();
  }

  /** @param {{place: [number, number], shape: [number, number, number]} | null} ellipse one σ of the posterior of its image */
  setEllipse(ellipse) {
    this.#ellipse = ellipse;
    this.#movePosterior();
  }

  /** @param {[number, number][] | null} landing */
  setLanding(landing) {
    this.#landing = landing;
    this.#moveLanding();
  }

  /** Stop drawing. */
  destroy() {
    cancelAnimationFrame(this.#pending);
    this.#gone = true;
  }

  /** Draw a new view, new points or new pictures. */
  draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      if (!this.points || this.#gone) return;
      const { left, top, width, height } = this.plot.view().frame;
      Object.assign(this.marks.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      this.#drawPictures();
      this.#moveMarker();
      this.#movePosterior();
      this.#moveLanding();
    });
  }

  /** Draw one picture per cell, so that none hides another; the other images stay dots. */
  #drawPictures() {
    const { canvas, plot, points } = this;
    const { x, y, unit, frame } = plot.view();
    const inView = [];
    this.nearest.visit(x, y, (i) => {
      const [px, py] = [points.places[2 * i], points.places[2 * i + 1]];
      if (px >= x[0] && px <= x[1] && py >= y[0] && py <= y[1] && plot.shows(i)) inView.push(i);
    });
    const shown = this.pictures || inView.length <= MOST_PICTURES;
    canvas.classList.toggle("faded", !shown); // it fades in and out
    let drawn = 0;
    if (shown) {
      const context = this.#cleared();
      context.beginPath();
      context.rect(frame.left, frame.top, frame.width, frame.height);
      context.clip();
      const taken = new Map(); // "column/row" of cells as large as a picture → where the picture in it is
      for (const i of inView) {
        const [left, top] = plot.toScreen(points.places[2 * i], points.places[2 * i + 1]);
        if (!isFree(taken, left, top)) continue;
        if (this.sprites.draw(context, points.splits[i], points.rows[i], left - CELL / 2 + 1, top - CELL / 2 + 1, CELL - 2)) drawn++;
      }
    }
    canvas.dataset.pictures = String(drawn);
    canvas.dataset.unit = String(unit);
  }

  #cleared() {
    const { canvas, plot } = this;
    canvas.width = Math.round(plot.node.clientWidth * devicePixelRatio);
    canvas.height = Math.round(plot.node.clientHeight * devicePixelRatio);
    const context = canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    return context;
  }

  /** Pixels within the frame, which cuts off what lies beside it. @param {[number, number]} place */
  #within(place) {
    const { left, top } = this.plot.view().frame;
    const [x, y] = this.plot.toScreen(...place);
    return [x - left, y - top];
  }

  #moveMarker() {
    const { marker, place } = this;
    if (!place || !this.points || this.#gone) return;
    const { width, height } = this.plot.view().frame;
    const [x, y] = this.#within(place);
    marker.hidden = x < 0 || y < 0 || x > width || y > height;
    marker.style.transform = `translate(${x}px, ${y}px)`;
    marker.dataset.place = `${place[0].toFixed(4)},${place[1].toFixed(4)}`;
  }

  #movePosterior() {
    const { posterior } = this;
    posterior.hidden = !this.#ellipse;
    this.canvas.dataset.ellipse = this.#ellipse ? this.#ellipse.shape.map((number) => number.toFixed(4)).join() : "";
    if (!this.#ellipse || this.#gone) return;
    const { place, shape: [major, minor, angle] } = this.#ellipse; // prettier-ignore
    const { unit } = this.plot.view();
    const [x, y] = this.#within(place);
    const [wide, high] = [Math.max(3, major / unit), Math.max(3, minor / unit)];
    Object.assign(posterior.style, { width: `${2 * wide}px`, height: `${2 * high}px`, transform: `translate(${x - wide}px, ${y - high}px) rotate(${-angle}rad)` });
  }

  #moveLanding() {
    const { way, landing } = this;
    way.hidden = landing.hidden = !this.#landing;
    if (!this.#landing || this.#gone) return;
    const [[fromX, fromY], [toX, toY]] = this.#landing.map((place) => this.#within(place));
    way.style.width = `${Math.hypot(toX - fromX, toY - fromY)}px`;
    way.style.transform = `translate(${fromX}px, ${fromY}px) rotate(${Math.atan2(toY - fromY, toX - fromX)}rad)`;
    landing.style.transform = `translate(${toX}px, ${toY}px)`;
  }
}

/** Whether a picture fits there without hiding another; if so, its place is taken. */
function isFree(taken, left, top) {
  const [column, row] = [Math.floor(left / CELL), Math.floor(top / CELL)];
  for (let c = column - 1; c <= column + 1; c++) {
    for (let r = row - 1; r <= row + 1; r++) {
      const other = taken.get(`${c}/${r}`);
      if (other && Math.abs(other[0] - left) < CELL && Math.abs(other[1] - top) < CELL) return false;
    }
  }
  taken.set(`${column}/${row}`, [left, top]);
  return true;
}
