/**
 * Shapes of points: with them, classes differ also without colours. A class has a pair of shape and colour of its own as long as
 * there are at most as many classes as pairs.
 */

import { browserStorage } from "./storage.js";

const KEY = "zscope-map-shapes";

/**
 * @typedef {object} Shape
 * @property {string} flat its name in Plotly's plots of two dimensions
 * @property {string} solid its name in Plotly's plots of three dimensions, which have eight shapes
 * @property {[number, number][] | null} corners from −1 to 1, clockwise; null: a circle
 */

/** @param {number} count @param {number} inner radius of the inner corners; 0 for none @param {number} [outer] radius @returns {[number, number][]} */
function rays(count, inner, outer = 1) {
  /** @type {[number, number][]} */
  const corners = [];
  for (let i = 0; i < count; i++) {
    const turn = (2 * Math.PI * i) / count;
    corners.push([outer * Math.sin(turn), -outer * Math.cos(turn)]);
    if (inner) corners.push([inner * Math.sin(turn + Math.PI / count), -inner * Math.cos(turn + Math.PI / count)]);
  }
  return corners;
}

/** @type {[number, number][]} */
const PLUS = [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]]; // prettier-ignore
const TURNED = Math.SQRT1_2;

/** @type {Shape[]} */
export const SHAPES = [
  { flat: "circle", solid: "circle", corners: null },
  { flat: "square", solid: "square", corners: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]] }, // prettier-ignore
  { flat: "triangle-up", solid: "diamond-open", corners: rays(3, 0, 1.15) },
  { flat: "diamond", solid: "diamond", corners: rays(4, 0, 1.15) },
  { flat: "cross", solid: "cross", corners: PLUS },
  { flat: "x", solid: "x", corners: PLUS.map(([x, y]) => /** @type {[number, number]} */ ([(x - y) * TURNED, (x + y) * TURNED])) },
  { flat: "triangle-down", solid: "square-open", corners: rays(3, 0, 1.15).map(([x, y]) => /** @type {[number, number]} */ ([x, -y])) },
  { flat: "star", solid: "circle-open", corners: rays(5, 0.45, 1.2) },
  { flat: "hourglass", solid: "circle", corners: [[-0.9, -0.9], [0.9, -0.9], [-0.9, 0.9], [0.9, 0.9]] }, // prettier-ignore
  { flat: "bowtie", solid: "square", corners: [[-0.9, -0.9], [0.9, 0.9], [0.9, -0.9], [-0.9, 0.9]] }, // prettier-ignore
];

/**
 * The shape of a class. It moves on by one whenever the colours begin again, so with ten colours and ten shapes, 100 classes differ.
 *
 * @param {number} group number of the class @param {number} colors number of colours @returns {Shape}
 */
export function shapeOf(group, colors) {
  return SHAPES[(group + Math.floor(group / colors)) % SHAPES.length];
}

/** Whether the user has switched shapes on. @param {Pick<Storage, "getItem">} [storage] */
export function hasShapes(storage = browserStorage()) {
  return storage.getItem(KEY) === "on";
}

/** @param {boolean} on @param {Pick<Storage, "setItem">} [storage] */
export function keepShapes(on, storage = browserStorage()) {
  try {
    storage.setItem(KEY, on ? "on" : "off");
  } catch {
    // It lasts until the page is left.
  }
}

/** Add a shape to the path of a canvas. @param {CanvasRenderingContext2D} context @param {Shape} shape @param {number} x @param {number} y @param {number} radius */
export function traceShape(context, { corners }, x, y, radius) {
  if (!corners) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 7);
    return;
  }
  corners.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx * radius, y + dy * radius) : context.moveTo(x + dx * radius, y + dy * radius)));
  context.closePath();
}

/** A shape as the CSS property `clip-path` of a square. @param {Shape} shape */
export function clipOf({ corners }) {
  if (!corners) return "circle()";
  const percent = (value) => `${(50 + 42 * value).toFixed(1)}%`;
  return `polygon(${corners.map(([x, y]) => `${percent(x)} ${percent(y)}`).join(", ")})`;
}
