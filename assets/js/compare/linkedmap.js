/**
 * One of two linked maps with the same points: an image that is hovered or chosen in one is marked in both.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { MapCanvas, drawMarker } from "../core/mapcanvas.js";
import { Nearest } from "../core/nearest.js";

const REACH = 12; // pixels around the cursor in which a point counts as hovered
const STEP = 8; // pixels per arrow key
/** Colours for change, from little to much: lightness and hue both vary, so that they can be read without colour. */
export const RAMP = ["#56657a", "#6d7b88", "#938b7c", "#c3954c", "#ee9d3b", "#f2732e", "#dd3c3c"];
export const NEIGHBOUR_COLORS = { both: "#ffffff", a: "#3f90da", b: "#ffa90e" };

/** The step of the ramp for a change. @param {number} change 0…1 */
export function stepOf(change) {
  return Math.min(RAMP.length - 1, Math.floor(change * RAMP.length));
}

export class LinkedMap {
  hovered = -1; // row of the test split
  chosen = -1;
  /** @type {[number, number] | null} of the keyboard, in pixels */
  #cursor = null;
  #pending = 0;

  /**
   * @param {"A" | "B"} letter
   * @param {import("../core/messages.js").Model} model
   * @param {string[]} colors of the classes
   * @param {{onHover: (row: number) => void, onPick: (row: number) => void}} on row -1: nothing
   */
  constructor(letter, model, colors, { onHover, onPick }) {
    this.letter = letter;
    this.model = model;
    this.colors = colors;
    this.onHover = onHover;
    this.onPick = onPick;
    this.canvas = new MapCanvas(
      model,
      colors,
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("map"),
        "aria-label": t("Map of {letter}, {model}: arrow keys go from image to image, Enter uses one as the input", { letter, model: model.title }),
        onpointermove: (event) => this.#over(event),
        onpointerleave: () => this.onHover(-1),
        onclick: (event) => this.#click(event),
        onkeydown: (event) => this.#key(event),
        onblur: () => this.onHover(-1),
      },
      () => this.draw(),
    );
    this.surface = this.canvas.surface;
    this.node = element("div.linked-map", {}, element("h3", {}, element("b.letter", { text: letter }), ` ${model.title}`), this.surface);
  }

  destroy() {
    this.canvas.destroy();
  }

  /** @param {import("../core/points.js").Points} points of test images */
  setPoints(points) {
    this.points = points;
    this.indexOf = new Int32Array(Math.max(...points.rows) + 1).fill(-1); // row → point
    points.rows.forEach((row, index) => (this.indexOf[row] = index));
    this.canvas.setPoints(points);
    this.nearest = new Nearest(points.places, this.canvas.box);
    this.#cursor = null;
  }

  /** @param {Float32Array | null} change of each test image; null: coloured by class */
  colorBy(change) {
    const { points, model, colors } = this;
    // Steps of change are groups like classes; the canvas draws the most changed last, on top.
    this.canvas.model = change ? { classes: RAMP } : model;
    this.canvas.colors = change ? RAMP : colors;
    this.canvas.setPoints(change ? { ...points, labels: Uint16Array.from(points.rows, (row) => stepOf(change[row])) } : points);
    this.surface.dataset.colors = change ? "change" : "class";
  }

  /** @param {number} row hovered, or -1 */
  hover(row) {
    this.hovered = row;
    this.draw();
  }

  /** @param {number} row taken as the input, or -1 @param {{a: number[], b: number[]} | null} neighbours of it in either model */
  choose(row, neighbours) {
    this.chosen = row;
    this.neighbours = neighbours;
    this.draw();
  }

  draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      if (!this.canvas.points) return;
      const context = this.canvas.cleared();
      if (this.neighbours) this.#drawNeighbours(context);
      const accent = getComputedStyle(this.node).getPropertyValue("--accent") || "#5eead4";
      const chosen = this.#at(this.chosen);
      if (chosen) drawMarker(context, ...chosen, accent);
      const hovered = this.#at(this.hovered);
      if (hovered) this.#ring(context, hovered, 9, "#fff", 3);
      this.surface.dataset.hovered = hovered ? String(this.hovered) : "";
      this.surface.dataset.chosen = chosen ? String(this.chosen) : "";
    });
  }

  /** Where a test image lies, in pixels; null where it has no point. @param {number} row @returns {[number, number] | null} */
  #at(row) {
    const index = row < 0 ? -1 : (this.indexOf?.[row] ?? -1);
    if (index < 0) return null;
    return this.canvas.toScreen(this.points.places[2 * index], this.points.places[2 * index + 1]);
  }

  #drawNeighbours(context) {
    const { a, b } = this.neighbours;
    const shared = new Set(a.filter((row) => b.includes(row)));
    /** @type {[number[], string][]} */
    const groups = [[a, NEIGHBOUR_COLORS.a], [b, NEIGHBOUR_COLORS.b], [[...shared], NEIGHBOUR_COLORS.both]]; // prettier-ignore
    for (const [rows, color] of groups) {
      for (const row of rows) {
        const at = this.#at(row);
        if (at && (rows.length === shared.size || !shared.has(row) || color === NEIGHBOUR_COLORS.both)) this.#ring(context, at, 4.5, color, 2);
      }
    }
  }

  /** Draw a ring that is visible on any background. @param {CanvasRenderingContext2D} context @param {[number, number]} place @param {number} radius @param {string} color @param {number} width */
  #ring(context, [x, y], radius, color, width) {
    /** @type {[string, number][]} */
    const strokes = [["#000", width + 2], [color, width]]; // prettier-ignore
    for (const [style, line] of strokes) {
      context.strokeStyle = style;
      context.lineWidth = line;
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.stroke();
    }
  }

  #over(event) {
    const row = this.#rowAt(event.offsetX, event.offsetY);
    this.#cursor = [event.offsetX, event.offsetY];
    if (row !== this.hovered) this.onHover(row);
  }

  #click(event) {
    const row = this.#rowAt(event.offsetX, event.offsetY);
    if (row >= 0) this.onPick(row);
  }

  #key(event) {
    if (event.key === "Enter" && this.hovered >= 0) return this.onPick(this.hovered);
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || !this.points) return undefined;
    event.preventDefault();
    event.stopPropagation();
    const { clientWidth, clientHeight } = this.surface;
    this.#cursor ??= this.#at(this.chosen) ?? [clientWidth / 2, clientHeight / 2];
    const within = (value, most) => Math.min(most, Math.max(0, value));
    // From the cursor in steps, across empty places, until another point is near.
    let [x, y] = this.#cursor;
    for (let tries = 0; tries < 60; tries++) {
      [x, y] = [within(x + step[0] * STEP, clientWidth), within(y + step[1] * STEP, clientHeight)];
      const row = this.#rowAt(x, y);
      if (row >= 0 && row !== this.hovered) {
        this.#cursor = [x, y];
        this.onHover(row);
        break;
      }
    }
    return undefined;
  }

  #rowAt(x, y) {
    if (!this.nearest) return -1;
    const reach = REACH * this.canvas.unit;
    const index = this.nearest.find(...this.canvas.toPlace(x, y), [reach, reach]);
    return index < 0 ? -1 : this.points.rows[index];
  }
}
