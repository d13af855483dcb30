/**
 * The scatter plot of a map of two dimensions, and the conversion between screen and map.
 */

import { inside } from "../core/points.js";
import { plotlyText } from "./plotly.js";
import { Scatter } from "./scatter.js";

export class Plot extends Scatter {
  /**
   * @param {PlotlyLibrary} Plotly
   * @param {HTMLElement} node
   * @param {string[]} palette of the classes
   * @param {{onSelect: (indices: number[] | null) => void, onView: () => void}} listeners
   */
  constructor(Plotly, node, palette, listeners) {
    super(Plotly, node, palette);
    this.listeners = listeners;
  }

  /** Screen pixels within the node → a place on the map; null beside the axes. @param {number} x @param {number} y @returns {[number, number] | null} */
  toPlace(x, y) {
    const { xaxis, yaxis } = this.node._fullLayout;
    const [px, py] = [x - xaxis._offset, y - yaxis._offset];
    if (px < 0 || py < 0 || px > xaxis._length || py > yaxis._length) return null;
    return [xaxis.p2l(px), yaxis.p2l(py)];
  }

  /** A place on the map → screen pixels within the node. @param {number} x @param {number} y @returns {[number, number]} */
  toScreen(x, y) {
    const { xaxis, yaxis } = this.node._fullLayout;
    return [xaxis.l2p(x) + xaxis._offset, yaxis.l2p(y) + yaxis._offset];
  }

  /**
   * What is in view, and how many units a pixel is.
   *
   * @returns {{x: [number, number], y: [number, number], unit: number, frame: {left: number, top: number, width: number, height: number}}}
   */
  view() {
    const { xaxis, yaxis } = this.node._fullLayout;
    return {
      x: rising(xaxis.range),
      y: rising(yaxis.range),
      unit: Math.abs(xaxis.range[1] - xaxis.range[0]) / xaxis._length,
      frame: { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length },
    };
  }

  /** Centre the view on a place. @param {number} x @param {number} y */
  lookAt(x, y) {
    const { x: [left, right], y: [low, high] } = this.view(); // prettier-ignore
    const [width, height] = [(right - left) / 2, (high - low) / 2];
    return this.Plotly.relayout(this.node, { "xaxis.range": [x - width, x + width], "yaxis.range": [y - height, y + height] });
  }

  listen() {
    super.listen();
    this.node.on("plotly_selected", (event) => this.#selected(event));
    this.node.on("plotly_deselect", () => this.listeners.onSelect(null));
    this.node.on("plotly_relayout", () => this.listeners.onView());
    this.node.on("plotly_relayouting", () => this.listeners.onView());
  }

  readHidden() {
    super.readHidden();
    this.listeners.onView();
  }

  buttons() {
    return ["pan2d", "zoom2d", "lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "resetScale2d"];
  }

  common() {
    return { ...super.common(), type: "scattergl", hoverinfo: "skip" };
  }

  traces() {
    return [...(this.look.density ? [this.#contours()] : []), ...super.traces()];
  }

  /** Each line goes around the smallest region with 10, 30, 50, 70 or 90 % of the points in it. */
  #contours() {
    return {
      type: "contour", ...this.look.density, showscale: false, hoverinfo: "skip", showlegend: false,
      autocontour: false, contours: { coloring: "lines", start: 0.1, end: 0.9, size: 0.2 },
      line: { width: 1.2 }, colorscale: [[0, "#888f"], [1, "#8888"]],
    }; // prettier-ignore
  }

  layout() {
    const { ticks, axes } = this.look;
    const axis = {
      zeroline: false, showgrid: false, ticks: "", color: this.styled("--st-text-color", "#888"), linecolor: this.styled("--st-border-color", "#8884"),
      showticklabels: ticks, mirror: true, showline: true,
    }; // prettier-ignore
    return {
      ...super.layout(),
      dragmode: this.node._fullLayout?.dragmode ?? "pan",
      hovermode: false,
      margin: { l: ticks ? 46 : 8, r: 8, t: 8, b: ticks ? 40 : 8 },
      xaxis: { ...axis, title: { text: plotlyText(axes[0]), standoff: 4 } },
      // One scale for both axes: distances on the screen are distances on the map.
      yaxis: { ...axis, title: { text: plotlyText(axes[1]), standoff: 4 }, scaleanchor: "x", scaleratio: 1 },
      selectdirection: "any",
      newselection: { line: { color: this.styled("--st-primary-color", "#5eead4"), width: 2 } },
    };
  }

  /** @param {PlotlySelection | null} event */
  #selected(event) {
    if (!event) return;
    const { points } = this;
    let xs = event.lassoPoints?.x;
    let ys = event.lassoPoints?.y;
    if (event.range) {
      const [left, right] = event.range.x;
      const [low, high] = event.range.y;
      xs = [left, right, right, left];
      ys = [low, low, high, high];
    }
    if (!xs) return;
    this.listeners.onSelect(inside(points.places, xs, ys).filter((i) => this.shows(i)));
  }
}

/** @param {[number, number]} range @returns {[number, number]} */
function rising([a, b]) {
  return a < b ? [a, b] : [b, a];
}
