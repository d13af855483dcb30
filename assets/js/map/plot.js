/**
 * The scatter plot: Plotly's WebGL traces, and the conversion between screen and map.
 */

import { colorRange, groupColors } from "./colors.js";
import { extent, inside } from "../core/points.js";

/** @type {Promise<PlotlyLibrary> | null} */
let plotly = null;

/** Plotly, from our own server, once for the whole page. @param {string} url */
export function loadPlotly(url) {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      plotly = null;
      script.remove();
      reject(new Error("Can't load the plot library. Reload the page."));
    };
    document.head.append(script);
  });
  return plotly;
}

/**
 * Escape text for Plotly, which interprets tags, entities, templates `%{…}` and formulas `$…$`.
 *
 * @param {string} text
 */
export function plotlyText(text) {
  return text.replace(/[&<>%$]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export class Plot {
  #drawn = false;

  /**
   * @param {PlotlyLibrary} Plotly
   * @param {HTMLElement} node
   * @param {string[]} palette of the classes
   * @param {{onSelect: (indices: number[] | null) => void, onView: () => void}} listeners
   */
  constructor(Plotly, node, palette, listeners) {
    this.Plotly = Plotly;
    this.node = /** @type {PlotlyElement} */ (node);
    this.palette = palette;
    this.listeners = listeners;
    /** @type {Set<number>} groups that are hidden by the legend */
    this.hidden = new Set();
  }

  /**
   * @param {import("../core/points.js").Points} points
   * @param {import("./colors.js").Coloring} coloring
   * @param {{size: number, opacity: number, density: object | null, dots: boolean, axes: [string, string], ticks: boolean}} look
   */
  async draw(points, coloring, look) {
    if (this.points !== points) this.box = extent(points.places);
    if (this.coloring?.id !== coloring.id) this.hidden.clear();
    this.points = points;
    this.coloring = coloring;
    this.look = look;
    const first = !this.#drawn;
    this.#drawn = true; // from now on there is a plot to remove
    await this.Plotly.react(this.node, this.#traces(), this.#layout(), {
      scrollZoom: true,
      displaylogo: false,
      displayModeBar: true,
      modeBarButtons: [["pan2d", "zoom2d", "lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
    });
    if (!first || !this.#drawn) return;
    this.node.on("plotly_selected", (event) => this.#selected(event));
    this.node.on("plotly_deselect", () => this.listeners.onSelect(null));
    this.node.on("plotly_relayout", () => this.listeners.onView());
    this.node.on("plotly_relayouting", () => this.listeners.onView());
    this.node.on("plotly_restyle", () => this.#readHidden());
  }

  /** Whether a point is not hidden by the legend. @param {number} index */
  shows(index) {
    return !this.coloring.groups || !this.hidden.has(this.coloring.of(index));
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

  /** Show one group, the others greyed out in the legend. @param {number} group */
  only(group) {
    const groups = this.node.data.map((trace) => trace.meta);
    const shown = groups.map((meta) => meta === undefined || meta === group || "legendonly");
    return this.Plotly.restyle(this.node, { visible: shown });
  }

  resize() {
    if (this.#drawn && this.node.checkVisibility()) this.Plotly.Plots.resize(this.node); // not after the page was left
  }

  /** @param {"png" | "svg"} format @param {string} filename */
  download(format, filename) {
    const { clientWidth: width, clientHeight: height } = this.node;
    return this.Plotly.downloadImage(this.node, { format, filename, width, height, scale: format === "png" ? 2 : 1 });
  }

  destroy() {
    if (this.#drawn) this.Plotly.purge(this.node);
    this.#drawn = false;
  }

  #traces() {
    const { points, coloring, look } = this;
    const traces = [];
    if (look.density) traces.push(this.#contours());
    const marker = { size: look.size, opacity: look.dots ? look.opacity : 0 };
    const common = { type: "scattergl", mode: "markers", hoverinfo: "skip" };
    if (!coloring.groups) {
      const values = Float32Array.from({ length: points.count }, (_, i) => coloring.of(i));
      const [cmin, cmax] = colorRange(values);
      const colorbar = { title: { text: coloring.unit, side: "right" }, thickness: 10, outlinewidth: 0 };
      // Cividis, which looks similar with and without a colour vision deficiency (Nuñez et al. 2018).
      return [
        ...traces,
        { ...common, ...coordinates(points.places), marker: { ...marker, color: values, colorscale: "Cividis", cmin, cmax, colorbar }, showlegend: false },
      ];
    }
    const colors = groupColors(coloring, this.palette);
    const members = coloring.groups.map(() => []);
    for (let i = 0; i < points.count; i++) members[coloring.of(i)]?.push(i);
    coloring.groups.forEach((name, group) => {
      if (!members[group].length) return;
      traces.push({
        ...common,
        ...coordinates(points.places, members[group]),
        name: plotlyText(name),
        meta: group,
        visible: this.hidden.has(group) ? "legendonly" : true,
        marker: { ...marker, color: colors[group % colors.length] },
      });
    });
    return traces;
  }

  /** Each line goes around the smallest region with 10, 30, 50, 70 or 90 % of the points in it. */
  #contours() {
    return {
      type: "contour", ...this.look.density, showscale: false, hoverinfo: "skip", showlegend: false,
      autocontour: false, contours: { coloring: "lines", start: 0.1, end: 0.9, size: 0.2 },
      line: { width: 1.2 }, colorscale: [[0, "#888f"], [1, "#8888"]],
    }; // prettier-ignore
  }

  #layout() {
    const style = getComputedStyle(this.node);
    const [text, line] = [style.getPropertyValue("--st-text-color") || "#888", style.getPropertyValue("--st-border-color") || "#8884"];
    const narrow = this.node.clientWidth < 620;
    const legendPlace = narrow ? { orientation: "h", x: 0, y: -0.03 } : { orientation: "v", x: 1.01, y: 0.93 };
    const axis = { zeroline: false, showgrid: false, ticks: "", color: text, linecolor: line, showticklabels: this.look.ticks, mirror: true, showline: true };
    return {
      uirevision: "view", // a new colouring keeps the view
      dragmode: this.node._fullLayout?.dragmode ?? "pan",
      hovermode: false,
      showlegend: Boolean(this.coloring.groups),
      modebar: { color: text, activecolor: style.getPropertyValue("--st-primary-color") || "#5eead4", bgcolor: "rgba(0,0,0,0)" },
      legend: { itemsizing: "constant", font: { size: 12 }, ...legendPlace },
      margin: { l: this.look.ticks ? 46 : 8, r: 8, t: 8, b: this.look.ticks ? 40 : 8 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: text, family: style.fontFamily },
      xaxis: { ...axis, title: { text: plotlyText(this.look.axes[0]), standoff: 4 } },
      // One scale for both axes: distances on the screen are distances on the map.
      yaxis: { ...axis, title: { text: plotlyText(this.look.axes[1]), standoff: 4 }, scaleanchor: "x", scaleratio: 1 },
      selectdirection: "any",
      newselection: { line: { color: style.getPropertyValue("--st-primary-color") || "#5eead4", width: 2 } },
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

  #readHidden() {
    this.hidden = new Set(this.node.data.filter((trace) => trace.visible === "legendonly").map((trace) => trace.meta));
    this.listeners.onView();
  }
}

/** @param {[number, number]} range @returns {[number, number]} */
function rising([a, b]) {
  return a < b ? [a, b] : [b, a];
}

/** In the form that Plotly expects. @param {Float32Array} places @param {number[]} [members] */
function coordinates(places, members) {
  const count = members ? members.length : places.length / 2;
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const i = members ? members[k] : k;
    x[k] = places[2 * i];
    y[k] = places[2 * i + 1];
  }
  return { x, y };
}
