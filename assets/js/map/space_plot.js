/**
 * The scatter plot of a map of three dimensions, which can be rotated. The current point is marked by a dot where three lines
 * along the axes cross, so that it can be found inside a cloud.
 */

import { Paced } from "../core/paced.js";
import { Scatter } from "./scatter.js";

const SMALLER = 0.5; // dots in 3-D look larger
const STEEPEST = 1.5; // radians above or below the horizon
const EYE = { x: 1.5, y: 1.5, z: 0.8 }; // where the camera begins
const MARK_EVERY = 100; // ms: Plotly draws the whole scene again
const TURN = 0.12; // radians per key
const ZOOM = 1.1; // per key

/** @typedef {{x: number, y: number, z: number}} Vector */

/**
 * The eye of a camera after a turn about the vertical axis, and up or down.
 *
 * @param {Vector} eye @param {number} across radians @param {number} up radians @returns {Vector}
 */
export function turned({ x, y, z }, across, up) {
  const radius = Math.hypot(x, y, z);
  const azimuth = Math.atan2(y, x) + across;
  const height = Math.min(STEEPEST, Math.max(-STEEPEST, Math.asin(z / radius) + up));
  return { x: radius * Math.cos(height) * Math.cos(azimuth), y: radius * Math.cos(height) * Math.sin(azimuth), z: radius * Math.sin(height) };
}

/**
 * A camera between two others, on an arc about the point that they look at.
 *
 * @param {number[]} start as in `SpacePlot.camera` @param {number[]} end @param {number} part of the way, from 0 to 1 @returns {number[]}
 */
export function between(start, end, part) {
  const mixed = start.map((value, i) => value + part * (end[i] - value));
  const center = mixed.slice(3);
  const sphericalOf = (camera) => {
    const [x, y, z] = [0, 1, 2].map((i) => camera[i] - camera[i + 3]);
    const radius = Math.hypot(x, y, z) || 1e-6;
    return [Math.log(radius), Math.atan2(y, x), Math.asin(z / radius)];
  };
  const [from, to] = [sphericalOf(start), sphericalOf(end)];
  const across = Math.atan2(Math.sin(to[1] - from[1]), Math.cos(to[1] - from[1])); // the shorter way round
  const radius = Math.exp(from[0] + part * (to[0] - from[0]));
  const azimuth = from[1] + part * across;
  const height = from[2] + part * (to[2] - from[2]);
  const offset = [Math.cos(height) * Math.cos(azimuth), Math.cos(height) * Math.sin(azimuth), Math.sin(height)];
  return [...offset.map((value, i) => center[i] + radius * value), ...center];
}

export class SpacePlot extends Scatter {
  /** @type {number[] | null} of the current point */
  place = null;

  /**
   * @param {PlotlyLibrary} Plotly
   * @param {HTMLElement} node
   * @param {string[]} palette of the classes
   * @param {number[] | null} camera as in `camera`; null: the usual one
   * @param {{onHover: (index: number) => void, onLeave: () => void, onCamera: (camera: number[]) => void}} listeners called while
   *   a point is under the pointer, and when the map was rotated, zoomed or moved
   */
  constructor(Plotly, node, palette, camera, listeners) {
    super(Plotly, node, palette);
    this.first = camera;
    this.listeners = listeners;
    this.marking = new Paced(MARK_EVERY, () => this.#moveMark());
  }

  destroy() {
    this.marking.cancel();
    super.destroy();
  }

  /** @param {number[]} place of the current point */
  setPlace(place) {
    this.place = place;
    this.marking.call();
  }

  #moveMark() {
    const { x, y, z } = this.#mark();
    this.Plotly.restyle(this.node, { x: [x], y: [y], z: [z], visible: true }, [this.members.length]);
    this.node.dataset.place = this.place.map((value) => value.toFixed(4)).join();
  }

  /** Turn or zoom by a key; false for other keys. @param {string} key */
  key(key) {
    const camera = this.#scene().getCamera();
    const { x, y, z } = camera.eye;
    const zoomed = (factor) => ({ x: x * factor, y: y * factor, z: z * factor });
    const eye = {
      ArrowLeft: () => turned(camera.eye, -TURN, 0),
      ArrowRight: () => turned(camera.eye, TURN, 0),
      ArrowUp: () => turned(camera.eye, 0, TURN),
      ArrowDown: () => turned(camera.eye, 0, -TURN),
      "+": () => zoomed(1 / ZOOM),
      "-": () => zoomed(ZOOM),
    }[key]?.();
    if (!eye) return false;
    this.Plotly.relayout(this.node, { "scene.camera": { ...camera, eye } });
    return true;
  }

  /** The eye of the camera, and the point that it looks at: six numbers. */
  get camera() {
    const { eye, center } = this.#scene().getCamera();
    return [eye.x, eye.y, eye.z, center.x, center.y, center.z].map((value) => Number(value.toFixed(3)));
  }

  /** Return what turns the map a part of the way to another camera. @param {number[]} camera as in `camera` @returns {(part: number) => void} */
  turnTo(camera) {
    const start = this.camera;
    return (part) => this.Plotly.relayout(this.node, { "scene.camera": cameraOf(between(start, camera, part)) });
  }

  #scene() {
    return this.node._fullLayout.scene._scene;
  }

  listen() {
    super.listen();
    const over = ({ points: [{ curveNumber, pointNumber }] }) => {
      const index = this.members[curveNumber]?.[pointNumber];
      if (index !== undefined) this.listeners.onHover(index);
    };
    this.node.on("plotly_hover", over);
    this.node.on("plotly_click", over); // what Plotly sends while a button is pressed, and after a touch
    // Plotly keeps the view after a drag with the mouse, but not after a touch.
    this.node.addEventListener("touchend", () => this.Plotly.relayout(this.node, { "scene.camera": this.#scene().getCamera() }));
    this.node.on("plotly_relayout", () => this.listeners.onCamera(this.camera));
    this.node.on("plotly_unhover", () => this.listeners.onLeave());
  }

  buttons() {
    return ["tableRotation", "pan3d", "zoom3d", "resetCameraDefault3d"];
  }

  common() {
    const { marker, ...common } = super.common();
    return { ...common, type: "scatter3d", hoverinfo: "none", marker: { ...marker, size: this.look.size * SMALLER, line: { width: 0 } } };
  }

  symbol({ solid }) {
    return solid;
  }

  traces() {
    return [...super.traces(), this.#mark()];
  }

  /** The current point: lines along the axes through all points, and a dot where they cross. */
  #mark() {
    const place = this.place;
    const accent = this.styled("--st-primary-color", "#5eead4");
    const axes = { x: [], y: [], z: [] };
    if (place) {
      const { low, high } = boxOf(this.points);
      const at = (axis, value) => place.map((other, i) => (i === axis ? value : other));
      const corners = place.flatMap((value, axis) => [at(axis, low[axis]), place, at(axis, high[axis]), [null, null, null]]);
      corners.forEach((corner) => ["x", "y", "z"].forEach((name, i) => axes[name].push(corner[i])));
    }
    return {
      type: "scatter3d", mode: "lines+markers", ...axes, hoverinfo: "skip", showlegend: false, visible: Boolean(place),
      line: { color: this.styled("--st-text-color", "#888"), width: 2 },
      marker: { size: [0, 11, 0, 0, 0, 11, 0, 0, 0, 11, 0, 0], color: accent, opacity: 1, line: { width: 0 } },
    }; // prettier-ignore
  }

  layout() {
    const [text, line] = [this.styled("--st-text-color", "#888"), this.styled("--st-border-color", "#8884")];
    // Plotly's titles in 3-D show escaped signs as they are written. The names of axes are our own.
    const axis = (title) => ({
      title: { text: title }, color: text, gridcolor: line, showbackground: false, zeroline: false, showspikes: false,
      showticklabels: this.look.ticks, ticks: "", showline: true, linecolor: line,
    }); // prettier-ignore
    const [x, y, z] = this.look.axes;
    const { camera = this.first ? cameraOf(this.first) : { eye: EYE }, dragmode = "turntable" } = this.node._fullLayout?.scene ?? {}; // another colour keeps the view
    return {
      ...super.layout(),
      hovermode: "closest",
      margin: { l: 0, r: 0, t: 0, b: 0 },
      // One scale for all axes: distances are distances on the map.
      scene: { aspectmode: "data", camera, dragmode, xaxis: axis(x), yaxis: axis(y), zaxis: axis(z) },
    };
  }
}

/** In Plotly's form. @param {number[]} camera eye, and the point that it looks at */
function cameraOf([x, y, z, toX, toY, toZ]) {
  return { eye: { x, y, z }, center: { x: toX, y: toY, z: toZ }, up: { x: 0, y: 0, z: 1 } };
}

/** The box around all points. @param {import("../core/points.js").Points} points */
function boxOf({ places, components }) {
  const [low, high] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]]; // prettier-ignore
  places.forEach((value, i) => {
    const axis = i % components;
    if (value < low[axis]) low[axis] = value;
    if (value > high[axis]) high[axis] = value;
  });
  return { low, high };
}
